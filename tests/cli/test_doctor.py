"""`archiver doctor` names what is wrong, worst first, with its remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from archiver.checks import doctor, doctor_storage
from archiver.checks.doctor import looked_over
from archiver.checks.seen import Patient, Severity
from archiver.cli.session import Session
from archiver.demo.server import DemoDistrict
from archiver.errors import Exit
from archiver.model.account import AccountState
from archiver.polling.registry import BrokenConnector, Registry, registry
from archiver.storage import accounts, soundness
from tests.archives import START, TOKEN_NAME
from tests.cli.calling import Caller

WITNESS = "w.example+64e98f36+BKW/0GCVf10b3c5NGGqM7pWgnhYnNBqoNXSnpEhtTziJ"  # a witness's public key


@pytest.fixture
def fit(full: Caller) -> Caller:
    """An installation without fault."""
    full.environ[TOKEN_NAME] = "a-token"
    config = full.folder / "archiver.toml"
    table = f'[[ledger.witnesses]]\nname = "esd"\nurl = "https://esd.example/"\nkey = "{WITNESS}"\n'
    config.write_text(config.read_text() + table)
    full("verify")
    full("ledger", "checkpoint")
    return full


def seen(said: Any) -> dict[str, str]:
    """The verdict of each check."""
    return {one["id"]: one["severity"] for one in said.json["checks"]}


def patient(fit: Caller, **changed: Any) -> Patient:
    """The installation as the doctor sees it, with anything changed."""
    session = Session(clock=fit.clock, environ=fit.environ)
    found = Patient(
        archive=session.archive, config=session.config, registry=registry(), clock=fit.clock, environ=fit.environ
    )
    return replace(found, **changed)


def test_an_installation_without_fault(fit: Caller) -> None:
    """Every check is well, and the exit code is 0."""
    said = fit("doctor", "--offline", "--json")

    assert (said.code, set(seen(said).values())) == (0, {"ok"})
    assert list(seen(said)) == [
        "config", "clock", "disk", "permissions", "catalogue", "sqlite", "store", "leftovers", "quarantine",
        "verified", "ledger", "anchors", "connectors", "account blog", "account social",
    ]  # fmt: skip


def test_a_credential_that_cannot_be_had(fit: Caller) -> None:
    """Exit code 5, the account and the variable named, first."""
    del fit.environ[TOKEN_NAME]
    said = fit("doctor", "--offline")

    assert (said.code, said.out.splitlines()[0]) == (
        5,
        "ERROR    account social: The environment variable DEMO_TOKEN is not set.",
    )


def test_warnings_alone_leave_the_exit_code_at_0(fit: Caller) -> None:
    """An open folder, something in quarantine, leftovers, a verification long ago."""
    folder = fit.folder / "archive"
    folder.chmod(0o755)
    (folder / "quarantine" / "x.tail").write_bytes(b"x")
    (folder / "spool" / ".x.part").write_bytes(b"x")
    (folder / "catalogue.rebuilt.sqlite").write_bytes(b"x")
    old = patient(fit)
    with old.archive.database.transaction() as db:
        soundness.note_check(db, "verify", fit.clock.now() - timedelta(days=40), {"findings": 0})
    old.archive.close()
    said = fit("doctor", "--offline", "--json")

    assert said.code == 0
    assert {name for name, verdict in seen(said).items() if verdict == "warning"} == {
        "permissions",
        "quarantine",
        "leftovers",
        "verified",
    }


def test_a_ledger_that_nobody_outside_sees(full: Caller) -> None:
    """A warning: nothing would show that it was rewritten."""
    assert seen(full("doctor", "--offline", "--json"))["anchors"] == "warning"


def test_an_older_checkpoint_that_is_gone(fit: Caller) -> None:
    """Exit code 10, with its size: what was shown by it cannot be checked any more."""
    folder = fit.folder / "archive/ledger/checkpoints"
    (first,) = folder.iterdir()
    fit("ledger", "key", "rotate")
    fit("ledger", "checkpoint")
    first.unlink()
    said = fit("doctor", "--offline")

    assert (said.code, len(list(folder.iterdir()))) == (10, 1)
    assert (
        f"1 of the ledger's checkpoints, once signed, have no file any more: of {int(first.name)} leaves." in said.out
    )


def test_a_clock_behind_the_newest_capture(fit: Caller) -> None:
    """Times of records would be wrong."""
    fit.clock.move(timedelta(days=-2))
    assert seen(fit("doctor", "--offline", "--json"))["clock"] == "error"


def test_a_disk_below_its_reserve(fit: Caller) -> None:
    """Exit code 4."""
    config = fit.folder / "archiver.toml"
    config.write_text(config.read_text().replace("reserve_megabytes = 0", "reserve_megabytes = 1048576"))

    assert fit("doctor", "--offline").code == 4


def test_a_configuration_that_others_may_change(fit: Caller) -> None:
    """Exit code 3."""
    (fit.folder / "archiver.toml").chmod(0o666)

    assert fit("doctor", "--offline").code == 3


def test_accounts_that_are_not_captured(fit: Caller) -> None:
    """A stopped one, and one that is late."""
    fit.clock.move(timedelta(days=1))
    old = patient(fit)
    with old.archive.database.transaction() as db:
        blog = accounts.account_called(db, "blog")
        accounts.change_account(db, replace(blog, state=AccountState.STOPPED, state_reason="another account answers"))
    old.archive.close()
    said = fit("doctor", "--offline", "--json")

    assert (said.code, seen(said)["account blog"], seen(said)["account social"]) == (8, "error", "error")


def test_a_broken_connector_and_one_that_is_not_there(fit: Caller) -> None:
    """Named with the package to repair; accounts without connector are errors."""
    broken = BrokenConnector(name="plane", target="planes:CONNECTOR", reason="it is a class")
    found = patient(fit, registry=Registry(connectors={}, broken=(broken,)))
    verdicts = {one.id: one.severity for one in looked_over(found)}
    found.archive.close()

    assert {verdicts[name] for name in ("connectors", "account blog", "account social")} == {Severity.ERROR}


def test_an_old_sqlite(fit: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A known fault of its write-ahead log is a warning, a missing feature an error."""
    found = patient(fit)
    monkeypatch.setattr(soundness, "sqlite_version", lambda: (3, 51, 1))
    (old,) = doctor_storage.sqlite(found)
    monkeypatch.setattr(soundness, "lacking_features", lambda _db: ("ENABLE_FTS5",))
    (lame,) = doctor_storage.sqlite(found)
    found.archive.close()

    assert (old.severity, lame.severity) == (Severity.WARNING, Severity.ERROR)


