"""A crash while a file is put away leaves nothing that a start, by any user, does not finish."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from archiver.checks.verify import Scope, verify
from archiver.storage import segments_table
from archiver.storage.archive import Archive
from archiver.storage.stores import stored_name
from tests.checks.scenes import Scene, scene


def put_and_killed(told: Scene) -> segments_table.SegmentRow:
    """The account's growing file is in the store too, and no row says so."""
    (row,) = segments_table.segments(told.archive.database.connection(), segments_table.OPEN)
    told.archive.store.put(stored_name("social", row.month, row.name), told.archive.spool / row.name)
    return row


def test_a_file_in_both_places_is_finished_and_not_appended_to(tmp_path: Path) -> None:
    """The next poll goes into a new file; what was put away is what it was."""
    with scene(tmp_path / "archive", segment_megabytes=64) as told:
        with told.engine() as engine:
            told.poll(engine, "social")
        row = put_and_killed(told)
        with told.engine() as engine:
            told.poll(engine, "social")
        states = [(r.name == row.name, r.state) for r in segments_table.segments(told.archive.database.connection())]

        assert states == [(True, "sealed"), (False, "open")]
        with closing(Archive.open(told.archive.directory)) as archive:
            assert verify(archive, Scope(deep=True)).findings == ()
