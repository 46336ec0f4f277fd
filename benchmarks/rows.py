"""Items written as rows with full text, beside raw inserts of as many rows; bytes an item; whether size slows it."""

from __future__ import annotations

import argparse
import sqlite3
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from archiver.model import Author, CaptureNote, Kind, Page, Snapshot, StoredRecord, iso
from archiver.polling.writer import GROUP_PAGES, note_of
from archiver.storage import novelty, segments_table
from archiver.storage.archive import Archive
from archiver.storage.ingest import Place, Written, apply_exchange
from archiver.storage.told import Told
from benchmarks import samples
from benchmarks.archives import folder, grouped, new_archive
from benchmarks.frame import Figure, interleaved, main, now, pick, ratio, tell

GOAL = 0.40
MOST_BYTES = 450.0
MOST_DECLINE = 25.0
ACCOUNTS = 40
_RAW = """CREATE TABLE raw (
    id INTEGER PRIMARY KEY, account INTEGER, remote_id TEXT, kind TEXT, author TEXT, handle TEXT, name TEXT,
    created TEXT, seen TEXT, text TEXT, digest BLOB, link TEXT, state TEXT, version INTEGER, UNIQUE (account, remote_id)
)"""
Exchanged = tuple[CaptureNote, Told]


def exchanged(page: int, owner: int) -> Exchanged:
    """What one reply told: 40 posts without files, with three counters each as Mastodon gives them."""
    first, said = page * samples.ITEMS_PER_PAGE, samples.texts(samples.ITEMS_PER_PAGE, seed=owner * 1_000_003 + page)
    sent = samples.Sent(wire=b"", payload=b"%d %d" % (owner, page), body=b"")
    items = tuple(_snapshot(first + place, text, owner) for place, text in enumerate(said))
    return note_of(samples.exchange(page, sent, owner)), Told(page=Page(items=items, newest_first=True, walked=True))


def _snapshot(item: int, text: str, owner: int) -> Snapshot:
    remote = str(110_000_000_000_000_000 + item * 4_194_304)
    return Snapshot(
        kind=Kind.POST,
        remote_id=remote,
        author=Author(id=str(owner), handle=f"school{owner}", name=f"School No. {owner}"),
        created=samples.moment_of(item),
        text=text,
        markup=f"<p>{text}</p>",
        link=f"https://social.example/@school{owner}/{remote}",
        thread=remote,
        language="en",
        source=f"/{item % samples.ITEMS_PER_PAGE}",
        counters={"replies": 0, "reblogs": item % 7, "favourites": item % 23},
    )


def write(archive: Archive, numbers: Sequence[tuple[int, Exchanged]], first: int) -> float:
    """Pages (account, what was told) in groups of 25, each in one transaction; seconds."""
    began = now()
    for group in grouped(enumerate(numbers, first), GROUP_PAGES):
        with archive.database.transaction() as db:
            written = Written()
            for serial, (owner, (note, told)) in group:
                apply_exchange(db, owner, note, told, _place(serial), written)
            written.finish(db)
    return now() - began


def _place(serial: int) -> Place:
    records = [
        StoredRecord(
            record_id=f"<urn:uuid:{serial}-{part}>", type=kind, offset=serial * 4 + part, length=1, sha256="00"
        )
        for part, kind in enumerate(("response", "request", "metadata"))
    ]
    return Place(segment=1, records=records)


