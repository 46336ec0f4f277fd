"""The ZIP writer: exact headers, the same bytes, names that are safe everywhere, ZIP64 where 32 bits are not enough."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports import zip_stream
from exports.zip_stream import Written, ZipStream, is_safe_name
from tests.exports import bundle_samples as samples

MADE = datetime(2026, 4, 7, 13, 0, 7, tzinfo=UTC)


class Forward:
    """A sink that can only be written to."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes, /) -> int:
        """Append."""
        self.data += data
        return len(data)


def _zip(entries: dict[str, bytes], *, deflate: bool = True) -> tuple[bytes, list[Written], tuple[str, int]]:
    sink = Forward()
    stream = ZipStream(sink, made=MADE, scratch=samples.scratch)
    written = [stream.add(name, (content[:3], content[3:]), deflate=deflate) for name, content in entries.items()]
    end = stream.finish()
    stream.close()
    return bytes(sink.data), written, end


@given(contents=st.lists(st.binary(max_size=300), max_size=6), deflate=st.booleans())
def test_what_goes_in_comes_out(contents: list[bytes], deflate: bool) -> None:  # noqa: FBT001
    """The standard library reads every entry back, and each is counted and hashed as it was."""
    entries = {f"d/{number}.bin": content for number, content in enumerate(contents)}

    data, written, (digest, length) = _zip(entries, deflate=deflate)

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == entries
    assert written == [
        Written(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in entries.items()
    ]
    assert (digest, length) == (hashlib.sha256(data).hexdigest(), len(data))


def test_no_entry_hides_its_size_behind_its_data() -> None:
    """Local headers tell size and checksum, so that desktop programs that read forward can unpack stored entries."""
    data, _, _ = _zip({"a.txt": b"hello"}, deflate=False)

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.infolist()[0]
    assert (info.flag_bits, info.compress_type, info.file_size) == (0, zipfile.ZIP_STORED, 5)
    assert data[14:26] == info.CRC.to_bytes(4, "little") + (5).to_bytes(4, "little") * 2
    assert (info.date_time, info.external_attr >> 16, info.extra) == ((2026, 4, 7, 13, 0, 6), 0o100644, b"")


@pytest.mark.parametrize("deflate", [True, False])
def test_zip64_where_32_bits_are_not_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, deflate: bool) -> None:  # noqa: FBT001
    """With the limits drawn in, sizes, offsets and counts go into ZIP64 fields that two programs read."""
    monkeypatch.setattr(zip_stream, "_LIMIT", 40)
    monkeypatch.setattr(zip_stream, "_COUNT_LIMIT", 2)
    entries = {f"{number}.bin": bytes(range(60)) * (number + 1) for number in range(3)}

    data, _, _ = _zip(entries, deflate=deflate)

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == entries
    local_sizes, extra = data[18:26], data[26 + 4 + len("0.bin") :][:4]
    assert (local_sizes, extra) == (b"\xff" * 8, b"\x01\x00\x10\x00")
    unzip = shutil.which("unzip")
    if unzip:
        (tmp_path / "z.zip").write_bytes(data)
        assert subprocess.run([unzip, "-tq", str(tmp_path / "z.zip")], check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "a//b", "../a", "a/..", ".", "a b", "a\\b", "a:b", "é", "a\n", "a/../b", "-\x00", "C:/x"]
)
def test_a_name_that_could_mean_another_place_is_refused(name: str) -> None:
    """Only letters, digits, dot, underscore and hyphen, below one directory."""
    stream = ZipStream(Forward(), made=MADE, scratch=samples.scratch)

    assert not is_safe_name(name)
    with pytest.raises(ValueError, match="not a name"):
        stream.add(name, (b"",), deflate=False)
    stream.close()


def test_a_time_a_zip_cannot_tell_becomes_its_first() -> None:
    """Years outside 1980 to 2107 are written as 1980-01-01."""
    sink = Forward()
    stream = ZipStream(sink, made=datetime(1970, 1, 1, tzinfo=UTC), scratch=samples.scratch)
    stream.add("a", (b"x",), deflate=False)
    stream.finish()
    stream.close()

    with zipfile.ZipFile(io.BytesIO(bytes(sink.data))) as archive:
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)
