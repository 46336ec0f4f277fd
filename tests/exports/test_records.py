"""The WARC of a bundle: valid for every reader, its records those of the archive byte for byte."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator

from archiver.errors import VerificationError
from exports.records import CopiedRecords, warcinfo_member
from tests.exports import bundle_samples as samples
from tests.storage.warc_samples import require_accepted


def _warc(records: list[list[bytes]]) -> bytes:
    data, _ = samples.bundle([], records=records)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("request-2026-014/data/records/records.warc.gz")


def test_three_readers_accept_it(tmp_path: Path) -> None:
    """warcio, FastWARC and cdxj-indexer read every record and confirm every digest."""
    path = tmp_path / "records.warc.gz"
    path.write_bytes(_warc([[samples.record(number)] for number in range(1, 4)]))

    require_accepted(path)


def test_records_are_copied_byte_for_byte() -> None:
    """After our own first record the members stand as they were, however they came in pieces."""
    members = [samples.record(1), samples.record(2)]

    data = _warc([[members[0]], [members[1][:5], b"", members[1][5:]]])

    assert data == warcinfo_member(samples.case(0)) + members[0] + members[1]


def test_the_first_record_tells_what_the_file_is() -> None:
    """It names request, agency and software, and says what else stands in the records."""
    with_break = samples.case(0, agency="District\r\nWARC-Type: response")

    record = next(iter(ArchiveIterator(io.BytesIO(warcinfo_member(with_break)), parse_http=False)))

    assert (record.headers["WARC-Type"], record.headers["WARC-Date"]) == ("warcinfo", "2026-04-07T20:00:07Z")
    assert record.reader.read().decode().splitlines() == [
        "software: Archiver 0.1.0",
        "format: WARC File Format 1.1",
        "conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf: public records request 2026-014",
        "operator: District WARC-Type: response",
        "description: A record is one page of a platform's answer; other items that stood on it are in it too.",
    ]


def test_another_case_has_another_first_record() -> None:
    """Its id follows from what it says: equal for equal cases, different for different ones."""
    given = samples.case(0)
    later = replace(given, made_at=given.as_of)

    assert warcinfo_member(given) == warcinfo_member(samples.case(0))
    assert warcinfo_member(given) != warcinfo_member(later)


@pytest.mark.parametrize("bad", [b"", b"WARC/1.1\r\n", b"\x1f\x8b"])
def test_what_is_no_gzip_member_is_refused(bad: bytes) -> None:
    """A wrong offset in the catalogue is found before it makes an unreadable WARC."""
    with pytest.raises(VerificationError, match="Record 2 of those to be copied"):
        list(CopiedRecords(samples.case(0), [[samples.record(1)], [bad]]))
