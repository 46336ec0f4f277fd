"""Our own walk over gzip members takes nothing for whole that is not."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.errors import VerificationError
from archiver.storage import inflate
from archiver.storage.members import Member, read_record, stream_record, walk
from tests.storage.warc_samples import JSON_HEAD, NOON, blocks, exchange, segment

NOISE = random.Random(2).randbytes(3 << 20)


@pytest.fixture
def kept(tmp_path: Path) -> bytes:
    """A small file: warcinfo, two exchanges, a run record."""
    with segment(tmp_path, [exchange(1), exchange(2, b"[1]")]) as made:
        made.append_note({"gaps": []}, "run-1", NOON)
    return made.path.read_bytes()


@pytest.fixture(params=["isal", "zlib"], autouse=True)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each library that may inflate the members."""
    if request.param == "zlib":
        monkeypatch.setattr(inflate, "fast", zlib)


def walked(data: bytes, start: int = 0) -> list[Member]:
    return list(walk(io.BytesIO(data), start))


def member(text: str, block: bytes = b"ok") -> bytes:
    """A gzip member of these WARC headers and block."""
    return gzip.compress(f"WARC/1.1\r\n{text}\r\n\r\n".encode() + block + b"\r\n\r\n", mtime=0)


def test_every_cut_is_found(kept: bytes) -> None:
    """A file cut anywhere but between members ends with one that is not whole, and all before are as they were."""
    whole = walked(kept)
    ends = {each.offset + each.length for each in whole}
    for cut in set(range(1, len(kept))) - ends:
        *before, torn = walked(kept[:cut])
        assert before == whole[: len(before)]
        assert (torn.offset + torn.length, bool(torn.problem)) == (cut, True)


def test_every_bit_flip_is_found(kept: bytes) -> None:
    """One flipped bit changes the SHA-256 of exactly the member it lies in, or makes it no member."""
    whole = walked(kept)
    rng = random.Random(3)
    for position in range(len(kept)):
        damaged = bytearray(kept)
        damaged[position] ^= 1 << rng.randrange(8)
        hit = next(each for each in whole if each.offset <= position < each.offset + each.length)
        found = next(each for each in walked(bytes(damaged)) if each.offset == hit.offset)
        assert found.problem or found.sha256 != hit.sha256
        with pytest.raises(VerificationError, match=f"offset {hit.offset} of office.warc.gz"):
            read_record(io.BytesIO(damaged), hit.offset, hit.length, name="office.warc.gz", sha256=hit.sha256)


def test_a_bit_flip_in_the_data_needs_no_catalogue(kept: bytes) -> None:
    """A flipped bit behind the gzip header of a member is found by CRC and digests alone."""
    hit = walked(kept)[1]
    for position in range(hit.offset + 10, hit.offset + hit.length):
        damaged = bytearray(kept)
        damaged[position] ^= 0x10
        assert walked(bytes(damaged))[1].problem


@pytest.mark.parametrize("junk", [b"\x00" * 4096, b"garbage", b"\x1f", NOISE, b"WARC/1.1\r\n"])
def test_garbage_reaches_to_the_end(kept: bytes, junk: bytes) -> None:
    """Bytes that are no member are reported once, up to the end of the file, wherever they begin."""
    whole = walked(kept)
    second = whole[1].offset

    assert [(m.offset, m.length, bool(m.problem)) for m in walked(kept + junk)] == [
        *((m.offset, m.length, False) for m in whole),
        (len(kept), len(junk), True),
    ]
    assert [(m.offset, m.length, bool(m.problem)) for m in walked(kept[:second] + junk + kept[second:])] == [
        (0, second, False),
        (second, len(junk) + len(kept) - second, True),
    ]


@pytest.mark.parametrize("flag", [0x20, 0x40, 0x80])
def test_reserved_flags_are_damage(kept: bytes, flag: int) -> None:
    """A gzip header with a bit set that no program may set is damaged, whichever library inflates."""
    assert walked(kept[:3] + bytes([flag]) + kept[4:])[0].problem


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (gzip.compress(b"hello", mtime=0), "no WARC header"),
        (gzip.compress(b"x" * 200_000, mtime=0), "no WARC header"),
        (member("WARC-Type: metadata"), "no Content-Length"),
        (member("Content-Length: two"), "no Content-Length"),
        (member("Content-Length: ²"), "no Content-Length"),
        (member("Content-Length: 3"), "it does not end where its Content-Length says"),
        (member("Content-Length: 1"), "it does not end where its Content-Length says"),
        (member("Content-Length: 99"), "its block is shorter than its Content-Length"),
        (member("Content-Length: 2\r\nno colon"), "a WARC header line without a colon"),
        (member("Content-Length: 2\r\nWARC-Block-Digest: md5:00"), "a digest of unknown kind (md5)"),
        (member("Content-Length: 2\r\nWARC-Block-Digest: sha256:0!"), "a digest that cannot be read"),
        (
            member("Content-Length: 2\r\nWARC-Block-Digest: sha1:" + "A" * 32),
            "its bytes do not agree with its WARC-Block-Digest",
        ),
    ],
)
def test_an_unsound_record_is_named_and_passed(kept: bytes, data: bytes, problem: str) -> None:
    """A whole gzip member without a sound record says why, and the walk goes on behind it."""
    assert [(each.problem, each.length) for each in walked(data + kept)] == [
        (problem, len(data)),
        *(("", each.length) for each in walked(kept)),
    ]


