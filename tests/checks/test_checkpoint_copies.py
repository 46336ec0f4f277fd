"""A checkpoint that is lost or damaged in one place is had back from another, to the byte it was signed with."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.checks.findings import Kind
from archiver.checks.mending import LEDGER
from archiver.checks.segment_check import FIRST, SECOND
from archiver.storage.archive import Archive
from archiver.storage.ledger import making
from tests.checks.two_copies import TwoCopies, two_copies
from tests.storage.ledger.ledgers import grow, place_of

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAMES = tuple(f"ledger/checkpoints/{size:012}" for size in (2, 4, 6))


@pytest.fixture
def both(tmp_path: Path) -> TwoCopies:
    """An archive with three checkpoints, each in both places."""
    with closing(Archive.create(tmp_path / "archive", agency="", moment=AT)) as archive:
        for _ in range(3):
            grow(archive, 1)
            making.make(archive, place_of(archive), at=AT)
    return two_copies(tmp_path / "archive", tmp_path / "second")


def held(both: TwoCopies) -> dict[tuple[str, str], bytes]:
    """Every checkpoint of both places that is there."""
    places = {LEDGER: both.directory, SECOND: both.second}
    paths = {(copy, name): folder / name for copy, folder in places.items() for name in NAMES}
    return {one: path.read_bytes() for one, path in paths.items() if path.exists()}


def bent(data: bytes) -> bytes:
    """With one bit turned."""
    return data[:40] + bytes([data[40] ^ 1]) + data[41:]


def broken(both: TwoCopies, copy: str, name: str, data: bytes | None) -> None:
    """Damage a checkpoint in one place, or take it away."""
    path = (both.directory if copy == LEDGER else both.second) / name
    path.unlink()
    if data is not None:
        path.write_bytes(data)


@pytest.mark.parametrize("copy", [LEDGER, SECOND])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", ["gone", "changed"])
def test_it_comes_back_from_the_other_place(both: TwoCopies, copy: str, name: str, how: str) -> None:
    """Byte for byte, each of them, an older one and the newest; what was damaged is kept, and an act tells of it."""
    before, gone = held(both), how == "gone"
    broken(both, copy, name, None if gone else bent(before[copy, name]))
    told = [(one.kind, one.file, one.copy) for one in both.found()]
    looked, untouched = both.repaired(carry_out=False), held(both)
    done = both.repaired()
    aside = [path.read_bytes() for path in (both.directory / "quarantine").iterdir()]

    assert told == ([] if copy == LEDGER else [(Kind.CHECKPOINT, name, SECOND)])
    assert [(one.file, one.copy, one.source) for one in looked.mended] == [
        (name, copy, SECOND if copy == LEDGER else LEDGER)
    ]
    assert untouched == {one: data for one, data in before.items() if one != (copy, name)} | (
        {} if gone else {(copy, name): bent(before[copy, name])}
    )
    assert (len(done.mended), done.hopeless, done.troubles, held(both) == before) == (1, [], [], True)
    assert (aside, both.acts()) == ([] if gone else [bent(before[copy, name])], [("test", "ledger")])
    assert (both.found(), both.repaired().mended) == ((), [])


def test_what_no_place_has_is_named_and_left(both: TwoCopies) -> None:
    """Both are damaged, in the same way: it was signed otherwise."""
    before = held(both)
    for copy in (LEDGER, SECOND):
        broken(both, copy, NAMES[0], bent(before[copy, NAMES[0]]))
    damaged = held(both)
    done = both.repaired()

    assert [(one.file, one.why) for one in done.hopeless] == [
        (NAMES[0], "No copy of it is the checkpoint that was signed.")
    ]
    assert (done.mended, held(both) == damaged) == ([], True)


def test_a_damaged_one_is_not_copied(tmp_path: Path, both: TwoCopies) -> None:
    """It is told, and the others go on."""
    before = held(both)
    with both.opened() as archive:
        grow(archive, 1)
        making.make(archive, place_of(archive), at=AT)
        path = archive.directory / "ledger/checkpoints/000000000008"
    path.write_bytes(bent(path.read_bytes()))
    (kept,) = both.kept()

    assert kept.trouble == "ledger/checkpoints/000000000008 is not what was signed, and was not copied."
    assert held(both) == before


def test_one_that_this_ledger_does_not_know_is_told_of(both: TwoCopies) -> None:
    """As where an older state of the archive was put back, and the store has newer ones."""
    (both.second / NAMES[0]).with_name("000000000099").write_bytes(b"another\n")
    (found,) = both.found()

    assert (found.kind, found.file, found.copy) == (Kind.LEDGER, "ledger/checkpoints/000000000099", SECOND)


def test_what_waits_for_its_copy_is_no_finding(both: TwoCopies) -> None:
    """Neither told nor repaired: the next round copies it."""
    with both.opened() as archive:
        grow(archive, 1)
        making.make(archive, place_of(archive), at=AT)

    assert (both.found(FIRST), both.found(), both.repaired().mended) == ((), (), [])
