"""The whole act of making a bundle, from rows and WARC files to a checked ZIP, beside `cp` and `sha256sum`."""

from __future__ import annotations

import argparse
import statistics
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from archiver.acts.bundling import Wanted, make_bundle
from archiver.acts.requests import Opening, open_request
from archiver.model import Selector
from archiver.storage.archive import Archive
from benchmarks import samples
from benchmarks.archives import NOW, folder, keep_pages, new_archive
from benchmarks.bundle import GOAL, copy_and_hash
from benchmarks.frame import Figure, main, pick, seconds, tell

ACCOUNT = samples.account()


def made(archive: Archive, path: Path, request: str) -> float:
    """Make the bundle at `path`; seconds."""
    path.unlink(missing_ok=True)
    wanted = Wanted(
        request_id=request,
        agency="Sample Valley School District",
        records_officer="records@school.example",
        zone=ZoneInfo("America/Los_Angeles"),
        made_at=NOW,
        output=path,
    )
    began = time.perf_counter()
    make_bundle(archive, wanted, who="benchmark", now=NOW)
    return time.perf_counter() - began


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """Fill an archive by its own writer, open a request for everything, and make its bundle."""
    pages = pick(chosen, 2_500, 75, 5)
    with folder() as directory:
        archive = new_archive(directory / "archive", [ACCOUNT])
        tell(f"bundle_act: keeping {pages} pages")
        keep_pages(archive, ACCOUNT, (samples.exchange(n, page) for n, page in enumerate(samples.pages(pages))))
        opening = Opening(received=NOW - timedelta(hours=1), text="Everything, please.", selector=Selector())
        request = open_request(archive, opening, closures=(), who="benchmark", now=NOW).request.id
        path = directory / "bundle.zip"
        ours, floors = [], []
        for _ in range(pick(chosen, 3, 2, 1)):
            ours.append(made(archive, path, request))
            held = _extracted(path, directory)
            floors.append(seconds(lambda: copy_and_hash(directory, directory / "held")))
        archive.close()
    yield Figure(
        name="bundle/act",
        what=f"the same from rows and WARC files, checked at the end ({pages * samples.ITEMS_PER_PAGE:,} items)",
        value=statistics.median(a / b for a, b in zip(ours, floors, strict=True)),
        unit="x cp+sha256sum",
        at_most=GOAL,
        beside={
            "s": statistics.median(ours),
            "cp + sha256sum, s": statistics.median(floors),
            "MB of files": held / 1e6,
        },
    )


def _extracted(path: Path, directory: Path) -> int:
    with zipfile.ZipFile(path) as bundle:
        bundle.extractall(directory / "held")
        return sum(entry.file_size for entry in bundle.infolist())


if __name__ == "__main__":
    main(__doc__, measure)
