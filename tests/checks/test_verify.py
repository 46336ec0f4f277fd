"""Verification finds every damage and names it, and finds nothing where there is none."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from archiver.checks.findings import Kind
from archiver.checks.verify import Scope, Verified, verify
from archiver.errors import NotFound
from archiver.storage.archive import Archive
from tests.checks.damage import rewritten, rows, told, verified, warc

FLIPS = 240
_RECORDS = "SELECT s.name, r.offset, r.length, r.id FROM records r JOIN segments s ON s.number = r.segment"


@pytest.mark.parametrize("deep", [False, True])
def test_a_sound_archive_gives_no_finding(kept: Path, deep: bool) -> None:  # noqa: FBT001
    """Everything was read, and nothing was found."""
    result = verified(kept, deep=deep)
    ((records, segments, size),) = rows(
        kept, "SELECT (SELECT count(*) FROM records), count(*), sum(size) FROM segments"
    )

    assert result == Verified(deep=deep, segments=segments, records=records, size=size, findings=())


def test_verifying_changes_nothing(copied: Path) -> None:
    """No byte of any file differs after a deep verification."""
    before = {path: path.read_bytes() for path in sorted(copied.rglob("*")) if path.is_file()}

    verified(copied, deep=True)

    assert {path: path.read_bytes() for path in sorted(copied.rglob("*")) if path.is_file()} == before


def test_every_flipped_bit_is_found_and_named(copied: Path) -> None:
    """One bit turned anywhere in any WARC file: exactly one finding, with the record it is in, its file and offset."""
    chance = random.Random(20261121)
    places = {path.name: path for sealed in (True, False) for path in warc(copied, sealed=sealed)}
    index = _Index(rows(copied, _RECORDS))
    with closing(Archive.open(copied)) as archive:
        for _ in range(FLIPS):
            path = places[chance.choice(sorted(places))]
            place, bit = chance.randrange(path.stat().st_size), chance.randrange(8)
            with _flipped(path, place, bit):
                found = verify(archive, Scope())

            offset, record = index.at(path.name, place)
            assert [(f.kind, f.file, f.offset, f.record) for f in found.findings] == [
                (Kind.CHANGED, path.name, offset, record)
            ]


def test_a_file_cut_short_is_named_with_the_first_record_it_lost(copied: Path) -> None:
    """The record that the end cuts into, and how many bytes are gone."""
    path = warc(copied)[0]
    mine = sorted(row[1:] for row in rows(copied, _RECORDS) if row[0] == path.name)
    offset, length, record = mine[-4]
    rewritten(path, lambda data: data.__delitem__(slice(offset + length - 1, None)))

    found = verified(copied).findings

    assert [(f.kind, f.file, f.offset, f.record) for f in found] == [(Kind.SHORT, path.name, offset, record)]


def test_a_missing_file_is_named(copied: Path) -> None:
    """A sealed file, and a growing one, that are not there."""
    sealed, growing = warc(copied)[0], warc(copied, sealed=False)[0]
    sealed.unlink()
    growing.unlink()

    assert sorted(told(verified(copied))) == sorted(
        [(Kind.MISSING, sealed.name, None), (Kind.MISSING, growing.name, None)]
    )


def test_a_file_that_nobody_knows_is_named(copied: Path) -> None:
    """One in the store and one in the spool, both without a row."""
    sealed = warc(copied)[0]
    shutil.copy(sealed, sealed.with_name("notes.txt"))
    shutil.copy(sealed, copied / "spool" / "blog-20260101T000000Z-0999.warc.gz")
    name = sealed.with_name("notes.txt").relative_to(copied / "warc").as_posix()

    assert sorted(told(verified(copied)), key=str) == sorted(
        [(Kind.STRANGER, name, None), (Kind.STRANGER, "blog-20260101T000000Z-0999.warc.gz", None)], key=str
    )


def test_two_files_that_changed_places_are_both_named(copied: Path) -> None:
    """Sound files under each other's names are not what was kept there."""
    first, second, *_ = warc(copied)
    first_bytes, second_bytes = first.read_bytes(), second.read_bytes()
    rewritten(first, lambda data: data.__setitem__(slice(None), second_bytes))
    rewritten(second, lambda data: data.__setitem__(slice(None), first_bytes))

    assert {found.file for found in verified(copied).findings} == {first.name, second.name}


@pytest.mark.parametrize("sealed", [True, False])
def test_bytes_behind_the_end_are_named(copied: Path, sealed: bool) -> None:  # noqa: FBT001
    """Whatever was appended, where nobody captures at the moment."""
    path = warc(copied, sealed=sealed)[0]
    size = path.stat().st_size
    rewritten(path, lambda data: data.extend(path.read_bytes()[:500]))

    assert told(verified(copied)) == [(Kind.EXTRA, path.name, size)]


def test_a_growing_file_may_grow_while_it_is_verified(copied: Path) -> None:
    """Bytes behind the committed end belong to whoever holds the lock."""
    rewritten(warc(copied, sealed=False)[0], lambda data: data.extend(b"being written"))

    with closing(Archive.open(copied)) as archive, archive.only_writer():
        assert verify(archive, Scope()).findings == ()


def test_an_unknown_account_is_refused(kept: Path) -> None:
    """Rather than finding nothing wrong in nothing."""
    with pytest.raises(NotFound):
        verified(kept, account="lincoln")


def test_one_account_is_verified_alone(copied: Path) -> None:
    """Damage in another account's files is not looked for."""
    path = next(path for path in warc(copied) if path.name.startswith("blog-"))
    rewritten(path, lambda data: data.__setitem__(100, data[100] ^ 1))

    assert (len(verified(copied, account="blog").findings), len(verified(copied, account="social").findings)) == (1, 0)


class _Index:
    """Which record a byte of a file is in."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def at(self, name: str, place: int) -> tuple[int, str]:
        ((offset, record),) = [
            (offset, record)
            for file, offset, length, record in self._rows
            if file == name and offset <= place < offset + length
        ]
        return offset, record


@contextmanager
def _flipped(path: Path, place: int, bit: int) -> Iterator[None]:
    """One bit of a file turned, and turned back."""
    _turn(path, place, bit)
    yield
    _turn(path, place, bit)


def _turn(path: Path, place: int, bit: int) -> None:
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1 << bit]))