def raw(db: sqlite3.Connection, numbers: Sequence[tuple[int, Exchanged]]) -> float:
    """As many plain rows, 1,000 in a transaction, made beforehand; seconds."""
    rows = [
        (
            *(None, owner, item.remote_id, str(item.kind), item.author.id, item.author.handle, item.author.name),
            *(iso(samples.START), iso(samples.START), item.text, bytes(32), item.link, "present", 1),
        )
        for owner, (_, told) in numbers
        if told.page
        for item in told.page.items
    ]
    began = now()
    for some in grouped(rows, 1_000):
        with db:
            db.executemany("INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", some)
    return now() - began


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """Fill chunk by chunk, both ways in turn; a first and a last part tell the decline."""
    items = pick(chosen, 1_000_000, 10_000, 800, 5_000_000)
    chunk = max(GROUP_PAGES, items // samples.ITEMS_PER_PAGE // 20)
    with folder() as directory:
        archive = new_archive(directory / "archive", [samples.account(number) for number in range(1, ACCOUNTS + 1)])
        with archive.database.transaction() as db:
            segments_table.add_segment(db, account=1, name="bench", month="2026-11")
        plain = _plain(directory / "raw.sqlite")
        times: dict[str, list[float]] = {"ours": [], "raw": []}
        began, done, budget = time.monotonic(), 0, chosen.budget
        while done * samples.ITEMS_PER_PAGE < items and time.monotonic() - began < budget:
            numbers = [_numbered(serial) for serial in range(done, done + chunk)]
            times["ours"].append(write(archive, numbers, done))
            times["raw"].append(raw(plain, numbers))
            done += chunk
            if not chosen.quick and not chosen.tiny:
                tell(f"  {done * samples.ITEMS_PER_PAGE:,} items, {times['ours'][-1]:.1f} s for the last {chunk} pages")
        yield from _figures(archive, times, done, chunk)
        yield _unchanged(archive, done)
        plain.close()
        archive.close()


def _numbered(serial: int) -> tuple[int, Exchanged]:
    """Pages go to the accounts in turn, each account's in the order of time."""
    page, place = divmod(serial, ACCOUNTS)
    return place + 1, exchanged(page, place + 1)


def _figures(archive: Archive, times: dict[str, list[float]], pages: int, chunk: int) -> Iterator[Figure]:
    items, ours, fifth = pages * samples.ITEMS_PER_PAGE, times["ours"], max(1, len(times["ours"]) // 5)
    speed = [chunk * samples.ITEMS_PER_PAGE / took for took in ours]
    yield Figure(
        name="rows/raw",
        what=f"rows with full text, {items:,} items in groups of 25 pages, beside raw inserts",
        value=ratio(times, "raw", "ours"),
        unit="of raw",
        at_least=GOAL,
        beside={"items a second": items / sum(ours), "raw rows a second": items / sum(times["raw"])},
    )
    relative = [mine / plain for mine, plain in zip(ours, times["raw"], strict=True)]
    first, end = median(relative[:fifth]), median(relative[-fifth:])
    yield Figure(
        name="rows/decline",
        what=f"how much slower the last fifth of {items:,} items was than the first, beside raw inserts",
        value=(1 - first / end) * 100,
        unit="%",
        at_most=MOST_DECLINE,
        beside={"items a second, first": speed[0], "items a second, last": speed[-1]},
    )
    db = archive.database.connection()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sizes = {name: size / items for name, size in _sizes(archive.directory / "catalogue.sqlite")}
    yield Figure(
        name="rows/bytes",
        what="bytes of catalogue an item, full text and indexes included",
        value=(archive.directory / "catalogue.sqlite").stat().st_size / items,
        unit="bytes",
        at_most=MOST_BYTES,
        beside=dict(sorted(sizes.items(), key=lambda named: -named[1])[:12]),
    )


_SIZES = "SELECT name, sum(pgsize) AS size FROM dbstat GROUP BY name"


def _sizes(path: Path) -> list[tuple[str, int]]:
    """Bytes of each table and index, where the SQLite of the standard library can tell."""
    db = sqlite3.connect(path)
    try:
        modules = {name for (name,) in db.execute("SELECT name FROM pragma_module_list")}
        return db.execute(_SIZES).fetchall() if "dbstat" in modules else []
    finally:
        db.close()


def _unchanged(archive: Archive, done: int) -> Figure:
    """Pages seen before, looked up as the engine does."""
    pages = [_numbered(serial) for serial in range(max(0, done - 100), done)]
    db = archive.database.connection()

    def look() -> None:
        for owner, (note, told) in pages:
            if novelty.equal_capture(db, owner, note, told) is None:
                raise SystemExit("a page that is known was taken for new")

    took = interleaved({"look": partial(look)}, 3)["look"]
    return Figure(
        name="rows/unchanged",
        what="items a second of pages that show nothing new",
        value=len(pages) * samples.ITEMS_PER_PAGE / min(took),
        unit="items/s",
    )


def _plain(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    db.execute("PRAGMA page_size = 8192")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(_RAW)
    db.execute("CREATE INDEX raw_by_account ON raw (account, created)")
    return db


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--budget", type=float, default=600.0, help="seconds after which filling ends early")


if __name__ == "__main__":
    main(__doc__, measure, _options)
