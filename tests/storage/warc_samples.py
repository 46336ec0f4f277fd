"""Made-up exchanges, and the three independent programs that judge the files we write of them."""

from __future__ import annotations

import hashlib
import io
import json
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import warcio.cli
from cdxj_indexer.main import CDXJIndexer
from fastwarc.warc import ArchiveIterator

from archiver.model import Exchange, Fetch, Role
from archiver.storage.members import walk
from archiver.storage.segments import Segment

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
IMAGE_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"
REQUEST_HEAD = b"GET /api HTTP/1.1\r\nHost: schools.example\r\n\r\n"
REGISTRATION = {"platform": "mastodon", "handle": "@office", "url": "https://schools.example", "unit": "Bücherei"}


def exchange(number: int = 1, wire_body: bytes = b'{"posts": []}', head: bytes = JSON_HEAD, **changed: Any) -> Exchange:
    """An exchange of these bytes on the wire, with anything changed."""
    wire = head + wire_body
    said: dict[str, Any] = {
        "capture_id": f"capture-{number}",
        "account_id": "office",
        "run_id": "run-1",
        "role": Role.LISTING,
        "fetch": Fetch(stream="posts", url="https://schools.example/api", params=(("page", str(number)),)),
        "connector": "mastodon/1",
        "request_head": REQUEST_HEAD,
        "response": io.BytesIO(wire),
        "response_length": len(wire),
        "status": 200,
        "headers": (),
        "body": wire_body,
        "payload_sha256": hashlib.sha256(wire_body).hexdigest(),
        "payload_length": len(wire_body),
        "started": NOON + timedelta(seconds=number),
        "ended": NOON + timedelta(seconds=number, milliseconds=5),
        "ip": "127.0.0.1",
    }
    return Exchange(**{**said, **changed})


def segment(spool: Path, exchanges: Iterable[Exchange] = (), *, serial: int = 1) -> Segment:
    """A new segment with these exchanges, synced and open."""
    made = Segment.create(spool, account_id="office", registration=REGISTRATION, moment=NOON, serial=serial)
    for each in exchanges:
        made.append_exchange(each)
    made.sync()
    return made


@contextmanager
def no_waiting_for_the_disk() -> Iterator[None]:
    """For tests of very many small files that are not about durability: syncing returns at once."""
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr(os, "fsync", lambda _: None)
        quick.setattr(os, "fdatasync", lambda _: None)
        yield


def blocks(path: Path) -> list[tuple[str, bytes]]:
    """Type and block of each record, as FastWARC reads them."""
    with path.open("rb") as file:
        return [(each.headers["WARC-Type"], each.reader.read()) for each in ArchiveIterator(file, parse_http=False)]


def require_accepted(path: Path) -> None:
    """Fail unless warcio, FastWARC and cdxj-indexer each accept the whole file."""
    _require_warcio(path)
    _require_fastwarc(path)
    _require_cdxj(path)


def _require_warcio(path: Path) -> None:
    told = io.StringIO()
    with redirect_stdout(told), pytest.raises(SystemExit) as ended:
        warcio.cli.main(["check", "-v", str(path)])
    lines = [line.strip() for line in told.getvalue().splitlines()]

    assert ended.value.code == 0, lines
    assert lines.count("digest pass") == len(blocks(path))
    assert not [
        line for line in lines if line.startswith(("payload", "block", "unknown", "no digest", "digest present"))
    ]


def _require_fastwarc(path: Path) -> None:
    verdicts = []
    with path.open("rb") as file:
        for record in ArchiveIterator(file, parse_http=False):
            verdicts.append(record.verify_block_digest())
            if "WARC-Payload-Digest" in record.headers:
                record.parse_http()
                verdicts.append(record.verify_payload_digest())

    assert verdicts
    assert all(verdict is True for verdict in verdicts), verdicts


def _require_cdxj(path: Path) -> None:
    told = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves temporary files of its own open
        CDXJIndexer(told, [str(path)]).process_all()
    lines = [json.loads(line.split(" ", 2)[2]) for line in told.getvalue().splitlines()]
    with path.open("rb") as file:
        ours = [member for member in walk(file) if member.header("WARC-Type") in ("response", "metadata")]

    assert [(line["url"], int(line["offset"]), int(line["length"])) for line in lines] == [
        (member.header("WARC-Target-URI"), member.offset, member.length) for member in ours
    ]
