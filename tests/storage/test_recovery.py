"""After a crash a segment ends with its last whole unit, and nothing that was cut off is lost."""

from __future__ import annotations

import gzip
import io
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import VerificationError
from archiver.model import CaptureNote
from archiver.storage import files
from archiver.storage.recovery import Recovered, recover
from archiver.storage.segments import Segment
from archiver.storage.units import Found, FoundNote, FoundWarcinfo, units
from archiver.storage.warc import FastWriter
from archiver.storage.warc_records import exchange_records
from tests.storage.warc_samples import NOON, exchange, no_waiting_for_the_disk, require_accepted, segment

RUN = {"covered": [{"stream": "posts"}], "gaps": [], "unchanged": {}}


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A segment of two exchanges and a run record."""
    folder = tmp_path / "whole"
    folder.mkdir()
    with segment(folder, [exchange(1), exchange(2, b"[2]")]) as made:
        made.append_note(RUN, "run-1", NOON)
    return made.path


@pytest.fixture
def quick() -> Iterator[None]:
    with no_waiting_for_the_disk():
        yield


def ends(path: Path) -> list[int]:
    """Where the units of a file end."""
    with path.open("rb") as file:
        return [unit.records[-1].offset + unit.records[-1].length for unit in units(file)]


def cut_copy(path: Path, size: int, folder: Path) -> Path:
    """The first bytes of a file, under its name in another folder."""
    folder.mkdir(exist_ok=True)
    copy = folder / path.name
    copy.write_bytes(path.read_bytes()[:size])
    return copy


def note(number: int) -> CaptureNote:
    return CaptureNote.from_json(exchange(number, b"[2]" if number == 2 else b'{"posts": []}').to_json())


@pytest.mark.usefixtures("quick")
def test_a_file_cut_at_every_byte_recovers_to_its_last_whole_unit(whole: Path, tmp_path: Path) -> None:
    """Cut anywhere from its first byte on: what is whole is found, what is torn lies in quarantine, to the byte."""
    data, unit_ends = whole.read_bytes(), ends(whole)
    committed = unit_ends[0]
    for size in range(committed, len(data) + 1):
        copy = cut_copy(whole, size, tmp_path / "spool")
        recovered = recover(copy, committed, tmp_path / "quarantine", NOON)
        end = max(at for at in unit_ends if at <= size)
        kept = unit_ends.index(end)

        assert (recovered.end, copy.read_bytes()) == (end, data[:end])
        assert [found.note for found in recovered.units if isinstance(found, Found)] == [note(1), note(2)][:kept]
        assert [run.said for run in recovered.notes] == [RUN][: kept - 2 if kept > 2 else 0]
        assert torn_bytes(recovered) == data[end:size]
        shutil.rmtree(tmp_path / "quarantine", ignore_errors=True)


def torn_bytes(recovered: Recovered) -> bytes:
    assert bool(recovered.quarantined) is bool(recovered.problem)
    return recovered.quarantined.read_bytes() if recovered.quarantined else b""


@pytest.mark.parametrize("size", [0, 1, 9, 10, 200])
def test_a_file_shorter_than_its_warcinfo_recovers_to_nothing(whole: Path, tmp_path: Path, size: int) -> None:
    """A file whose first record is not whole is empty afterwards, its bytes in quarantine."""
    copy = cut_copy(whole, size, tmp_path / "spool")
    recovered = recover(copy, 0, tmp_path / "quarantine", NOON)

    assert (recovered.end, recovered.units, copy.read_bytes()) == (0, (), b"")
    assert torn_bytes(recovered) == whole.read_bytes()[:size]


def test_what_was_synced_but_not_committed_is_found_with_its_places(tmp_path: Path) -> None:
    """Whole units behind the committed end come back with what was known when they were appended."""
    with segment(tmp_path) as made:
        warcinfo = made.warcinfo
        first = made.append_exchange(exchange(1))
        second = made.append_exchange(exchange(2, b"[2]"))
        run = made.append_note(RUN, "run-1", NOON)
    assert warcinfo
    found = (
        FoundWarcinfo(records=(warcinfo,)),
        Found(note=note(1), records=first),
        Found(note=note(2), records=second),
        FoundNote(about="run-1", said=RUN, records=(run,)),
    )
    for committed, unit in zip([0, *ends(made.path)], range(5), strict=False):
        recovered = recover(made.path, committed, tmp_path / "quarantine", NOON)
        assert recovered == Recovered(end=made.size, units=found[unit:])
    assert not (tmp_path / "quarantine").exists()


def test_a_recovered_segment_is_gone_on_with(whole: Path, tmp_path: Path) -> None:
    """After recovery the file takes new exchanges, and the referees accept the whole of it."""
    copy = cut_copy(whole, whole.stat().st_size - 3, tmp_path / "spool")
    recover(copy, ends(whole)[1], tmp_path / "quarantine", NOON)
    with Segment.open_existing(copy) as again:
        again.append_exchange(exchange(3))
        again.append_note(RUN, "run-1", NOON)

    assert len(ends(copy)) == 5
    require_accepted(copy)


def test_recovering_twice_is_recovering_once(whole: Path, tmp_path: Path) -> None:
    """A second recovery finds a whole file and changes nothing."""
    copy = cut_copy(whole, whole.stat().st_size - 3, tmp_path / "spool")
    first = recover(copy, ends(whole)[0], tmp_path / "quarantine", NOON)
    before = copy.read_bytes()
    second = recover(copy, ends(whole)[0], tmp_path / "quarantine", NOON)

    assert (second.end, second.units, second.quarantined, second.problem) == (first.end, first.units, None, "")
    assert copy.read_bytes() == before


def test_a_crash_between_quarantine_and_cut_loses_and_doubles_nothing(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tail is copied before it is cut off; done again, it is one copy."""

    class StoppedError(Exception):
        pass

    def stop(*_: object) -> None:
        raise StoppedError

    copy = cut_copy(whole, whole.stat().st_size - 3, tmp_path / "spool")
    before = copy.read_bytes()
    with monkeypatch.context() as broken:
        broken.setattr("archiver.storage.recovery._cut", stop)
        with pytest.raises(StoppedError):
            recover(copy, ends(whole)[0], tmp_path / "quarantine", NOON)
    assert copy.read_bytes() == before
    recovered = recover(copy, ends(whole)[0], tmp_path / "quarantine", NOON + timedelta(minutes=1))

    assert [path.name for path in (tmp_path / "quarantine").iterdir()] == [f"{copy.name}.{ends(whole)[2]}.tail"]
    assert torn_bytes(recovered) == before[ends(whole)[2] :]


