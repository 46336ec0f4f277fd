"""What doctor makes of a platform's answer: what it says outranks its status, and it must be what was asked for."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archiver.checks.doctor_online import reachable
from archiver.checks.seen import Patient, Severity
from archiver.clock import SetClock
from archiver.config import Config, Network
from archiver.errors import Exit, Unreadable
from archiver.model import Account, Fetch, Judged, Means, Page, Reply
from archiver.polling.registry import Registry
from archiver.storage import accounts
from archiver.storage.archive import Archive
from tests.connectors.test_conformance import odd
from tests.exact_server import ExactServer
from tests.polling.exchanges import reply
from tests.storage.warc_samples import NOON


def verdict_on(folder: Path, answer: bytes, **declared: Any) -> tuple[Severity, Exit, str]:
    """What is seen of an account whose platform answers so; `declared` are functions of its connector."""
    with (
        ExactServer([answer]) as server,
        closing(Archive.create(folder / "archive", agency="A", moment=NOON)) as archive,
    ):
        with archive.database.transaction() as db:
            accounts.add_account(db, Account(id="a", platform="odd", handle="h", url=server.url))
        connector = odd(first=(Fetch(stream="posts", url=server.url),), **declared)
        config = replace(Config(), network=Network(allow_loopback=True))
        patient = Patient(
            archive=archive,
            config=config,
            clock=SetClock(NOON),
            environ={},
            registry=Registry(connectors={"odd": connector}, broken=()),
            offline=False,
        )
        (seen,) = reachable(patient)
    return seen.severity, seen.exit, seen.what


@pytest.mark.parametrize(
    ("means", "code"),
    [(Means.AUTH, Exit.AUTH), (Means.WAIT, Exit.RATE_LIMITED), (Means.REFUSED, Exit.PLATFORM_DOWN)],
)
def test_an_error_under_status_200_is_an_error(tmp_path: Path, means: Means, code: Exit) -> None:
    """Some platforms never answer anything else."""

    def judge(account: Account, fetch: Fetch, reply: Reply) -> Judged:
        return Judged(means=means, detail="the token has lapsed")

    found = verdict_on(tmp_path, reply(b'{"error": {}}'), judge=judge)
    assert found == (Severity.ERROR, code, "It answered 200: the token has lapsed.")


def test_a_platform_with_nothing_to_show_is_well(tmp_path: Path) -> None:
    """Comments that are switched off are no fault, whatever the status."""

    def judge(account: Account, fetch: Fetch, reply: Reply) -> Judged:
        return Judged(means=Means.NOTHING, detail="switched off")

    assert verdict_on(tmp_path, reply(b"{}"), judge=judge)[0] is Severity.OK


def test_an_answer_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """A log-in page in place of the account."""

    def read(account: Account, fetch: Fetch, reply: Reply) -> Page:
        raise Unreadable("It is a web page.")

    assert verdict_on(tmp_path, reply(b"<html>"), page=read) == (
        Severity.ERROR,
        Exit.PLATFORM_DOWN,
        "It is a web page.",
    )


@pytest.mark.parametrize(
    ("status", "code"), [(b"401 No", Exit.AUTH), (b"429 Wait", Exit.RATE_LIMITED), (b"500 Down", Exit.PLATFORM_DOWN)]
)
def test_a_status_speaks_where_the_platform_says_nothing(tmp_path: Path, status: bytes, code: Exit) -> None:
    """As in the polling."""
    assert verdict_on(tmp_path, reply(b"", status=status))[:2] == (Severity.ERROR, code)


def test_an_answer_as_asked_for_is_well(tmp_path: Path) -> None:
    """It is read, and nothing of it is kept."""
    assert verdict_on(tmp_path, reply(b"{}"), page=Page())[0] is Severity.OK
