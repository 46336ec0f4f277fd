"""A disclosure bundle of 100,000 items with pages, beside `cp` and `sha256sum` of what it holds; and its memory."""

from __future__ import annotations

import argparse
import gc
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from archiver.model import (
    Author,
    BundleCase,
    DisclosedAccount,
    DisclosedItem,
    DisclosedObservation,
    DisclosedVersion,
    Kind,
    Method,
    PublicRecordsRequest,
    Seen,
    Selector,
)
from archiver.storage.warc import FastWriter
from archiver.storage.warc_records import exchange_records
from benchmarks import samples
from benchmarks.archives import NOW, folder
from benchmarks.frame import Figure, interleaved, main, medians, pick, ratio, tell
from exports.bundle import write_bundle

GOAL = 2.5
MOST_MEMORY = 20.0  # MB above that of a bundle a hundredth as large
ZONE = ZoneInfo("America/Los_Angeles")
ACCOUNT = samples.account()


def items(count: int) -> Iterator[DisclosedItem]:
    """Posts of one account, every fifth one with a conversation of its own."""
    for first in range(0, count, 5):
        for place, text in enumerate(samples.texts(5, seed=first)[: count - first]):
            yield _item(first + place, text, root=first)


def _item(number: int, text: str, root: int) -> DisclosedItem:
    made, seen = samples.moment_of(number), samples.moment_of(number) + timedelta(minutes=9)
    page, place = divmod(number, samples.ITEMS_PER_PAGE)
    version = DisclosedVersion(
        number=1,
        first_seen=seen,
        capture_id=f"0193f2aa-7a1c-7{page % 4096:03x}-8000-{page:012x}",
        digest=hashlib.sha256(text.encode()).hexdigest(),
        source=f"/{place}",
        text=text,
    )
    remote = 110_000_000_000_000_000
    return DisclosedItem(
        id=str((1_578_326_400 + 420 * number) << 20),
        account_id=ACCOUNT.id,
        platform=ACCOUNT.platform,
        handle=ACCOUNT.handle,
        unit=ACCOUNT.unit,
        kind=Kind.POST if number == root else Kind.COMMENT,
        remote_id=str(remote + number),
        author=Author(id=str(number % 997), handle=f"reader{number % 997}", name=f"Reader No. {number % 997}"),
        versions=(version,),
        created=made,
        language="en",
        link=f"https://social.example/@school1/{remote + number}",
        parent=None if number == root else str(remote + root),
        thread=str(remote + root),
        observations=(
            DisclosedObservation(seen=Seen.PRESENT, method=Method.LISTING, first=seen, last=seen + timedelta(days=30)),
        ),
    )


def case(count: int) -> BundleCase:
    """A request for everything of the account."""
    request = PublicRecordsRequest(
        id="2026-014",
        received=NOW,
        text="All posts and comments of your school.",
        selector=Selector(accounts=(ACCOUNT.id,)),
        opened_by="pro",
        due=date(2026, 12, 1),
    )
    return BundleCase(
        request=request,
        agency="Sample Valley School District",
        records_officer="records@school.example",
        made_at=NOW,
        as_of=NOW,
        zone=ZONE,
        software="Archiver",
        items=count,
        accounts=(DisclosedAccount(id=ACCOUNT.id, platform=ACCOUNT.platform, handle=ACCOUNT.handle),),
    )


def write_warc(path: Path, pages: int) -> list[tuple[int, int]]:
    """The records of so many pages of 40 items; where each lies."""
    with path.open("wb", buffering=0) as out:
        writer = FastWriter(out)
        return [
            (record.offset, record.length)
            for number in range(pages)
            for record in writer.write_records(exchange_records(samples.exchange(number, samples.page(number))))
        ]


def records(path: Path, places: Iterable[tuple[int, int]]) -> Iterator[tuple[bytes]]:
    """The members as they lie in the archive."""
    with path.open("rb") as file:
        for offset, length in places:
            file.seek(offset)
            yield (file.read(length),)


def write(directory: Path, given: Iterable[DisclosedItem], count: int, places: list[tuple[int, int]]) -> Path:
    """The bundle, on the disk."""
    path = directory / "bundle.zip"
    scratch = partial(_scratch, directory)
    with path.open("wb") as sink:
        write_bundle(
            sink,
            case(count),
            items=given,
            records=records(directory / "records.warc.gz", places),
            media=(),
            scratch=scratch,
        )
    return path


def _scratch(directory: Path) -> BinaryIO:
    return tempfile.TemporaryFile(dir=directory)  # closed by the bundle


def copy_and_hash(directory: Path, source: Path) -> None:
    """What the floor does: copy the files, and hash every one of them."""
    target = directory / "copy"
    subprocess.run(["cp", "-r", str(source), str(target)], check=True)
    files = [str(path) for path in source.rglob("*") if path.is_file()] if source.is_dir() else [str(source)]
    subprocess.run(["sha256sum", *files], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["rm", "-r", str(target)], check=True)


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """The time of a bundle whose items are at hand; then the memory of one whose items come one at a time."""
    count = pick(chosen, 100_000, 4_000, 400)
    rounds = pick(chosen, 5, 3, 1)
    tell(f"bundle: making {count:,} items and their records")
    given = list(items(count))
    gc.collect()
    gc.freeze()  # in a real bundle items come and go
    with folder() as directory:
        places = write_warc(directory / "records.warc.gz", -(-count // samples.ITEMS_PER_PAGE))
        path = write(directory, given, count, places)
        with zipfile.ZipFile(path) as bundle:
            held = sum(entry.file_size for entry in bundle.infolist())
            bundle.extractall(directory / "held")
        ways = {
            "bundle": lambda: write(directory, given, count, places),
            "cp + sha256sum of the files": lambda: copy_and_hash(directory, directory / "held"),
            "cp + sha256sum of the ZIP": lambda: copy_and_hash(directory, path),
        }
        times = interleaved(ways, rounds, warm=False)
        sizes = {"MB of files": held / 1e6, "MB of ZIP": path.stat().st_size / 1e6}
    yield Figure(
        name="bundle/files",
        what=f"bundle of {count:,} items with pages, of the files it holds",
        value=ratio(times, "bundle", "cp + sha256sum of the files"),
        unit="x cp+sha256sum",
        at_most=GOAL,
        beside={f"{name}, s": value for name, value in medians(times).items()} | sizes,
    )
    yield Figure(
        name="bundle/zip",
        what="the same, of the ZIP it is",
        value=ratio(times, "bundle", "cp + sha256sum of the ZIP"),
        unit="x cp+sha256sum",
        beside=sizes,
    )
    yield _memory(count)


def _memory(count: int) -> Figure:
    small, large = (_peak(each) for each in (max(count // 100, 1), count))
    return Figure(
        name="bundle/memory",
        what=f"peak memory of {count:,} items above that of a hundredth",
        value=large - small,
        unit="MB",
        at_most=MOST_MEMORY,
        beside={"small, MB": small, "large, MB": large},
    )


def _peak(count: int) -> float:
    """Peak memory in MB of a process of its own that writes a bundle of so many items."""
    code = f"from benchmarks.bundle import alone; alone({count})"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def alone(count: int) -> None:
    """Write one bundle, its items made one at a time, and print the peak memory of this process in MB."""
    with folder() as directory:
        places = write_warc(directory / "records.warc.gz", -(-count // samples.ITEMS_PER_PAGE))
        write(directory, items(count), count, places)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)  # not ru_maxrss, which begins with the parent's


if __name__ == "__main__":
    main(__doc__, measure)
