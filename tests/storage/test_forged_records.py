"""Records that nobody of ours wrote: told as unsound, by every reader, whatever they claim."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archiver.checks.record_check import plainly_read
from archiver.errors import VerificationError
from archiver.model import CaptureNote, Fetch, parse_iso
from archiver.storage.members import walk
from archiver.storage.note_shape import require_shape
from archiver.storage.units import units
from tests.storage.warc_samples import NOON, exchange, segment

BLOCK = b'{"record":"run"}'
HEAD = (
    b"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/json\r\n"
    b"WARC-Target-URI: urn:archiver:run:r\r\nWARC-Block-Digest: %b\r\nContent-Length: %b\r\n\r\n"
)


def member(block: bytes = BLOCK, *, head: bytes = HEAD, length: bytes | None = None) -> bytes:
    """A note in a member of its own, with true digests, and this head and length."""
    label = b"sha256:" + hashlib.sha256(block).hexdigest().encode()
    said = head % (label, length if length is not None else b"%d" % len(block)) if b"%b" in head else head
    return gzip.compress(said + block + b"\r\n\r\n", mtime=0)


def problem_of(data: bytes) -> str:
    """What the strict walk says of a file of one member."""
    (only,) = walk(io.BytesIO(data))
    return only.problem


def test_the_sound_one_is_read_by_both() -> None:
    """What the cases below change is sound before."""
    assert problem_of(member()) == ""
    assert plainly_read(memoryview(member())) == ("urn:uuid:1", BLOCK)


FORGED = {
    "a length of thousands of digits": member(length=b"9" * 5000),
    "two lengths, the last one true": member(head=HEAD.replace(b"Content-L", b"Content-Length: 1\r\nContent-L")),
    "a second length in other letters": member(
        head=HEAD.replace(b"\r\nContent-L", b"\r\ncontent-length: 1\r\nContent-L")
    ),
    "a line without a colon": member(head=HEAD.replace(b"WARC-Type", b"nothing\r\nWARC-Type")),
    "no version": member(head=HEAD.removeprefix(b"WARC/1.1\r\n")),
    "a line that ends otherwise": member(head=HEAD.replace(b"%b\r\n\r\n", b"%b\nX: y\r\r\n\r\n")),
    "a length with a sign": member(length=b"+16"),
    "a digest of no known kind": member(head=HEAD.replace(b"sha", b"md5").replace(b"Digest: %b", b"Digest: md5:%b")),
}


@pytest.mark.parametrize("data", FORGED.values(), ids=FORGED.keys())
def test_what_the_strict_reader_refuses_the_quick_one_does_not_take(data: bytes) -> None:
    """Two readers of which each believes another header would let a forged record pass the routine check."""
    assert problem_of(data)
    assert plainly_read(memoryview(data)) is None


def test_a_record_whose_names_are_no_text_is_left_to_the_strict_reader() -> None:
    """It is not one of ours, and no reason to fail."""
    assert plainly_read(memoryview(member(head=HEAD.replace(b"uuid:1", b"uuid:\xc0")))) is None


def test_a_note_nested_without_end_ends_the_whole_records() -> None:
    """As any other note that cannot be read."""
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(VerificationError, match="nested too deep"):
        list(units(io.BytesIO(member(deep)), name="a.warc.gz"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "200"),
        ("status", True),
        ("capture", ["c"]),
        ("run", None),
        ("length", 1.5),
        ("started", "0001-01-01T00:00:00+23:59"),
        ("ended", "9999-12-31T23:59:59-23:59"),
        ("role", {}),
        ("fetch", []),
        ("fetch", {"stream": 1, "url": "https://x.example"}),
        ("fetch", {"stream": "posts", "url": "https://x.example", "params": {"a": "b"}}),
        ("fetch", {"stream": "posts", "url": "https://x.example", "params": [["a"]]}),
    ],
    ids=str,
)
def test_what_an_exchange_says_of_itself_is_of_the_right_types(name: str, value: Any) -> None:
    """A row is made of it: a list where an id belongs must never come that far."""
    said = exchange().to_json()
    assert CaptureNote.from_json(said).status == 200
    with pytest.raises((KeyError, TypeError, ValueError)):
        CaptureNote.from_json(said | {name: value})


def test_a_fetch_is_read_back_as_it_was_written() -> None:
    """With every field given, and with none but the needed ones."""
    plain = Fetch(stream="posts", url="https://x.example/")
    full = replace(plain, method="POST", params=(("a", "b"),), headers=(("c", "d"),), body="{}", subject="1", token="2")
    for fetch in (plain, full):
        assert Fetch.from_json(json.loads(json.dumps(fetch.to_json()))) == fetch


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_that_is_none_in_utc_is_a_wrong_value(text: str) -> None:
    """Not an overflow that nobody expects."""
    with pytest.raises(ValueError, match="a time that is none in UTC"):
        parse_iso(text)


RUN = {
    "archiver": 1, "record": "run", "run": "r", "depth": "poll", "begun": "2026-11-20T12:00:00Z", "outcome": "done",
    "ended": "2026-11-20T12:00:01Z", "streams": [{"stream": "posts", "since": None}],
    "unchanged": [
        {"at": "2026-11-20T12:00:00Z", "same": "c", "counters": {"post:1": {"likes": 1}}},
        {"at": "2026-11-20T12:00:00Z", "missing": {"media_id": "m", "reason": "gone"}},
    ],
}  # fmt: skip
GAP = {
    "record": "gap",
    "gap": {"id": "g", "stream": "posts", "cause": "network", "detail": "", "repair": "", "opened": RUN["begun"]},
}


@pytest.mark.parametrize("said", [RUN, GAP], ids=["run", "gap"])
def test_our_notes_have_the_shape_of_our_notes(said: dict[str, Any]) -> None:
    """The cases below differ from these in one thing."""
    require_shape(said)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"record": "act"},
        {"record": "gap"},
        {"record": "gap", "gap": GAP["gap"] | {'id") VALUES (1); --': "x"}},
        {"record": "gap", "gap": GAP["gap"] | {"cause": "rain"}},
        {"record": "gap", "gap": GAP["gap"] | {"opened": "yesterday"}},
        RUN | {"run": 1},
        RUN | {"streams": {}},
        RUN | {"streams": [{"stream": "posts", "since": "x"}]},
        RUN | {"unchanged": [{"at": "2026-11-20T12:00:00Z"}]},
        RUN | {"unchanged": [{"at": RUN["begun"], "same": "c", "counters": {"post:1": {"likes": 2**63}}}]},
        RUN | {"unchanged": [{"at": RUN["begun"], "missing": {"media_id": "m", "reason": "r", "db": 1}}]},
    ],
    ids=str,
)
def test_a_note_that_is_none_of_ours_is_refused_before_it_becomes_rows(said: dict[str, Any]) -> None:
    """Its names become names of columns, its values rows."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        require_shape(said)


def test_a_real_file_is_read_by_both_readers_alike(tmp_path: Path) -> None:
    """Everything our writer writes is taken by the quick reader."""
    with segment(tmp_path, [exchange(number) for number in range(1, 4)]) as written:
        written.append_note(RUN, "r", NOON)
    data = written.path.read_bytes()
    quick = [plainly_read(memoryview(data)[one.offset : one.offset + one.length]) for one in walk(io.BytesIO(data))]
    assert [found and found[0] for found in quick] == [one.stored.record_id for one in walk(io.BytesIO(data))]