@pytest.mark.parametrize("kind", ["sha1", "sha256", "SHA-256"])
@pytest.mark.parametrize("write", [lambda value: base64.b32encode(value).decode(), bytes.hex])
def test_digests_of_other_programs_are_compared(kind: str, write: Callable[[bytes], str]) -> None:
    """SHA-1 and SHA-256, in Base32 or hexadecimal: a right digest is sound, a wrong one is not."""
    right, wrong = (write(hashlib.new(kind, data).digest()) for data in (b"ok", b"ko"))

    assert walked(member(f"Content-Length: 2\r\nWARC-Block-Digest: {kind}:{right}"))[0].problem == ""
    assert walked(member(f"Content-Length: 2\r\nWARC-Block-Digest: {kind}:{wrong}"))[0].problem.endswith("Digest")


@pytest.mark.parametrize("name", ["WARC-Block-Digest", "WARC-Payload-Digest"])
def test_each_digest_is_compared(kept: bytes, name: str) -> None:
    """A record of which one digest was changed is betrayed by that digest."""
    response = walked(kept)[1]
    text = gzip.decompress(kept[response.offset :][: response.length])
    right = response.header(name)
    wrong = right[:7] + ("B" if right[7] == "A" else "A") + right[8:]
    forged = text.replace(f"{name}: {right}".encode(), f"{name}: {wrong}".encode())

    assert walked(gzip.compress(forged))[0].problem == f"its bytes do not agree with its {name}"


def test_large_and_odd_sizes_are_walked(tmp_path: Path) -> None:
    """Members around the sizes of our buffers, and one that inflates a thousandfold, are whole; so is what follows."""
    sizes = [(1 << 18) - 900, 1 << 18, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (2 << 20) + 7]
    bodies = [NOISE[:size] for size in sizes] + [b"\x00" * (20 << 20)]
    with segment(tmp_path, [exchange(number, body) for number, body in enumerate(bodies)]) as made:
        found = walked(made.path.read_bytes())

    assert [each.problem for each in found] == [""] * (1 + 3 * len(bodies))
    assert found[-1].offset + found[-1].length == made.size


def test_a_record_is_read_by_its_place(tmp_path: Path) -> None:
    """Offset and length are enough to read a record; its block is the exact bytes of the wire."""
    with segment(tmp_path, [exchange(1), exchange(2, b"[2]")]) as made, made.path.open("rb") as file:
        places = list(walk(file))
        records = [read_record(file, each.offset, each.length, sha256=each.sha256) for each in reversed(places)]

    assert [(each.header("warc-type"), each.block) for each in reversed(records)] == blocks(made.path)


def test_a_large_record_is_streamed_or_refused(tmp_path: Path) -> None:
    """What is larger than the caller expects is not taken into memory; streamed, it comes in pieces."""
    with segment(tmp_path) as made:
        place = made.append_exchange(exchange(wire_body=NOISE))[0]
    with made.path.open("rb") as file:
        headers, pieces = stream_record(file, place.offset, place.length, sha256=place.sha256)
        taken = list(pieces)
        with pytest.raises(VerificationError, match="larger than the 1000 bytes expected"):
            read_record(file, place.offset, place.length, limit=1000)

    assert dict(headers)["WARC-Type"] == "response"
    assert b"".join(taken) == JSON_HEAD + NOISE
    assert max(map(len, taken)) <= 1 << 20


@pytest.mark.parametrize("misplaced", [lambda o, n: (o + 1, n), lambda o, n: (o, n - 1), lambda o, n: (o, n + 1)])
def test_a_wrong_place_is_no_record(kept: bytes, misplaced: Callable[[int, int], tuple[int, int]]) -> None:
    """A byte too early, too few or too many is an error, never a shorter record."""
    place = walked(kept)[1]
    with pytest.raises(VerificationError, match="is not sound"):
        read_record(io.BytesIO(kept), *misplaced(place.offset, place.length))


def test_an_end_of_nothing_is_no_problem(kept: bytes) -> None:
    """An empty file, and the end of a whole one, hold no members."""
    assert walked(b"") == []
    assert walked(kept, len(kept)) == []
