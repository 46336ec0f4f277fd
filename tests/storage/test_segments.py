"""A segment grows by whole units or not at all, and is sealed without a moment in which it could be lost."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import resource
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.errors import DiskError, VerificationError
from archiver.model.times import month_of
from archiver.storage import files
from archiver.storage.members import walk
from archiver.storage.segments import Sealed, Segment, account_of, seal, segment_name, should_seal
from archiver.storage.stores import DiskStore
from tests.storage.warc_samples import IMAGE_HEAD, NOON, blocks, exchange, require_accepted, segment

NAME = "office/2026-11/office-20261120T120000Z-0001.warc.gz"


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    path = tmp_path / "spool"
    path.mkdir()
    return path


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore.create(tmp_path / "warc")


@pytest.fixture
def small_files() -> Iterator[Callable[[int], None]]:
    """Lets the kernel refuse to make any file larger than so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("body", [b"[1]" * 500, os.urandom(3 << 20)])
def test_a_full_disk_leaves_the_exchanges_before_whole(
    spool: Path, small_files: Callable[[int], None], body: bytes
) -> None:
    """Wherever the disk ends within an exchange, the file ends with the one before; with room again it goes on."""
    sizes = [exchange_size(spool / "measure", body)]
    with segment(spool, [exchange(1)]) as made:
        before = made.path.read_bytes()
        for room in sorted({1, 300, sizes[0] // 2, sizes[0] - 1}):
            small_files(len(before) + room)
            with pytest.raises(DiskError, match="Cannot write office-20261120T120000Z-0001"):
                made.append_exchange(exchange(2, body))
            assert (made.path.read_bytes(), made.size) == (before, len(before))
        small_files(len(before) + sizes[0])
        made.append_exchange(exchange(2, body))
        made.sync()

    assert made.path.stat().st_size == len(before) + sizes[0]
    require_accepted(made.path)


def exchange_size(folder: Path, body: bytes) -> int:
    folder.mkdir()
    with segment(folder) as made:
        start = made.size
        made.append_exchange(exchange(2, body))
        return made.size - start


def test_a_full_disk_refuses_a_new_segment_whole(spool: Path, small_files: Callable[[int], None]) -> None:
    """A segment is there with its warcinfo record, or not at all."""
    small_files(100)
    with pytest.raises(DiskError, match="may not grow"):
        segment(spool)

    assert [path.name for path in spool.glob("*.warc.gz")] == []


def test_an_interrupt_leaves_no_half_exchange(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stops an append, what was written of it is taken back."""
    with segment(spool, [exchange(1)]) as made:
        before = made.path.read_bytes()

        def interrupted(file: files.Writable, data: bytes) -> None:
            file.write(memoryview(data)[:50])
            raise KeyboardInterrupt

        with monkeypatch.context() as broken:
            broken.setattr("archiver.storage.warc.write_all", interrupted)
            with pytest.raises(KeyboardInterrupt):
                made.append_exchange(exchange(2))
        assert made.path.read_bytes() == before
        made.append_exchange(exchange(3))

    require_accepted(made.path)


def test_a_reply_that_fails_while_it_is_read_leaves_nothing(spool: Path) -> None:
    """A temporary file that can be read once, for its digests, but not again leaves nothing, also not in waiting."""

    class Failing(io.BytesIO):
        reads = 0

        def read(self, size: int | None = -1) -> bytes:
            self.reads += 1
            return b"" if self.reads == 8 else super().read(size)

    wire = IMAGE_HEAD + os.urandom(3 << 20)
    with segment(spool, [exchange(1)]) as made:
        before = made.path.read_bytes()
        with pytest.raises(DiskError, match="shorter than it was"):
            made.append_exchange(exchange(2, response=Failing(wire), response_length=len(wire)))
        assert made.path.read_bytes() == before
        stored = made.append_exchange(exchange(3))
        assert (stored[0].offset, made.size) == (len(before), made.path.stat().st_size)

    require_accepted(made.path)


def test_after_a_failed_sync_nothing_more_is_taken(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file holds after a failed sync is not known, so the segment stays closed until the next start."""

    def failing(_: int) -> None:
        raise OSError(errno.EIO, "I/O error")

    made = segment(spool, [exchange(1)])
    made.append_exchange(exchange(2))
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", failing)
        with pytest.raises(DiskError, match="the disk reports an error"):
            made.sync()

    with pytest.raises(DiskError, match="takes nothing more"):
        made.append_exchange(exchange(3))
    with pytest.raises(DiskError, match="takes nothing more"):
        made.sync()


def test_a_segment_is_gone_on_with(spool: Path) -> None:
    """A file begun earlier is appended to behind its end."""
    segment(spool, [exchange(1)]).close()
    with Segment.open_existing(spool / Path(NAME).name) as again:
        stored = again.append_exchange(exchange(2))
        again.append_note({"gaps": []}, "run-1", NOON)
    with again.path.open("rb") as file:
        found = [member.stored for member in walk(file)]

    assert tuple(found[4:7]) == stored
    assert [kind for kind, _ in blocks(again.path)][-1] == "metadata"
    require_accepted(again.path)


def test_sealing_moves_a_file_into_the_store(spool: Path, store: DiskStore) -> None:
    """The file lies in the store under account and month, is measured, and leaves the spool."""
    with segment(spool, [exchange(1)]) as made:
        data = made.path.read_bytes()
    sealed = seal(made.path, store, "2026-11")

    assert sealed == Sealed(name=NAME, size=len(data), sha256=hashlib.sha256(data).hexdigest())
    with store.open(NAME) as kept:
        assert kept.read() == data
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("call", ["link", "chmod", "unlink", "fsync"])
def test_sealing_can_be_done_again_after_a_crash(
    spool: Path, store: DiskStore, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Stopped before any of its steps, sealing succeeds the next time with the same result."""

    class StoppedError(Exception):
        pass

    with segment(spool, [exchange(1)]) as made:
        data = made.path.read_bytes()
    owner = Path if call in ("chmod", "unlink") else os
    steps = 0
    while True:
        steps += 1
        left = steps
        real = getattr(owner, call)

        def stopping(*arguments: object, **named: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                raise StoppedError
            return real(*arguments, **named)  # noqa: B023

        with monkeypatch.context() as broken:
            broken.setattr(owner, call, stopping)
            try:
                sealed = seal(made.path, store, "2026-11")
                break
            except StoppedError:
                assert made.path.exists() or NAME in list(store.names())

    assert steps > 1
    assert sealed == seal(made.path, store, "2026-11")
    assert sealed == Sealed(name=NAME, size=len(data), sha256=hashlib.sha256(data).hexdigest())
    assert list(spool.iterdir()) == []


def test_a_store_that_gives_back_other_bytes_is_caught(spool: Path, store: DiskStore, tmp_path: Path) -> None:
    """The spool lets go of a file only after the store has given it back unchanged."""

    class Forgetful:
        def __init__(self) -> None:
            self.put, self.names, self.delete = store.put, store.names, store.delete

        def open(self, name: str, start: int = 0, length: int | None = None) -> object:
            return store.open(name, start + 1, length)

    with segment(spool, [exchange(1)]) as made:
        pass
    with pytest.raises(VerificationError, match="gave back other bytes"):
        seal(made.path, Forgetful(), "2026-11")  # type: ignore[arg-type]

    assert made.path.exists()


def test_a_file_that_is_nowhere_cannot_be_sealed(spool: Path, store: DiskStore) -> None:
    """A segment neither in the spool nor in the store is missing, and that is said."""
    with pytest.raises(VerificationError, match=f"no file {NAME}"):
        seal(spool / Path(NAME).name, store, "2026-11")


def test_names_tell_account_time_and_serial() -> None:
    """The name of a segment leads back to its account, whatever digits the account's id has."""
    assert segment_name("office-2-0001", NOON, 12) == "office-2-0001-20261120T120000Z-0012.warc.gz"
    assert segment_name("a", NOON, 123456) == "a-20261120T120000Z-123456.warc.gz"
    assert account_of("office-2-0001-20261120T120000Z-0012.warc.gz") == "office-2-0001"
    for wrong in ("Office", "a/b", "", "a b"):
        with pytest.raises(ValueError, match="not the name of a segment"):
            segment_name(wrong, NOON, 1)


def test_a_segment_is_sealed_by_size_or_month() -> None:
    """Large enough, or of another month than now in UTC."""
    new_year = datetime(2027, 1, 1, tzinfo=UTC)

    assert not should_seal(99, "2026-11", NOON, 100)
    assert should_seal(100, "2026-11", NOON, 100)
    assert should_seal(1, "2026-12", new_year, 100)
    assert month_of(datetime.fromisoformat("2026-12-31T17:00:00-08:00")) == "2027-01"
