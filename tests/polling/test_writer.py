"""The writer under full disks, failing syncs, locked or refusing catalogues and faults of ours."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archiver.errors import ArchiverError, DiskError
from archiver.model import Snapshot
from archiver.polling import writer as writing
from archiver.polling.writer import Work
from archiver.storage import files, ingest, segments, warc
from archiver.storage.database import ROW_FAULTS, Connection, Database
from archiver.storage.new_items import NewItems
from tests.polling.desk import DAY, OFFICE, QUARTER, Desk, desk_in
from tests.polling.killing import failing
from tests.polling.living import left_by, live


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG])
@pytest.mark.parametrize(("owner", "name"), [(warc, "write_all"), (files, "sync_file")])
def test_a_disk_error_stops_the_poll_loses_nothing_and_heals(desk: Desk, owner: Any, name: str, code: int) -> None:
    """At the third write or sync, once and for a while: one error of three lines; afterwards everything is there."""
    for number in range(5):
        desk.platform.post(f"post {number}", comments=1, files=1)
    _ = desk.engine
    with failing(owner, name, OSError(code, "no"), after=3):
        for _ in range(3):
            with pytest.raises(DiskError) as raised:
                desk.poll()
    assert len(raised.value.lines()) == 3

    desk.finish()

    assert desk.texts() == desk.platform.truth()
    assert desk.count("versions") == desk.count("items")
    assert desk.gaps() == []


def test_a_full_catalogue_stops_the_poll_and_the_reply_is_not_asked_for_again(desk: Desk) -> None:
    """SQLite itself says that the disk is full: what was appended becomes rows later, from the file."""
    for number in range(3):
        desk.platform.post("x" * 20_000 + str(number))
    _ = desk.engine
    db = desk.archive.database.connection()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(DiskError):
        for _ in range(5):
            desk.poll()
    with pytest.raises(DiskError):
        desk.poll()
    answered = desk.platform.lines()
    db.execute("PRAGMA max_page_count = 1000000")
    desk.finish()

    assert not set(answered) & set(desk.platform.lines())
    assert desk.texts() == desk.platform.truth()


def test_a_failure_of_any_transaction_once_leaves_what_none_leaves(tmp_path: Path) -> None:
    """Each transaction of a life fails in turn; the poll is repeated at once, and the end is the same."""
    with desk_in(tmp_path / "whole") as desk:
        live(desk)
        whole = left_by(desk)
    for number in range(0, 36, 3):
        with desk_in(tmp_path / str(number)) as desk, _failing_commit(number):
            _live_on(desk)
            assert left_by(desk) == whole, number


@contextmanager
def _failing_commit(number: int) -> Iterator[None]:
    real, left = Database.transaction, [number]

    @contextmanager
    def transaction(database: Database) -> Iterator[Connection]:
        with real(database) as db:
            yield db
            left[0] -= 1
            if left[0] == -1:
                raise DiskError("The catalogue cannot be used: database or disk is full.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "transaction", transaction)
        yield


def _live_on(desk: Desk) -> None:
    real = Desk.poll

    def poll(self: Desk, *arguments: Any, **options: Any) -> Any:
        try:
            return real(self, *arguments, **options)
        except DiskError:
            return real(self, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Desk, "poll", poll)
        live(desk)


def test_rows_that_cannot_be_written_leave_the_reply_kept_unread_with_a_gap(desk: Desk) -> None:
    """A fault of ours in one reply: kept, marked, a gap, not asked without end; other replies are as ever."""
    desk.platform.post("one", comments=2)
    real = NewItems.add

    def broken(new: NewItems, snapshot: Snapshot) -> Any:
        if snapshot.text == "one":
            raise OverflowError("too large for a column")
        return real(new, snapshot)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NewItems, "add", broken)
        desk.poll()

    assert desk.gaps() == [("posts", None, "unreadable", False)]
    assert desk.rows("SELECT stream, problem FROM captures WHERE problem <> ''") == [
        ("posts", "its rows could not be written (OverflowError)")
    ]
    assert desk.platform.lines() == ["/profile", "/posts", "/messages"]
    desk.later()
    assert desk.texts() == desk.platform.truth()


@pytest.mark.parametrize("kind", ["IntegrityError", "ProgrammingError", "InterfaceError"])
def test_a_row_that_the_catalogue_refuses_stops_nobody(desk: Desk, kind: str) -> None:
    """What SQLite refuses by its rules is a fault of ours in one reply, not the end of the writer."""
    desk.platform.post("one")
    error = next(each for each in ROW_FAULTS if each.__name__ == kind)

    with failing(ingest, "add_records", error("refused"), after=1, times=2):  # in the group, and alone
        desk.poll()

    assert [gap[2] for gap in desk.gaps()] == ["unreadable"]
    desk.later()
    assert desk.texts() == desk.platform.truth()


def test_one_of_a_group_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    """Three accounts in one transaction, the second's rows cannot be written: the first and third are."""
    three = [replace(OFFICE, id=name) for name in ("one", "two", "three")]
    with desk_in(tmp_path, *three) as desk:
        done: list[str] = []

        def fail(_db: Connection) -> None:
            raise ValueError("a fault of ours")

        acts: list[Callable[[Connection], object]] = [
            lambda _: done.append("one"),
            fail,
            lambda _: done.append("three"),
        ]
        works = [Work(account=account, then=act) for account, act in zip(three, acts, strict=True)]  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="a fault of ours"):
            desk.engine.writer.write(works)

        assert done[-2:] == ["one", "three"]


