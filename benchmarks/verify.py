"""How fast an archive is verified, routine and deep, beside plain hashing and the WARC checkers, in one run."""

from __future__ import annotations

import argparse
import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from fastwarc.warc import ArchiveIterator

from archiver.checks.segment_check import Task, check_segment
from archiver.model import Account
from archiver.polling.writer import note_of
from archiver.storage import accounts, segments_table
from archiver.storage.archive import Archive
from archiver.storage.ingest import Place, Written, apply_exchange
from archiver.storage.segments import Segment
from archiver.storage.told import Told
from benchmarks import frame
from benchmarks.frame import Figure
from benchmarks.warc_append import NOON, exchanges

KINDS = ("json", "gzip", "media")
DIFFERENT = 100  # bodies; the file repeats them
OFFICE = Account(id="office", platform="mastodon", handle="office", url="https://schools.example")


def filled(directory: Path, kind: str, count: int) -> Archive:
    """An archive of one growing file with so many exchanges, every record with its row."""
    archive = Archive.create(directory, agency="", moment=NOON)
    segment = Segment.create(archive.spool, account_id=OFFICE.id, registration={}, moment=NOON, serial=1)
    given = exchanges(kind, min(count, DIFFERENT))
    with archive.database.transaction() as db, segment:
        account = accounts.add_account(db, OFFICE)
        row = segments_table.add_segment(db, account=account, name=segment.path.name, month="2026-11")
        segments_table.add_notes(db, row, (segment.warcinfo,) if segment.warcinfo else ())
        for number in range(count):
            each = replace(given[number % len(given)], capture_id=f"capture-{number}")
            place = Place(segment=row, records=segment.append_exchange(each))
            apply_exchange(db, account, note_of(each), Told(page=None), place, Written())
        segments_table.commit_size(db, row, segment.size)
    return archive


def ours(archive: Archive, *, deep: bool) -> Callable[[], object]:
    """Our check of the one file, opening and all."""
    (segment,) = segments_table.segments(archive.database.connection())
    task = Task(directory=archive.directory, segment=segment, account="office", deep=deep, growing=False)

    def check() -> None:
        if check_segment(task).findings:
            raise SystemExit("a sound file was found wanting")

    return check


def program(*words: str) -> Callable[[], object]:
    """A program over the file."""
    return lambda: subprocess.run(words, check=True, capture_output=True)


def hashed(path: Path) -> None:
    """SHA-256 of the whole file in this process."""
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")


def fastwarc(path: Path) -> None:
    """FastWARC in this process: block and payload digests."""
    with path.open("rb") as file:
        for record in ArchiveIterator(io.BytesIO(file.read()), parse_http=False):
            if record.headers.get("WARC-Block-Digest") and not record.verify_block_digest(consume=False):
                raise SystemExit("FastWARC found a sound file wanting")
            if record.headers.get("WARC-Payload-Digest"):
                record.parse_http()
                record.verify_payload_digest(consume=False)


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """Four figures for each kind of body."""
    rounds = frame.pick(chosen, 7, 3, 1)
    for kind in KINDS:
        count = frame.pick(chosen, 3000, 1000, 20) // (8 if kind == "media" else 1)
        with tempfile.TemporaryDirectory() as folder:
            archive = filled(Path(folder, "archive"), kind, max(count, 10))
            yield from compared(kind, archive, rounds)
            archive.close()


def compared(kind: str, archive: Archive, rounds: int) -> Iterator[Figure]:
    """The figures of one file."""
    (path,) = archive.spool.glob("*.warc.gz")
    ways: dict[str, Callable[[], object]] = {
        "routine": ours(archive, deep=False),
        "deep": ours(archive, deep=True),
        "hashlib": lambda: hashed(path),
        "sha256sum": program("sha256sum", str(path)),
        "warcio_check": program(sys.executable, "-m", "warcio.cli", "check", str(path)),
        "fastwarc": lambda: fastwarc(path),
    }
    if shutil.which("openssl"):
        ways["openssl"] = program("openssl", "sha256", str(path))
    times = frame.interleaved(ways, rounds)
    size = path.stat().st_size / 1e6
    speeds = {f"{name}_MB_per_s": round(size / took, 1) for name, took in frame.medians(times).items()}
    goals = (("routine", "sha256sum", 2.5), ("routine", "hashlib", 0.9), ("deep", "warcio_check", 1.8))
    for mine, other, goal in (*goals, ("deep", "fastwarc", 0.9)):
        yield Figure(
            name=f"verify/{kind}/{mine}_to_{other}",
            what=f"{mine} verification, as fast as {other}",
            value=round(frame.ratio(times, other, mine), 2),
            unit="times",
            at_least=goal,
            beside=speeds,
        )


if __name__ == "__main__":
    frame.main(__doc__, measure)