def test_two_tails_of_one_place_are_both_kept(whole: Path, tmp_path: Path) -> None:
    """A second crash at the same offset does not write over the first one's quarantine."""
    tails = []
    for size in (whole.stat().st_size - 3, whole.stat().st_size - 4):
        copy = cut_copy(whole, size, tmp_path / "spool")
        tails.append(torn_bytes(recover(copy, ends(whole)[0], tmp_path / "quarantine", NOON)))

    start = ends(whole)[2]
    assert {path.name: path.read_bytes() for path in (tmp_path / "quarantine").iterdir()} == {
        f"{whole.name}.{start}.tail": tails[0],
        f"{whole.name}.{start}.20261120T120000.123456Z.tail": tails[1],
    }


def test_lost_bytes_are_named_and_nothing_is_changed(whole: Path, tmp_path: Path) -> None:
    """A file shorter than the catalogue says is a loss that no recovery may hide."""
    copy = cut_copy(whole, ends(whole)[1], tmp_path / "spool")
    with pytest.raises(VerificationError) as lost:
        recover(copy, ends(whole)[2], tmp_path / "quarantine", NOON)

    missing = ends(whole)[2] - ends(whole)[1]
    assert lost.value.what == (
        f"{copy.name} ends at offset {ends(whole)[1]}, but the catalogue refers to bytes up to {ends(whole)[2]}."
    )
    assert lost.value.means.startswith(f"{missing} bytes of kept records are missing")
    assert copy.read_bytes() == whole.read_bytes()[: ends(whole)[1]]
    assert not (tmp_path / "quarantine").exists()


