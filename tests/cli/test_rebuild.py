"""`archiver rebuild` makes the catalogue anew and says what it could not."""

from __future__ import annotations

from contextlib import closing

from archiver.storage.archive import Archive
from tests.cli.calling import Caller


def test_a_whole_rebuild(full: Caller) -> None:
    """Exit code 0; as many items as before, and nothing to verify."""
    items = full("status", "--json").json["kept"]["items"]

    said = full("rebuild", "--json")

    assert (said.code, said.json["whole"], said.json["items"]) == (0, True, items)
    assert full("verify", "--deep").code == 0


def test_a_lost_catalogue(full: Caller) -> None:
    """Exit code 12: what people did is lost, and that is said, with what to do now."""
    for path in (full.folder / "archive").glob("catalogue.sqlite*"):
        path.unlink()

    said = full("rebuild")

    assert said.code == 12
    assert "requests, acts and the register of accounts are lost" in said.out
    assert "Registered again from the WARC files, and stopped: blog, social." in said.out
    assert full("status").out.startswith("YES, possibly: 2 of 2 accounts: ")


def test_a_rebuild_under_a_daemon(full: Caller) -> None:
    """Exit code 11, nothing changed."""
    with closing(Archive.open(full.folder / "archive")) as archive, archive.only_writer():
        assert full("rebuild").code == 11
