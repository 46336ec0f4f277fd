"""How fast exchanges are appended, beside the floor (hash, compress, write) and warcio's own writer, in one run."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import random
import struct
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from isal import isal_zlib
from warcio.warcwriter import WARCWriter

from archiver.model import Exchange, Fetch, Role
from archiver.storage.warc import FastWriter
from archiver.storage.warc_records import exchange_records
from benchmarks import samples
from benchmarks.frame import Figure, interleaved, main, medians, pick, ratio

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOALS = {"json": (0.80, 6.0), "gzip": (0.75, 6.0), "media": (0.75, 6.0)}
MORE_BYTES = 15.0
POSTS = 65  # of a page: about 147 kB of JSON, for which the goals were set


def bodies(kind: str, count: int) -> list[tuple[bytes, bytes]]:
    """Head and body of so many responses of a kind."""
    rng = random.Random(kind)
    if kind == "media":
        return [(b"Content-Type: image/jpeg\r\n", rng.randbytes(rng.randrange(200_000, 900_000))) for _ in range(count)]
    pages = [samples.page(number, items=POSTS).body for number in range(count)]
    if kind == "gzip":
        return [
            (b"Content-Type: application/json\r\nContent-Encoding: gzip\r\n", gzip.compress(each, 6)) for each in pages
        ]
    return [(b"Content-Type: application/json\r\n", each) for each in pages]


def exchanges(kind: str, count: int) -> list[Exchange]:
    """So many exchanges of a kind."""
    made = []
    for number, (head, body) in enumerate(bodies(kind, count)):
        wire = b"HTTP/1.1 200 OK\r\nServer: x\r\n" + head + b"\r\n" + body
        made.append(
            Exchange(
                capture_id=f"capture-{number}",
                account_id="office",
                run_id="run",
                role=Role.LISTING,
                fetch=Fetch(stream="posts", url="https://schools.example/api", params=(("page", str(number)),)),
                connector="mastodon/1",
                request_head=b"GET /api HTTP/1.1\r\nHost: schools.example\r\nAccept-Encoding: gzip\r\n\r\n",
                response=io.BytesIO(wire),
                response_length=len(wire),
                status=200,
                headers=(),
                body=body,
                payload_sha256=hashlib.sha256(body).hexdigest(),
                payload_length=len(body),
                started=NOON,
                ended=NOON,
                ip="127.0.0.1",
            )
        )
    return made


def floor(path: Path, kind: str, given: list[Exchange]) -> None:
    """Two digests, one gzip member and one write for each of the three blocks, and nothing else."""
    with path.open("wb", buffering=0) as out:
        for each in given:
            for number, record in enumerate(exchange_records(each)):
                record.raw_stream.seek(0)
                data = record.raw_stream.read()
                hashlib.sha1(data).digest()
                hashlib.sha256(data).digest()
                out.write(_stored(data) if kind != "json" and number == 0 else isal_zlib.compress(data, 1, 31))


def _stored(data: bytes) -> bytes:
    pieces = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"]
    for start in range(0, len(data), 0xFFFF):
        block = data[start : start + 0xFFFF]
        pieces += (struct.pack("<BHH", start + 0xFFFF >= len(data), len(block), len(block) ^ 0xFFFF), block)
    return b"".join([*pieces, struct.pack("<II", isal_zlib.crc32(data), len(data))])


def ours(path: Path, _: str, given: list[Exchange]) -> None:
    """Response, request and metadata by our writer."""
    with path.open("wb", buffering=0) as out:
        writer = FastWriter(out)
        for each in given:
            writer.write_records(exchange_records(each))


def warcio_default(path: Path, _: str, given: list[Exchange]) -> None:
    """The same records by warcio's own writer."""
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True, warc_version="1.1")
        for each in given:
            each.response.seek(0)
            for record in exchange_records(each):
                writer.write_record(record)


WAYS: dict[str, Callable[[Path, str, list[Exchange]], None]] = {"floor": floor, "ours": ours, "warcio": warcio_default}


def compared(kind: str, count: int, rounds: int) -> Iterator[Figure]:
    """Two figures and the size, of one kind of body."""
    given = exchanges(kind, count)
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder, name) for name in WAYS}
        times = interleaved({name: partial(way, paths[name], kind, given) for name, way in WAYS.items()}, rounds)
        sizes = {name: path.stat().st_size for name, path in paths.items()}
    least, times_theirs = GOALS[kind]
    beside = {f"{name}, exchanges a second": count / took for name, took in medians(times).items()}
    yield Figure(
        name=f"warc/{kind}",
        what=f"append of {kind} bodies, beside hashing, compressing and writing",
        value=ratio(times, "floor", "ours"),
        unit="of floor",
        at_least=least,
        beside=beside,
    )
    yield Figure(
        name=f"warc/{kind}-warcio",
        what=f"append of {kind} bodies, beside warcio's own writer",
        value=ratio(times, "warcio", "ours"),
        unit="x as fast",
        at_least=times_theirs,
    )
    yield Figure(
        name=f"warc/{kind}-size",
        what=f"bytes of {kind} bodies above those of warcio's writer",
        value=(sizes["ours"] / sizes["warcio"] - 1) * 100,
        unit="%",
        at_most=MORE_BYTES if kind == "json" else None,
    )


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """Every kind of body."""
    for kind in GOALS:
        yield from compared(kind, pick(chosen, 300, 30, 4), pick(chosen, 9, 3, 1))


if __name__ == "__main__":
    main(__doc__, measure)