@pytest.mark.parametrize(
    "order", [(0,), (0, 1), (0, 1, 1), (0, 2, 1), (1, 0, 2), (2,), (0, 1, 5), (0, 4, 2), (3, 1, 2)]
)
def test_records_of_no_whole_exchange_go_to_quarantine(whole: Path, tmp_path: Path, order: tuple[int, ...]) -> None:
    """Sound records that do not form response, request and metadata of one exchange are no unit."""
    records = [*exchange_records(exchange(8)), *exchange_records(exchange(9))]
    out = io.BytesIO()
    for index in order:
        FastWriter(out).write_records([records[index]])
    copy = cut_copy(whole, whole.stat().st_size, tmp_path / "spool")
    with copy.open("ab") as file:
        file.write(out.getvalue())
    recovered = recover(copy, ends(whole)[0], tmp_path / "quarantine", NOON)

    assert (recovered.end, len(recovered.units)) == (whole.stat().st_size, 3)
    assert torn_bytes(recovered) == out.getvalue()


@pytest.mark.parametrize("damaged", [0, 1, 2])
def test_an_exchange_with_an_unsound_record_is_no_unit(whole: Path, tmp_path: Path, damaged: int) -> None:
    """A record whose digest does not hold makes its exchange unsound, though its gzip member is whole."""
    out = io.BytesIO()
    stored = FastWriter(out).write_records(exchange_records(exchange(8)))
    members = [out.getvalue()[each.offset :][: each.length] for each in stored]
    changed = gzip.decompress(members[damaged]).replace(b"WARC-Block-Digest: sha256:", b"WARC-Block-Digest: sha1:")
    members[damaged] = gzip.compress(changed)
    copy = cut_copy(whole, whole.stat().st_size, tmp_path / "spool")
    with copy.open("ab") as file:
        file.write(b"".join(members))
    recovered = recover(copy, ends(whole)[2], tmp_path / "quarantine", NOON)

    assert (recovered.end, torn_bytes(recovered)) == (whole.stat().st_size, b"".join(members))


@pytest.mark.parametrize("said", [b"{", b"[]", b"{}", b'{"capture": 7}', b"\xff"])
def test_a_metadata_record_that_says_nothing_is_no_commit_mark(whole: Path, tmp_path: Path, said: bytes) -> None:
    """Only a note that can be read makes an exchange whole."""
    response, request, metadata = exchange_records(exchange(8))
    metadata.raw_stream, metadata.length = io.BytesIO(said), len(said)
    out = io.BytesIO()
    FastWriter(out).write_records([response, request, metadata])
    copy = cut_copy(whole, whole.stat().st_size, tmp_path / "spool")
    with copy.open("ab") as file:
        file.write(out.getvalue())
    recovered = recover(copy, ends(whole)[2], tmp_path / "quarantine", NOON)

    assert (recovered.end, torn_bytes(recovered)) == (whole.stat().st_size, out.getvalue())


@given(junk=st.binary(min_size=1, max_size=200), cut=st.integers(min_value=0))
def test_no_junk_is_taken_for_a_unit(tmp_path_factory: pytest.TempPathFactory, junk: bytes, cut: int) -> None:
    """Whatever stands behind the last whole unit, recovery ends there and keeps every byte of it in quarantine."""
    folder = tmp_path_factory.mktemp("junk")
    with no_waiting_for_the_disk():
        with segment(folder, [exchange(1)]) as made:
            pass
        data = made.path.read_bytes()
        torn = data[made.warcinfo.length if made.warcinfo else 0 :]
        tail = torn[: cut % len(torn)] + junk
        with made.path.open("ab") as file:
            file.write(tail)
        recovered = recover(made.path, 0, folder / "quarantine", NOON)

    assert made.path.read_bytes() == data[: recovered.end]
    assert data + tail == made.path.read_bytes() + torn_bytes(recovered)
    assert [found.note for found in recovered.units if isinstance(found, Found)] == [note(1)]


def test_found_units_are_durable_before_rows_rely_on_them(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a file without a torn tail is synced: its last units may until now have been only in memory."""
    synced: list[str] = []
    real = files.sync_file

    def watched(file: io.BufferedRandom) -> None:
        synced.append(Path(file.name).name)
        real(file)

    monkeypatch.setattr(files, "sync_file", watched)
    recover(whole, 0, tmp_path / "quarantine", NOON)

    assert synced == [whole.name]
