"""The end of a writer: what waited is written, what a full disk stopped goes on."""

from __future__ import annotations

import errno
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.errors import DiskError
from archiver.polling.writer import Work
from archiver.storage import warc
from archiver.storage.open_segments import OpenSegments
from tests.polling.desk import HOUR, Desk, desk_in
from tests.polling.killing import failing


def test_what_waited_is_written_when_the_writer_is_closed(tmp_path: Path) -> None:
    """Nothing submitted before the end is dropped."""
    with desk_in(tmp_path, threaded=True) as desk:
        writer, done = desk.engine.writer, []
        futures = [
            writer.submit(Work(account=desk.account, then=lambda _db, n=n: done.append(n)))  # type: ignore[misc]
            for n in range(60)
        ]
        desk.close()

        assert done == list(range(60))
        assert all(future.result() == "" for future in futures)


@pytest.mark.parametrize("committed", [True, False])
def test_a_file_whose_row_failed_is_used_all_the_same(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    committed: bool,  # noqa: FBT001
) -> None:
    """Where the disk fails at the end of a transaction nobody knows whether it is there: the file of the row stays."""
    desk.platform.post("one")
    add_row, failed = OpenSegments._add_row, list[bool]()

    def fail_once(self: OpenSegments, *arguments: Any) -> int:
        if failed:
            return add_row(self, *arguments)
        failed.append(True)
        if committed:
            add_row(self, *arguments)
        raise DiskError("no")

    monkeypatch.setattr(OpenSegments, "_add_row", fail_once)
    with pytest.raises(DiskError):
        desk.poll()
    desk.finish()

    assert desk.texts() == desk.platform.truth()
    assert len(desk.warc_files()) == desk.count("segments") == 1


def test_a_run_goes_on_an_hour_later_where_the_disk_was_full(desk: Desk) -> None:
    """No gap for a poll that was late by a full disk, if it was not late for long."""
    desk.platform.post("one")
    desk.poll()
    with failing(warc, "write_all", OSError(errno.ENOSPC, "no")), pytest.raises(DiskError):
        desk.later()
    desk.clock.move(HOUR - timedelta(minutes=30))
    desk.finish()

    assert desk.gaps() == []
