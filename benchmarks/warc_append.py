"""How fast exchanges are appended, beside the floor (hash, compress, write) and warcio's own writer, in one run."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import random
import statistics
import struct
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from isal import isal_zlib
from warcio.warcwriter import WARCWriter

from archiver.model import Exchange, Fetch, Role
from archiver.storage.warc import FastWriter
from archiver.storage.warc_records import exchange_records

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOALS = {"json": (0.80, 6.0), "gzip": (0.75, 6.0), "media": (0.75, 6.0)}
WORDS = ("school", "board", "meeting", "budget", "levy", "library", "sports", "closure", "snow", "bus", "policy")


def page(rng: random.Random) -> bytes:
    """About 147 kB of JSON, as a platform would send it."""
    posts = []
    while sum(map(len, posts)) < 147_000:
        text = " ".join(rng.choices(WORDS, k=40))
        posts.append(
            f'{{"id": "{rng.getrandbits(60)}", "created_at": "2026-11-20T12:00:00Z", "content": "<p>{text}</p>"}}'
        )
    return ("[" + ",".join(posts) + "]").encode()


def bodies(kind: str, count: int) -> list[tuple[bytes, bytes]]:
    """Head and body of so many responses of a kind."""
    rng = random.Random(kind)
    if kind == "media":
        return [(b"Content-Type: image/jpeg\r\n", rng.randbytes(rng.randrange(200_000, 900_000))) for _ in range(count)]
    pages = [page(rng) for _ in range(count)]
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


def measure(kind: str, count: int, rounds: int) -> dict[str, tuple[float, int]]:
    """Median seconds and size in bytes of each way; the rounds interleaved, so that a busy machine slows all."""
    given = exchanges(kind, count)
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    sizes: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for name, way in WAYS.items():
                path = Path(folder, name)
                start = time.perf_counter()
                way(path, kind, given)
                seconds[name].append(time.perf_counter() - start)
                sizes[name] = path.stat().st_size
    return {name: (statistics.median(times), sizes[name]) for name, times in seconds.items()}


def main() -> None:
    """Print one line for each kind of body."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=300, help="exchanges per round")
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    for kind, (least, times) in GOALS.items():
        found = measure(kind, chosen.count, chosen.rounds)
        (base, _), (mine, size), (theirs, their_size) = found["floor"], found["ours"], found["warcio"]
        print(
            f"{kind:6} {chosen.count / mine:8.0f} exchanges/s  {base / mine:.2f} of floor (goal {least})"
            f"  {theirs / mine:.1f} x warcio (goal {times})  size {size / their_size:.2f} of warcio's"
        )


if __name__ == "__main__":
    main()