def test_a_lost_file_of_the_store(fit: Caller) -> None:
    """Rows say it is sealed, and it is not there."""
    found = patient(fit)
    with found.archive.database.transaction() as db:
        db.execute("UPDATE segments SET state = 'sealed' WHERE number = 1")
    verdicts = [one.exit for one in doctor_storage.store(found)]
    found.archive.close()

    assert verdicts == [Exit.VERIFICATION]


def test_online_each_platform_is_asked_one_thing(new: Caller) -> None:
    """An account that answers, one that refuses the token; nothing of it is kept."""
    new.environ |= {"GOOD": "good-token-0123", "BAD": "bad-token-0123"}
    with DemoDistrict(START, token="good-token-0123") as demo:
        for name in ("good", "bad"):
            handle = demo.handle if name == "good" else "hollow_library"
            where = ("--handle", handle, "--url", demo.mastodon_url)
            secret = ("--credential", f"env:{name.upper()}")
            assert new("accounts", "add", "mastodon", "--id", name, *where, *secret).code == 0
        said = new("doctor", "--json")

    assert {one: seen(said)[one] for one in ("reach good", "reach bad")} == {"reach good": "ok", "reach bad": "error"}
    assert len(demo.requests) == 2
    assert new("status", "--json").json["kept"]["replies"] == 0


def test_online_nothing_is_asked_twice(fit: Caller) -> None:
    """While a daemon captures, it asks anyway."""
    found = patient(fit, offline=False)
    with found.archive.only_writer():
        reached = [one.what for one in looked_over(found) if one.id == "reach"]
    found.archive.close()

    assert reached == ["Something captures at this moment: what it meets is in archiver status."]


def test_the_first_error_gives_the_exit_code() -> None:
    """Of several errors the one told first."""
    assert doctor.exit_code(()) is Exit.OK
