"""Pages captured end to end and durable, beside hashing and compressing the same bytes, and beside the usual parts."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import sqlite_utils
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archiver.polling.writer import GROUP_PAGES, Work
from archiver.storage.archive import Archive
from benchmarks import samples
from benchmarks.archives import capturing_into, folder, grouped, keep_pages, new_archive, work
from benchmarks.frame import Figure, Times, interleaved, main, medians, now, pick, ratio
from benchmarks.samples import Sent

GOALS = {"groups": 0.70, "page by page": 0.35}
TIMES_THE_USUAL = {"groups": 4.0, "page by page": 2.0}
ACCOUNT = samples.account()
_TABLE = {"id": str, "account": str, "created": str, "url": str, "text": str, "author": str, "json": str}


def floor(directory: Path, pages: Sequence[Sent]) -> float:
    """SHA-256 and zlib level 6 of the same bytes, and one write each."""
    began = now()
    with Path(mkdtemp(dir=directory), "floor").open("wb", buffering=0) as out:
        for page in pages:
            hashlib.sha256(page.wire).digest()
            packer = zlib.compressobj(6, zlib.DEFLATED, 31)
            out.write(packer.compress(page.wire) + packer.flush())
    return now() - began


def ours(directory: Path, pages: Sequence[Sent], group: int) -> float:
    """Read, appended, synced and committed by the program's own parts."""
    archive = _archive(directory)
    exchanges = [samples.exchange(number, page) for number, page in enumerate(pages)]
    began = now()
    keep_pages(archive, ACCOUNT, exchanges, group=group)
    took = now() - began
    archive.close()
    return took


def reading(pages: Sequence[Sent]) -> float:
    """Only what a reply means."""
    exchanges = [samples.exchange(number, page) for number, page in enumerate(pages)]
    began = now()
    for exchange in exchanges:
        work(ACCOUNT, exchange)
    return now() - began


def writing(directory: Path, works: Sequence[Work]) -> float:
    """Only appending, syncing and committing what was read before."""
    archive = _archive(directory)
    with capturing_into(archive) as writer:
        began = now()
        for some in grouped(works, GROUP_PAGES):
            writer.write(some)
        took = now() - began
    archive.close()
    return took


def usual_parts(directory: Path, pages: Sequence[Sent]) -> float:
    """warcio's writer, sqlite-utils and full text by triggers, page by page, as most programs put them together."""
    place = Path(mkdtemp(dir=directory))
    database = sqlite_utils.Database(place / "usual.sqlite")
    database.enable_wal()
    posts = database.table("posts")
    posts.create(_TABLE, pk="id")
    posts.enable_fts(["text", "author"], create_triggers=True)
    posts.create_index(["account", "created"])
    began = now()
    with (place / "usual.warc.gz").open("wb") as out:
        writer = WARCWriter(out, gzip=True, warc_version="1.1")
        for number, page in enumerate(pages):
            _usual_page(writer, posts, number, page)
            out.flush()
            os.fdatasync(out.fileno())
    took = now() - began
    database.close()
    return took


def _usual_page(writer: WARCWriter, posts: sqlite_utils.db.Table, number: int, page: Sent) -> None:
    url = f"https://social.example/api/v1/accounts/1/statuses?limit=40&max_id={number}"
    head = StatusAndHeaders("200 OK", [("Content-Type", "application/json")], protocol="HTTP/1.1")
    response = writer.create_warc_record(url, "response", payload=io.BytesIO(page.payload), http_headers=head)
    asked = StatusAndHeaders("GET /api HTTP/1.1", [("Host", "social.example")], is_http_request=True)
    request = writer.create_warc_record(url, "request", http_headers=asked)
    writer.write_request_response_pair(request, response)
    posts.insert_all(
        (
            {
                "id": status["id"],
                "account": status["account"]["acct"],
                "created": status["created_at"],
                "url": status["url"],
                "text": status["content"],
                "author": status["account"]["display_name"],
                "json": hashlib.sha256(json.dumps(status, sort_keys=True).encode()).hexdigest(),
            }
            for status in json.loads(page.body)
        ),
        replace=True,
    )


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """Groups of 25, page by page, and replies that the server compressed."""
    count, rounds = pick(chosen, 250, 25, 3), pick(chosen, 5, 2, 1)
    pages, packed = list(samples.pages(count)), list(samples.pages(count, packed=True))
    works = [work(ACCOUNT, samples.exchange(number, page)) for number, page in enumerate(pages)]
    with folder() as directory:
        ways = {
            "floor": partial(floor, directory, pages),
            "groups": partial(ours, directory, pages, GROUP_PAGES),
            "page by page": partial(ours, directory, pages, 1),
            "reading": partial(reading, pages),
            "writing": partial(writing, directory, works),
            "usual": partial(usual_parts, directory, pages),
            "gzip floor": partial(floor, directory, packed),
            "gzip groups": partial(ours, directory, packed, GROUP_PAGES),
        }
        times = interleaved(ways, rounds, warm=not chosen.tiny)
    beside = {f"{name}, ms a page": value for name, value in medians(times, scale=1000 / count).items()}
    yield from _figures(times, count, beside)


def _figures(times: Times, count: int, beside: dict[str, float]) -> Iterator[Figure]:
    for name in ("groups", "page by page"):
        slug = name.replace(" ", "-")
        yield Figure(
            name=f"capture/{slug}",
            what=f"{count} pages of 40 posts captured, durable, {name}" + (" of 25" if name == "groups" else ""),
            value=ratio(times, "floor", name),
            unit="of SHA-256+zlib 6",
            at_least=GOALS[name],
            beside=beside if name == "groups" else {},
        )
        yield Figure(
            name=f"capture/{slug}-usual",
            what="the same, beside warcio + sqlite-utils + triggers",
            value=ratio(times, "usual", name),
            unit="x as fast",
            at_least=TIMES_THE_USUAL[name],
        )
    yield Figure(
        name="capture/gzip",
        what="replies the server compressed, in groups of 25, beside compressing them again",
        value=ratio(times, "gzip floor", "gzip groups"),
        unit="of SHA-256+zlib 6",
    )


def _archive(directory: Path) -> Archive:
    return new_archive(Path(mkdtemp(dir=directory)), [ACCOUNT])


if __name__ == "__main__":
    main(__doc__, measure)
