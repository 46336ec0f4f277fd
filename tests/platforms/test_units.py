"""A channel whose walk takes more of YouTube's units than a day has: every poll is on time, and the walk ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from archiver.polling.rationing import plans
from connectors.youtube import CONNECTOR
from connectors.youtube.quota import DAY, day_ends
from tests.platforms.sites import site
from tests.platforms.told import START
from tests.platforms.world import Servers, Stage, staged

UNITS = 100
EVERY = timedelta(hours=4)


def live(stage: Stage, until: timedelta) -> None:
    """What the daemon does until so long after the start."""
    while stage.clock.now() < START + until:
        due = stage.poll(stage.id).next_due
        stage.clock.move(max(due - stage.clock.now(), timedelta(seconds=1)))


def test_a_walk_of_several_days_lets_every_poll_be_on_time(tmp_path: Path, servers: Servers) -> None:
    """Sixty older videos on thirty pages; the archive is restarted in the middle, and finds the units spent."""
    played = site("youtube", servers)
    pace = replace(CONNECTOR.pace, requests=UNITS, day=replace(DAY, a_poll=10))
    played.connector = replace(CONNECTOR, pace=pace)
    played.account = replace(played.account, interval_minutes=240)
    for number in range(60):
        played.told.post(f"old {number}", START - timedelta(days=20 + number))
    played.told.posts.sort(key=lambda note: note.at, reverse=True)
    with staged(tmp_path / "archive", servers, played) as stage:
        live(stage, timedelta(days=1))
        assert stage.kept() != stage.truth()
        (before,) = plans(stage.archive.database.connection(), {"youtube": played.connector}, stage.clock.now())
        stage.restart()
        (after,) = plans(stage.archive.database.connection(), {"youtube": played.connector}, stage.clock.now())
        assert before == after
        assert (after.waiting, after.ends) == ((stage.id,), day_ends(stage.clock.now()))
        live(stage, timedelta(days=6))
        assert (stage.kept(), stage.gaps(), stage.doubled()) == (stage.truth(), [], [])
        assert stage.rows("SELECT outcome FROM runs WHERE depth = 'first'") == [("done",)]
        assert max(row[0] for row in stage.rows("SELECT sum(units) FROM day_units GROUP BY ends")) <= UNITS
        begun = [row[0] for row in stage.rows("SELECT julianday(begun) FROM runs WHERE depth = 'poll' ORDER BY rowid")]
        assert len(begun) > 30
        assert {round((later - earlier) * 24) for earlier, later in pairwise(begun)} == {4}
