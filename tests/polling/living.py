"""A month in the life of an account, in stages that go to their end whatever is interrupted; and what it leaves."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from archiver.model import iso
from tests.polling.desk import DAY, HOUR, Desk
from tests.polling.killing import Killed, ending_at, exit_now
from tests.polling.platform import Platform
from tests.polling.replies import said


def _beginning(platform: Platform) -> None:
    platform.post("one", files=1, comments=2)
    platform.post("two")
    platform.fail("/messages", said({}, 403))


def _changes(platform: Platform) -> None:
    platform.heal()
    platform.edit(platform.posts[0], "one, corrected")
    platform.posts[0].comments[0].removed = True
    platform.posts[1].removed = True
    platform.post("three", files=1)
    platform.message("hello")
    platform.fail("/f7", said({}, 404))


def _next_month(platform: Platform) -> None:
    platform.heal()
    platform.post("four")


STAGES = ((timedelta(0), _beginning), (HOUR, _changes), (15 * DAY, _next_month))


def live(desk: Desk) -> None:
    """Every stage: its changes once, then polls until a run that began in it has ended."""
    for after, change in STAGES:
        desk.clock.move(after)
        change(desk.platform)
        begun = iso(desk.clock.now())
        while not desk.rows("SELECT 1 FROM runs WHERE ended IS NOT NULL AND begun >= ?", begun):
            _poll(desk)
    while desk.rows("SELECT 1 FROM segments WHERE state = 'open' AND month < '2026-12'"):
        try:
            desk.engine.writer.seal_finished()
        except Killed:
            desk.restart()


def _poll(desk: Desk) -> None:
    try:
        desk.poll()
    except Killed:
        desk.restart()


def left_by(desk: Desk) -> dict[str, Any]:
    """Everything the catalogue says, without the names that chance gives."""
    return {
        "items": desk.rows(
            "SELECT id, remote_id, kind, created, parent, first_seen, version, hex(digest), seen, seen_at,"
            " absent_since, absent_checks FROM items ORDER BY id"
        ),
        "versions": desk.rows("SELECT item, number, first_seen, source, text, historic FROM versions ORDER BY 1, 2"),
        "observations": desk.rows("SELECT item, at, seen, method, detail FROM observations ORDER BY 1, 2, 3"),
        "counters": desk.rows("SELECT * FROM counters ORDER BY 1, 2, 3"),
        "files": desk.rows("SELECT item, media_id, sha256, missing FROM item_media ORDER BY 1, 2"),
        "captures": desk.rows(
            "SELECT role, stream, subject, fetch_key, status, ended, shown_digest, problem, last_seen, times"
            " FROM captures ORDER BY number"
        ),
        "gaps": [
            (g.id, g.stream, g.subject, g.cause, g.detail, g.opened, g.start, g.end, g.closed, g.repair)
            for g in desk.all_gaps()
        ],
        "coverage": desk.rows('SELECT stream, start, "end" FROM coverage ORDER BY 1, 2'),
        "runs": desk.rows("SELECT depth, begun, ended, outcome FROM runs ORDER BY begun"),
        "schedule": desk.rows("SELECT last_success, last_rewalk, last_deep FROM schedule"),
        "once": desk.rows("SELECT * FROM once ORDER BY 2, 3"),
        "segments": desk.rows("SELECT month, state FROM segments ORDER BY number"),
        "outstanding": desk.rows("SELECT role, fetch FROM frontier"),
        "acts": desk.rows("SELECT at, act FROM acts"),
        "records": Counter(row[0] for row in desk.rows("SELECT type FROM records")),
    }


def main(directory: Path, end_at: int | None) -> None:
    """Live in a process of its own, which ends at this step; without one, go on where another has ended."""
    desk = Desk(directory)
    with ending_at(end_at, end=exit_now):
        live(desk)
    desk.require_sound()
    desk.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else None)
