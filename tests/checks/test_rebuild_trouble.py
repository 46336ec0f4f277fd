"""A rebuild never makes the catalogue poorer in silence, and a crash in it leaves the old one or the new one."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.checks.rebuild import Tools, rebuild
from archiver.clock import SetClock
from archiver.config import Config, Network
from archiver.errors import ConfigError, DiskError, Locked, VerificationError
from archiver.model.account import AccountState
from archiver.polling.registry import connectors
from archiver.storage.accounts import all_accounts
from archiver.storage.archive import Archive
from archiver.storage.segments import Segment
from tests.checks.damage import rewritten, rows, verified, warc
from tests.checks.making import made_anew, of_people
from tests.checks.projection import Rows, apart_from_leaves, projected
from tests.checks.scenes import START, scene

LATER = START + timedelta(days=200)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def tools(**how: Any) -> Tools:
    """What a rebuild is done with, half a year later."""
    config = replace(Config(), network=Network(allow_loopback=True))
    return Tools(**{"config": config, "connectors": connectors(), "clock": SetClock(LATER)} | how)


def derived(directory: Path) -> Rows:
    """Every derived row."""
    with closing(Archive.open(directory)) as archive:
        return projected(archive.database)


def without_catalogue(directory: Path) -> None:
    """The catalogue and its log are gone."""
    for name in ("catalogue.sqlite", "catalogue.sqlite-wal", "catalogue.sqlite-shm"):
        (directory / name).unlink(missing_ok=True)


def test_a_lost_catalogue_is_made_from_the_files_alone(copied: Path) -> None:
    """Every derived row is there again, its leaf apart; accounts are as the files say, stopped until somebody looks."""
    before = derived(copied)
    without_catalogue(copied)

    done = rebuild(copied, tools())

    assert (done.carried_over, done.registered, done.whole) == (False, ("blog", "public", "social"), False)
    assert apart_from_leaves(derived(copied)) == apart_from_leaves(before)
    with closing(Archive.open(copied)) as archive:
        registered = all_accounts(archive.database.connection())
    assert {(account.id, account.platform, account.state) for account in registered} == {
        ("blog", "feed", AccountState.STOPPED),
        ("public", "mastodon", AccountState.STOPPED),
        ("social", "mastodon", AccountState.STOPPED),
    }
    assert verified(copied, deep=True).findings == ()


def test_an_unreadable_catalogue_is_kept_aside(copied: Path) -> None:
    """What people did cannot be carried over from it: that is refused first, and the file is kept in any case."""
    catalogue = copied / "catalogue.sqlite"
    rewritten(catalogue, lambda data: data.__setitem__(slice(0, 64_000), bytes(64_000)))
    broken = catalogue.read_bytes()

    with pytest.raises(DiskError, match="damaged where it says what people did"):
        rebuild(copied, tools())
    done = rebuild(copied, tools(from_warc_alone=True))

    assert (done.carried_over, verified(copied).findings) == (False, ())
    (kept,) = (copied / "quarantine").glob("catalogue.sqlite.*")
    assert kept.read_bytes() == broken


@pytest.mark.parametrize("sealed", [True, False])
def test_a_damaged_file_stops_a_rebuild_that_was_not_told_to_go_on(copied: Path, sealed: bool) -> None:  # noqa: FBT001
    """It is named and nothing is changed; told to go on, all but the damaged exchange is there again."""
    before, path = derived(copied), warc(copied, sealed=sealed)[0]
    middle = sorted(row for row in rows(copied, _RESPONSES) if row[0] == path.name)[1]
    rewritten(path, lambda data: data.__setitem__(middle[1] + 30, data[middle[1] + 30] ^ 1))

    with pytest.raises(VerificationError, match=f"{path.name} is damaged from offset {middle[1]} on"):
        rebuild(copied, tools())
    assert derived(copied) == before

    done = rebuild(copied, tools(despite_damage=True))

    (damage,) = done.damages
    assert (damage.file.name, damage.start, damage.end is not None) == (path.name, middle[1], True)
    assert len(done.missing) == 1
    assert done.exchanges == len(before["captures"]) - 1


def test_a_lost_file_stops_a_rebuild(copied: Path) -> None:
    """Captures of the catalogue that are in no file are not dropped in silence."""
    before = derived(copied)
    warc(copied)[0].unlink()

    with pytest.raises(VerificationError, match="of the catalogue are not in the WARC files as they were"):
        rebuild(copied, tools())

    assert derived(copied) == before


def test_a_torn_tail_goes_to_quarantine(copied: Path) -> None:
    """Half a record at the end of a growing file, as a crash leaves it, is moved away; all before it counts."""
    before, path = derived(copied), warc(copied, sealed=False)[0]
    whole = path.read_bytes()
    rewritten(path, lambda data: data.extend(whole[:300]))

    done = rebuild(copied, tools())

    assert done.quarantined == (f"{path.name}.{len(whole)}.tail",)
    assert (derived(copied), path.read_bytes()) == (before, whole)


def test_a_run_under_way_ends_on_record(tmp_path: Path) -> None:
    """What it found unchanged stood in the catalogue alone: it is written into the WARC first, and nothing is lost."""
    with scene(tmp_path / "archive") as told:
        with told.engine() as engine:
            told.poll(engine)
            engine.poll("social", stop=_after(3))
        times = rows(told.archive.directory, "SELECT sum(times) FROM captures")
        done = made_anew(told)

        assert done.whole
        assert rows(told.archive.directory, "SELECT sum(times) FROM captures") == times
        assert rows(told.archive.directory, "SELECT outcome FROM runs WHERE account = 1 ORDER BY begun") == [
            ("done",),
            ("in part",),
        ]
        with told.engine() as engine:
            assert engine.poll("social").finished


def test_a_rebuild_waits_for_nobody(copied: Path) -> None:
    """While something captures, or has the catalogue open, it is refused; the old catalogue stays."""
    before = derived(copied)
    with closing(Archive.open(copied)) as other:
        with other.only_writer(), pytest.raises(Locked, match="capturing"):
            rebuild(copied, tools())
        other.database.connection().execute("SELECT count(*) FROM acts").fetchone()
        with pytest.raises(Locked, match="in use"):
            rebuild(copied, tools())

    assert derived(copied) == before
    assert not list(copied.glob("catalogue.rebuilt*"))


def test_files_of_a_platform_without_connector_are_not_read_as_nothing(copied: Path) -> None:
    """The package that brings the connector has to be there."""
    with pytest.raises(ConfigError, match="No connector for mastodon"):
        rebuild(copied, tools(connectors={"feed": connectors()["feed"]}))


def test_killed_at_any_change_of_a_file_the_archive_is_whole(copied: Path) -> None:
    """Killed at each of its writes, renames and removals: the catalogue is the old or the new one, and sound."""
    before, people = derived(copied), _people(copied)
    points = 0
    while _killed(copied, points):
        points += 1
        assert derived(copied) == before
        assert _without_rebuilds(_people(copied)) == _without_rebuilds(people)
        assert verified(copied).findings == ()

    assert points > 8
    assert _rebuilds(copied) >= 2  # those killed behind the exchange of the two, and the one that was left alone


_RESPONSES = "SELECT s.name, r.offset FROM records r JOIN segments s ON s.number = r.segment WHERE r.type = 'response'"


def _after(asked: int) -> Any:
    left = iter(range(asked))
    return lambda: next(left, None) is None


def _people(directory: Path) -> dict[str, list[Any]]:
    with closing(Archive.open(directory)) as archive:
        return of_people(archive)


def _without_rebuilds(people: dict[str, list[Any]]) -> dict[str, list[Any]]:
    acts = [act for act in people["acts"] if act[3] != "catalogue made anew"]
    of_rebuilds = {act[6] for act in people["acts"]} - {act[6] for act in acts}
    return people | {"acts": acts, "leaves": [leaf for leaf in people["leaves"] if leaf[0] not in of_rebuilds]}


def _rebuilds(directory: Path) -> int:
    return sum(act[3] == "catalogue made anew" for act in _people(directory)["acts"])


def _killed(directory: Path, after: int) -> bool:
    """Rebuild in a child process that is killed at its change number `after`; False where it came to its end."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    left = iter(range(after))

    def watch(event: str, args: tuple[Any, ...]) -> None:
        changes = event in ("os.rename", "os.remove", "os.truncate") or (event == "open" and args[2] & _WRITING)
        if changes and str(args[0]).startswith(str(directory)) and next(left, None) is None:
            os._exit(9)

    sys.addaudithook(watch)
    try:
        rebuild(directory, tools())
    finally:
        os._exit(0)


def test_a_note_that_archiver_did_not_write_is_damage(copied: Path) -> None:
    """Whole, and with true digests: its names and values never become rows, and a rebuild says where it lies."""
    segment = max((copied / "spool").glob("*.warc.gz"))
    size = segment.stat().st_size
    with Segment.open_existing(segment) as forged:
        forged.append_note({"record": "gap", "gap": {'id", "x': 1}}, "g", START)
    with pytest.raises(VerificationError, match=f"offset {size} on: a note that Archiver did not write"):
        rebuild(copied, tools())

    done = rebuild(copied, tools(despite_damage=True))
    assert [(damage.file.name, damage.start) for damage in done.damages] == [(segment.name, size)]
