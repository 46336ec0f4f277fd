"""`archiver store` and `archiver repair`: a second copy on another disk, from begin to a restored file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from archiver.storage import segments_table
from archiver.storage.archive import Archive
from archiver.storage.open_segments import put_away
from tests.cli.calling import Caller


@pytest.fixture
def sealed(full: Caller) -> Caller:
    """Over a filled archive whose files are sealed, with a folder for a second copy that was not begun yet."""
    with closing(Archive.open(full.folder / "archive")) as archive:
        for row in segments_table.segments(archive.database.connection(), segments_table.OPEN):
            put_away(archive, row)
    config = full.folder / "archiver.toml"
    text = config.read_text() if config.exists() else ""
    config.write_text(text + '[second_store]\nkind = "disk"\ndirectory = "second"\n')
    return full


@pytest.fixture
def two(sealed: Caller) -> Caller:
    """The same, with everything copied."""
    assert [sealed("store", "begin").code, sealed("store", "copy").code] == [0, 0]
    return sealed


def damaged(folder: Path) -> Path:
    """One bit of the largest sealed file is turned."""
    path = max((folder / "archive" / "warc").rglob("*.warc.gz"), key=lambda file: file.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    return path


def test_without_a_second_store_there_is_nothing_to_do(full: Caller) -> None:
    """It is said where files are; making a folder a store needs one that is named."""
    shown, copied, begun = full("store", "show"), full("store", "copy", "--json"), full("store", "begin")

    assert (shown.code, "no [second_store] is configured" in shown.out) == (0, True)
    assert (copied.code, copied.json["places"], begun.code) == (0, [], 2)
    assert full("verify", "--copy", "second").code == 3


def test_a_folder_that_was_not_begun_is_not_taken_for_a_store(sealed: Caller) -> None:
    """Exit code 4, the folder is not made, and status and doctor tell what waits."""
    said = sealed("store", "copy")
    status, nagios = sealed("status", "--json").json["copies"][0], sealed("status", "--nagios")

    assert (said.code, (sealed.folder / "second").exists()) == (4, False)
    assert (status["files"], status["waiting"] > 0, "is not a store" in status["trouble"]) == (0, True, True)
    assert nagios.code in (1, 2)
    assert any(
        line.startswith("ERROR    copies second_store: ") for line in sealed("doctor", "--offline").out.splitlines()
    )


def test_a_second_copy_is_made_and_told(two: Caller) -> None:
    """What was copied, that nothing waits, and that both copies were verified."""
    shown, status = two("store", "show", "--json").json["places"][0], two("status")
    files = sorted(path.name for path in (two.folder / "second").rglob("*.warc.gz*"))

    assert (shown["files"], shown["waiting"], shown["trouble"]) == (len(files), 0, "")
    assert f"Copies:      second_store has {len(files)} files." in status.out
    assert two("verify", "--json").json["files"] == len([name for name in files if name.endswith(".gz")]) * 2
    assert "second_store has" in two("store", "copy").out


def test_a_damaged_file_is_shown_then_restored(two: Caller) -> None:
    """Looking changes nothing and exits with 10; carried out, both copies are sound and the act is in the records."""
    path = damaged(two.folder)
    before = path.read_bytes()
    found = two("verify")
    looked = two("repair")
    assert (found.code, looked.code, path.read_bytes() == before) == (10, 10, True)
    assert f"RESTORABLE  {path.parent.parent.name}/" in looked.out
    assert "archiver repair --carry-out" in looked.out

    done = two("repair", "--carry-out", "--json")
    assert (done.code, done.json["restored"][0]["records"], two("verify").code) == (0, 1, 0)
    aside = two.folder / "archive" / "quarantine" / done.json["restored"][0]["quarantined"]
    assert aside.read_bytes() == before
    assert two("repair").out.splitlines()[-1].endswith("0 can be restored.")


def test_what_cannot_be_restored_is_named(two: Caller) -> None:
    """Both copies of one record are damaged: exit code 10, the file, and why."""
    name = damaged(two.folder).relative_to(two.folder / "archive" / "warc")
    (two.folder / "second" / name).chmod(0o600)
    (two.folder / "second" / name).write_bytes((two.folder / "archive" / "warc" / name).read_bytes())
    said = two("repair", "--carry-out")

    assert (said.code, said.out.splitlines()[0]) == (
        10,
        f"NOT RESTORABLE  {name}: 1 of its records are whole in no copy. Left as it is; restore it from a backup.",
    )


def test_an_unknown_account(two: Caller) -> None:
    """Exit code 2."""
    assert two("repair", "--account", "lincoln").code == 2
