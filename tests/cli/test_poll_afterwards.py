"""`archiver poll` run by a timer, without the daemon: at its end it signs, shows and copies what is due."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.storage.archive import Archive
from tests.cli.calling import Caller, Said
from tests.storage.ledger.ledgers import grow

HOUR = timedelta(hours=1)
NOTHING = {"signed": None, "shown_to": [], "copied": {}, "troubles": []}


def configured(caller: Caller, table: str) -> Caller:
    """With one more table in the configuration."""
    config = caller.folder / "archiver.toml"
    config.write_text(config.read_text() + table)
    return caller


@pytest.fixture
def resting(full: Caller) -> Caller:
    """A filled archive of which no account is due."""
    with closing(Archive.open(full.folder / "archive")) as archive, archive.database.transaction() as db:
        db.execute("UPDATE schedule SET next_due = '2100-01-01T00:00:00.000000Z'")
    return full


@pytest.fixture
def quiet(resting: Caller) -> Caller:
    """The same with a second store."""
    caller = configured(resting, '[second_store]\nkind = "disk"\ndirectory = "second"\n')
    assert caller("store", "begin").code == 0
    return caller


def something_is_done(caller: Caller) -> None:
    """There is one leaf more."""
    with closing(Archive.open(caller.folder / "archive")) as archive:
        grow(archive, 1)


def after(said: Said) -> object:
    """What was done at the end of the poll, which itself went well."""
    assert said.code == 0, said
    return said.json["afterwards"]


def sizes(folder: Path) -> list[int]:
    """The sizes of the checkpoints in a folder."""
    return sorted(int(path.name) for path in (folder / "ledger" / "checkpoints").glob("*"))


def test_what_is_due_is_signed_and_copied_though_no_account_is_due(quiet: Caller) -> None:
    """Once; again only where something was added and an hour has passed."""
    first, again = after(quiet("poll", "--json")), after(quiet("poll", "--json"))
    (size,) = sizes(quiet.folder / "archive")

    assert first == {"signed": size, "shown_to": [], "copied": {"second_store": 1}, "troubles": []}
    assert (again, sizes(quiet.folder / "second")) == (NOTHING, [size])

    something_is_done(quiet)
    assert after(quiet("poll", "--json")) == NOTHING
    quiet.clock.move(HOUR)
    said = quiet("poll")
    assert f"The ledger was signed: {sizes(quiet.folder / 'archive')[-1]} leaves." in said.out
    assert sizes(quiet.folder / "second") == sizes(quiet.folder / "archive")


def test_a_store_that_is_not_there_does_not_fail_the_poll(quiet: Caller) -> None:
    """The ledger is signed all the same; what waits is told at once, and by status; it is tried again in its time."""
    (quiet.folder / "second").rename(quiet.folder / "unmounted")
    said = quiet("poll", "--json")

    (trouble,) = said.json["afterwards"]["troubles"]
    assert (said.code, trouble.startswith("second_store: "), "is not a store" in trouble) == (0, True, True)
    assert len(sizes(quiet.folder / "archive")) == 1
    assert "is not a store" in quiet("status").out

    (quiet.folder / "unmounted").rename(quiet.folder / "second")
    assert after(quiet("poll", "--json")) == NOTHING
    quiet.clock.move(HOUR)
    assert quiet("poll", "--json").json["afterwards"]["copied"] == {"second_store": 1}


def test_a_key_that_is_gone_does_not_fail_the_poll(quiet: Caller) -> None:
    """Nothing is signed, and it is told; what waits is copied."""
    quiet("poll")
    something_is_done(quiet)
    (quiet.folder / "archive/ledger/signing-key").unlink()
    quiet.clock.move(HOUR)
    said = quiet("poll")

    assert said.code == 0
    assert "To be done yet: The " in said.out
    assert quiet("doctor", "--offline").code != 0


def test_a_witness_that_does_not_answer_does_not_fail_the_poll(resting: Caller) -> None:
    """It is a gap on record, and told."""
    key = "w.example+64e98f36+BKW/0GCVf10b3c5NGGqM7pWgnhYnNBqoNXSnpEhtTziJ"
    table = f'[[ledger.witnesses]]\nname = "esd"\nurl = "http://127.0.0.1:9/"\nkey = "{key}"\nlocal_network = true\n'
    said = configured(resting, table)("poll", "--json")

    (trouble,) = said.json["afterwards"]["troubles"]
    assert (said.code, trouble.startswith("witness esd: ")) == (0, True)
    assert "witness esd" in resting("ledger", "anchors").out


def test_beside_the_daemon_there_is_nothing_to_do(quiet: Caller) -> None:
    """It signs and copies by itself."""
    with closing(Archive.open(quiet.folder / "archive")) as archive, archive.only_writer():
        assert after(quiet("poll", "--json")) is None
    assert not (quiet.folder / "archive/ledger/checkpoints").exists()
