"""The WARC records of what is kept say what the standard asks for, and nothing that a platform could slip in."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.errors import DiskError, Refused
from archiver.model import CaptureNote, Fetch, Truncated
from archiver.storage.members import read_record, walk
from archiver.storage.segments import Segment
from archiver.storage.warc import FastWriter
from archiver.storage.warc_records import exchange_records, target_uri
from tests.storage.warc_samples import NOON, REGISTRATION, blocks, exchange, require_accepted, segment


def test_headers_say_what_the_standard_asks_for(tmp_path: Path) -> None:
    """Each record carries its headers in WARC/1.1 form; the metadata record is last and names its response."""
    with segment(tmp_path, [exchange(truncated=Truncated.LENGTH)]) as made, made.path.open("rb") as file:
        _, response, request, metadata = walk(file)

    same = {"WARC-Date": "2026-11-20T12:00:01.123456Z", "WARC-IP-Address": "127.0.0.1"}
    uri = "https://schools.example/api?page=1"
    variable = {"WARC-Record-ID", "WARC-Block-Digest", "WARC-Payload-Digest", "Content-Length"}
    shown = [{k: v for k, v in each.headers if k not in variable} for each in (response, request, metadata)]
    assert shown == [
        {
            "WARC-Type": "response",
            **same,
            "WARC-Target-URI": uri,
            "WARC-Truncated": "length",
            "Content-Type": "application/http;msgtype=response",
        },
        {
            "WARC-Type": "request",
            **same,
            "WARC-Target-URI": uri,
            "WARC-Concurrent-To": response.header("warc-record-id"),
            "Content-Type": "application/http;msgtype=request",
        },
        {
            "WARC-Type": "metadata",
            "WARC-Date": same["WARC-Date"],
            "WARC-Target-URI": "urn:archiver:capture:capture-1",
            "WARC-Concurrent-To": response.header("WARC-Record-ID"),
            "Content-Type": "application/json",
        },
    ]


def test_the_first_record_names_the_account(tmp_path: Path) -> None:
    """The warcinfo record says software, format and the account as registered."""
    with segment(tmp_path) as made, made.path.open("rb") as file:
        assert made.warcinfo
        block = read_record(file, 0, made.warcinfo.length, sha256=made.warcinfo.sha256).block

    assert dict(line.split(": ", 1) for line in block.decode().splitlines()) == {
        "software": "Archiver/0.1.0",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "account": '{"handle":"@office","platform":"mastodon","unit":"B\\u00fccherei","url":"https://schools.example"}',
    }


def test_the_same_exchange_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing random or of this moment goes into a record."""
    with segment(tmp_path) as made:
        start = made.size
        made.append_exchange(exchange())
    out = io.BytesIO()
    FastWriter(out).write_records(exchange_records(exchange()))

    assert out.getvalue() == made.path.read_bytes()[start:]


@pytest.mark.parametrize(
    "changed",
    [
        {"fetch": Fetch(stream="posts", url="https://schools.example/\r\nWARC-Type: resource")},
        {"fetch": Fetch(stream="posts", url="https://schools.example/\nx")},
        {"ip": "127.0.0.1\r\nWARC-Truncated: time"},
        {"capture_id": "1\nX: y"},
        {"fetch": Fetch(stream="posts", url="https://office:s3cret@schools.example/")},
    ],
)
def test_no_value_can_forge_a_header(changed: dict[str, str], tmp_path: Path) -> None:
    """Line breaks, and credentials in an address, are refused before a byte is written; messages do not repeat them."""
    with segment(tmp_path) as made:
        with pytest.raises(Refused) as refused:
            made.append_exchange(exchange(**changed))
        made.append_exchange(exchange(2))

    assert len(blocks(made.path)) == 4
    assert "s3cret" not in "".join(refused.value.lines())
    require_accepted(made.path)


def test_the_address_is_the_one_that_was_asked() -> None:
    """Parameters follow the query that is there; fragments are not sent; what an address cannot hold is escaped."""
    fetch = Fetch(stream="posts", url="https://schools.example/a b?x=1#top", params=(("q", "é&="), ("q", "2")))

    assert target_uri(fetch) == "https://schools.example/a%20b?x=1&q=%C3%A9%26%3D&q=2"


def test_a_note_survives_with_lone_surrogates(tmp_path: Path) -> None:
    """The metadata record gives back the note it was made of, whatever text a platform put into an id."""
    odd = exchange(fetch=Fetch(stream="comments", url="https://schools.example/c", subject="\ud800", token="\u2028"))
    with segment(tmp_path) as made:
        metadata = made.append_exchange(odd)[2]
    with made.path.open("rb") as file:
        block = read_record(file, metadata.offset, metadata.length, sha256=metadata.sha256).block
    note = CaptureNote.from_json(json.loads(block))
    assert (note.fetch, note.capture_id, note.started) == (odd.fetch, "capture-1", NOON + timedelta(seconds=1))


def test_a_serial_is_used_once(tmp_path: Path) -> None:
    """A name that is taken is never written over."""
    with segment(tmp_path, [exchange()]) as made:
        before = made.path.read_bytes()
        with pytest.raises(DiskError, match="already there"):
            Segment.create(tmp_path, account_id="office", registration=REGISTRATION, moment=NOON, serial=1)

        assert made.path.read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["office-20261120T120000Z-0001.warc.gz"]
