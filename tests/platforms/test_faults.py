"""Every fault against every hard platform: nothing lost, nothing doubled, the gap exact, all whole in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.model.account import AccountState
from archiver.storage import accounts
from archiver.storage.accounts import account_numbers
from archiver.storage.coverage_rows import covered_until
from archiver.storage.run_rows import Depth
from tests.platforms.breaking import ALL, Script, fault_of
from tests.platforms.prepared import Prepared
from tests.platforms.scripts import OTHERS, SCRIPTS
from tests.platforms.sites import site
from tests.platforms.world import NEIGHBOUR, Fault, Servers, Stage, staged
from tests.polling.desk import QUARTER

LATER = (timedelta(0), QUARTER, timedelta(hours=25), timedelta(days=8))
MOST_POLLS = 8

Open = Callable[[str, Script], Stage]


@pytest.fixture
def opened(tmp_path: Path, servers: Servers, prepared: Callable[[str], Prepared]) -> Iterator[Open]:
    """An archive that a script happens to: one that has polled the platform once, or a new one."""
    held = []

    def open_stage(name: str, script: Script) -> Stage:
        archive = tmp_path / "archive"
        made = staged(archive, servers, site(name, servers)) if script.fresh else prepared(name).stage(archive)
        held.append(made)
        return made.__enter__()

    yield open_stage
    for made in held:
        made.__exit__(None, None, None)


CASES = [pytest.param(name, script, id=f"{name}-{script.name}") for script in SCRIPTS for name in script.only]


def test_no_platform_has_fewer_than_thirty_faults() -> None:
    """Each way to ask it, of its own name."""
    for name in ALL:
        assert len({script.name for script in SCRIPTS if name in script.only}) >= 60


@pytest.mark.parametrize(("name", "script"), CASES)
def test_a_fault_loses_nothing_doubles_nothing_and_leaves_its_gap(name: str, script: Script, opened: Open) -> None:
    """Something new of each kind, then the fault while it lasts, then everything as it should be."""
    stage = opened(name, script)
    before = stage.kept()
    stage.clock.move(QUARTER)
    news(stage)
    start(script, stage)
    poll_on(stage, script.depth)

    require_gaps(name, script, stage)
    require_reach(stage)
    assert before.items() <= stage.kept().items()
    assert missing(stage) <= script.costs
    assert stage.doubled() == []
    assert stage.finish(NEIGHBOUR).finished
    assert "two" in stage.texts_of(NEIGHBOUR)

    stop(script, stage)
    assert any(poll_later(stage, by) for by in LATER), (missing(stage), stage.gaps(standing=True))
    assert stage.kept() == stage.truth()
    assert stage.doubled() == []
    assert stage.servers.strays == []


def news(stage: Stage) -> None:
    """Something new of each kind is written, and by the neighbour too."""
    told, now = stage.site.told, stage.clock.now()
    told.post("news", now - timedelta(minutes=5))
    told.comment("a new comment", -10)
    if told.messages:
        told.message("a new message", now - timedelta(minutes=4))
    stage.servers.neighbour.append("two")


def start(script: Script, stage: Stage) -> None:
    """The fault begins."""
    script.begin(stage)
    if found := fault_of(script, stage):
        to, does = found
        stage.servers.faults = [Fault(to=to, does=does, left=script.times)]


def stop(script: Script, stage: Stage) -> None:
    """The fault is over; an account that was stopped is set to work again."""
    stage.servers.faults = []
    script.mend(stage)
    account = accounts.account_called(stage.archive.database.connection(), stage.id)
    assert (account.state is AccountState.STOPPED) == script.stops
    with stage.archive.database.transaction() as db:
        accounts.change_account(db, replace(account, state=AccountState.ACTIVE, state_reason=""))


def poll_on(stage: Stage, depth: Depth | None) -> None:
    """Poll as often as it is said to be due, until the run is over, whole or in part, or there is no end to it."""
    for _ in range(MOST_POLLS):
        polled = stage.poll(stage.id, depth)
        if not stage.rows(
            "SELECT 1 FROM runs r JOIN accounts a ON a.number = r.account WHERE a.id = ? AND r.ended IS NULL", stage.id
        ):
            return
        stage.clock.move(max(polled.next_due - stage.clock.now(), timedelta(seconds=1)))


def poll_later(stage: Stage, by: timedelta) -> bool:
    """Some time later, poll until a run is over; whether everything is there and no gap stands."""
    stage.clock.move(by)
    poll_on(stage, None)
    return stage.kept() == stage.truth() and not stage.gaps(standing=True, account=stage.id)


def require_gaps(name: str, script: Script, stage: Stage) -> None:
    """Exactly the gaps that must stand while a script lasts: stream, subject, cause."""
    root = stage.site.told.root.id
    about: dict[str, tuple[str, str | None]] = {
        "posts": ("posts", None),
        "profile": ("profile", None),
        "renewal": ("profile", None),
    }
    about |= {"comments": ("comments", root), "messages": ("messages", stage.site.thread), "file": ("media", root)}
    about |= {"chat": ("chat", root), "captions": ("captions", root), "reviews": ("reviews", None)}
    other = OTHERS.get((name, script.name)) or OTHERS.get((name.partition("-")[0], script.name))
    cause = other.gap if other else script.gap
    gap = {(*about[script.part], cause.value, False)} if cause else set()
    found = {(stream, about_one(subject), *more) for stream, subject, *more in stage.gaps(standing=True)}
    if other and other.everywhere:
        assert gap <= found
        assert {known[2] for known in found} == {other.gap}
        return
    assert found == gap


def about_one(subject: str | None) -> str | None:
    """What a gap is about, be it one page of several of it."""
    return subject and subject.partition("#")[0]


def require_reach(stage: Stage) -> None:
    """Each gap of a stream reaches back to the last good moment, or further."""
    db = stage.archive.database.connection()
    for known in stage.all_gaps(standing=True, account=stage.id):
        until = covered_until(db, account_numbers(db, (stage.id,))[stage.id], known.stream)
        assert until is None or known.start is None or known.start <= until


def missing(stage: Stage) -> set[str]:
    """The kinds of what was written and is not kept."""
    told, kept = stage.site.told, stage.kept()
    kinds = {"posts": told.posts, "comments": told.comments, "messages": told.messages}
    return {kind for kind, notes in kinds.items() if not {note.id for note in notes} <= set(kept)}
