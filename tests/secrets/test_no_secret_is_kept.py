"""After everything the archive does, with platforms that echo credentials, none stands in any byte it wrote."""

from __future__ import annotations

import base64
import json
import logging
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from archiver.demo import faults
from archiver.demo.messages import Answer, Asked
from archiver.model import Account
from archiver.storage import accounts, schedule
from tests.checks.scenes import TOKEN, Scene, scene
from tests.cli.calling import Caller
from tests.secret_scan import leaks

OTHER = "another-marked+token/91b7e0c4d2"  # refused by the server, kept in a file
TOKENS = (TOKEN, OTHER)


def echo(asked: Asked, answer: Answer) -> Answer:
    """The honest answer with the credential of the request in headers and texts, in several forms."""
    token = asked.headers.get("authorization", "").removeprefix("Bearer ")
    if not token:
        return answer
    forms = (token, urllib.parse.quote(token, safe=""), base64.b64encode(token.encode()).decode())
    said = json.loads(answer.body)
    for one in said if isinstance(said, list) else ():
        if isinstance(one, dict) and "content" in one:
            one["content"] += f"<p>{' '.join(forms)}</p>"
    told = said if isinstance(said, list) else said | {"echo": forms}
    return replace(answer, body=json.dumps(told).encode(), headers={**answer.headers, "X-Echo": " ".join(forms)})


def redirect(asked: Asked, _answer: Answer) -> Answer:
    """Elsewhere, with the credential in the address."""
    token = asked.headers.get("authorization", "").removeprefix("Bearer ")
    return Answer(status=302, headers={"Location": f"{asked.base}/elsewhere?access_token={token}"}, body=b"moved")


def refusal(asked: Asked, _answer: Answer) -> Answer:
    """A 401 that repeats what it refuses."""
    token = asked.headers.get("authorization", "").removeprefix("Bearer ")
    return faults.json_answer({"error": f"The token {token} is not good"}, 401)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Everything that is logged, by us and by libraries, at the finest level."""
    path = tmp_path / "everything.log"
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    root, quiet = logging.getLogger(), logging.getLogger("urllib3")
    before = (root.level, quiet.level, list(root.handlers))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    quiet.setLevel(logging.DEBUG)  # louder than it ever is
    yield path
    root.setLevel(before[0])
    quiet.setLevel(before[1])
    root.handlers[:] = before[2]
    handler.close()


def test_no_byte_on_disk_holds_a_credential(tmp_path: Path, log: Path) -> None:
    """Polled, searched, bundled, verified, rebuilt, looked over: neither files nor logs nor output hold a token."""
    kept = tmp_path / "credential"
    kept.write_text(OTHER)
    kept.chmod(0o600)
    with scene(tmp_path / "archive") as told, _told(tmp_path) as said:
        _another_account(told, kept)
        _live(told)
        (items,) = told.archive.database.connection().execute("SELECT count(*) FROM items").fetchone()
        told.archive.close()
        call = Caller(folder=tmp_path, clock=told.clock, environ={"DEMO_TOKEN": TOKEN})
        for words in _COMMANDS:
            result = call(*words)
            said.append(f"{words} {result.code}\n{result.out}\n{result.err}")

    assert items > 50
    assert "********" in (tmp_path / "said.txt").read_text(), "the echo was kept, masked"
    assert log.stat().st_size > 1000
    assert list((tmp_path / "archive" / "bundles").rglob("*.zip"))
    assert leaks(tmp_path, TOKENS, spare=lambda path: path == kept) == ()


_COMMANDS = (
    ("accounts", "list", "--json"),
    ("accounts", "show", "social", "--json"),
    ("gaps", "--json"),
    ("search", "snow*", "--json"),
    ("search", "meeting", "--json"),
    ("requests", "open", "--account", "social", "--text", "Everything, please.", "--id", "R1"),
    ("requests", "bundle", "R1"),
    ("verify", "--deep"),
    ("rebuild",),
    ("verify", "--reread"),
    ("doctor",),
    ("status", "--json"),
)


@contextmanager
def _told(folder: Path) -> Iterator[list[str]]:
    said: list[str] = []
    yield said
    (folder / "said.txt").write_text("\n".join(said))


def _another_account(told: Scene, kept: Path) -> None:
    other = Account(
        id="other",
        platform="mastodon",
        handle="hollow_library",
        url=told.demo.mastodon_url,
        credential=f"file:{kept}",
    )
    with told.archive.database.transaction() as db:
        schedule.make_due(db, accounts.add_account(db, other), told.clock.now())


def _live(told: Scene) -> None:
    with told.engine() as engine:
        told.demo.faults.add("/api/v1/", echo, times=40)
        told.poll(engine, "social", "blog")
        told.demo.faults.clear()
        told.demo.faults.add("/api/v1/", refusal, times=2)
        told.poll(engine, "other", "social")
        told.demo.faults.clear()
        told.demo.faults.add("/api/v1/accounts/", redirect, times=2)
        told.demo.faults.add("/api/v1/", faults.cut_short, times=1)
        told.poll(engine, "social", "other")
        told.poll(engine, "social")