def test_the_writer_goes_on_after_any_fault(tmp_path: Path) -> None:
    """In its thread: who waits hears of the fault, and the next work is written."""
    with desk_in(tmp_path, threaded=True) as desk:
        writer = desk.engine.writer
        unforeseen = failing(writing, "account_numbers", RuntimeError("unforeseen"), times=1)
        with unforeseen, pytest.raises(RuntimeError, match="unforeseen"):
            writer.submit(Work(account=desk.account)).result(timeout=10)
        assert writer.submit(Work(account=desk.account)).result(timeout=10) == ""
        desk.platform.post("one")
        desk.finish()
        assert desk.texts() == desk.platform.truth()


def test_many_accounts_are_written_from_many_threads(tmp_path: Path) -> None:
    """Twelve accounts at once over one writer: each has its own file, nothing is mixed up."""
    accounts = [replace(OFFICE, id=f"school-{number}") for number in range(12)]
    with desk_in(tmp_path, *accounts, threaded=True) as desk:
        for number in range(6):
            desk.platform.post(f"post {number}", comments=1)
        engine, trouble = desk.engine, []

        def poll(account: str) -> None:
            try:
                engine.poll(account)
            except ArchiverError as error:
                trouble.append(error)
            finally:
                desk.archive.database.close_thread()

        threads = [threading.Thread(target=poll, args=(account.id,)) for account in accounts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert trouble == []
        held = desk.rows("SELECT account, count(*) FROM items GROUP BY account")
        assert {count for _, count in held} == {len(desk.platform.truth())}
        assert len(held) == 12
        assert desk.count("segments") == 12


def test_a_file_is_not_sealed_before_all_it_holds_has_rows(desk: Desk) -> None:
    """A failed transaction on the last evening of the month: the sealed file's every byte has its row."""
    desk.platform.post("one")
    _ = desk.engine
    with _failing_commit(3), pytest.raises(DiskError):
        desk.poll()
    desk.clock.move(15 * DAY)

    desk.engine.writer.seal_finished()

    assert desk.rows("SELECT state FROM segments") == [("sealed",)]
    desk.require_sound()
    desk.finish()
    assert desk.texts() == desk.platform.truth()


def test_a_new_month_begins_a_new_file(desk: Desk) -> None:
    """What is of November is sealed with its index; December grows."""
    desk.poll()
    desk.later(15 * DAY)
    desk.engine.writer.seal_finished()

    assert desk.rows("SELECT month, state FROM segments ORDER BY number") == [
        ("2026-11", "sealed"),
        ("2026-12", "open"),
    ]
    (index,) = (desk.archive.directory / "warc").rglob("*.index.json")
    assert index.name.startswith("office-202611")


def test_a_file_that_cannot_be_begun_is_no_obstacle_later(desk: Desk) -> None:
    """Its row cannot be written: the file is taken away again, and a later poll begins one."""
    _ = desk.engine
    with failing(segments.Segment, "create", DiskError("full"), times=1), pytest.raises(DiskError):
        desk.poll()
    with failing(Database, "transaction", DiskError("full"), after=1, times=1), pytest.raises(DiskError):
        desk.poll()

    desk.finish()

    assert desk.count("segments") == 1
    assert len(desk.warc_files()) == 1


def test_an_error_of_the_disk_under_one_account_is_healed_for_all(tmp_path: Path) -> None:
    """The second account's sync fails within a group; both are whole after the next poll."""
    two = [replace(OFFICE, id=name) for name in ("one", "two")]
    with desk_in(tmp_path, *two) as desk:
        desk.platform.post("one")
        desk.poll("one")
        _ = desk.engine
        with failing(files, "sync_file", OSError(errno.EIO, "no"), times=1), pytest.raises(DiskError):
            desk.poll("two")
        desk.clock.move(QUARTER)

        desk.finish("two")
        desk.finish("one")

        assert desk.rows("SELECT DISTINCT count(*) FROM items GROUP BY account") == [(2,)]
        assert desk.gaps() == []
