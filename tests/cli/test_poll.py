"""`archiver poll`: what came of it, and the exit code by its cause."""

from __future__ import annotations

import os
import shutil
import signal
from collections import namedtuple
from collections.abc import Iterator
from datetime import timedelta

import pytest

from archiver.demo.server import DemoDistrict
from archiver.polling.round import Round
from archiver.storage.archive import Archive
from tests.archives import BLOG, SOCIAL, START, TOKEN_NAME
from tests.cli.calling import Caller


@pytest.fixture
def demo() -> Iterator[DemoDistrict]:
    """The sample district, answering."""
    with DemoDistrict(START) as running:
        yield running


@pytest.fixture
def ready(new: Caller, demo: DemoDistrict) -> Caller:
    """Both of its accounts registered, nothing polled."""
    new.environ[TOKEN_NAME] = demo.token
    new(
        "accounts", "add", "mastodon", "--id", SOCIAL, "--handle", demo.handle, "--url", demo.mastodon_url,
        "--level", "executive", "--credential", f"env:{TOKEN_NAME}",
    )  # fmt: skip
    new("accounts", "add", "feed", "--id", BLOG, "--url", demo.blog_feed_url, "--level", "other")
    return new


def test_what_is_due_is_polled_once(ready: Caller) -> None:
    """Both accounts at first, none of them right after, all again with --all."""
    first = ready("poll", "--json")
    again = ready("poll", "--json")
    every = ready("poll", "--all", "--json")

    assert (first.code, again.code, every.code) == (0, 0, 0)
    assert first.json == {
        "schema": 1,
        "accounts": [
            {
                "account": BLOG,
                "finished": True,
                "asked": 1,
                "new_items": 8,
                "trouble": "",
                "cause": None,
                "next_due": "2026-11-21T13:15:00.000000Z",
                "open_gaps": 0,
            },
            {
                "account": SOCIAL,
                "finished": True,
                "asked": 37,
                "new_items": 69,
                "trouble": "",
                "cause": None,
                "next_due": "2026-11-21T13:15:00.000000Z",
                "open_gaps": 0,
            },
        ],
        "stopped": False,
        "afterwards": {"signed": 124, "shown_to": [], "copied": {}, "troubles": []},
    }
    nothing = {"signed": None, "shown_to": [], "copied": {}, "troubles": []}
    assert again.json == {"schema": 1, "accounts": [], "stopped": False, "afterwards": nothing}
    assert [(one["account"], one["new_items"]) for one in every.json["accounts"]] == [(BLOG, 0), (SOCIAL, 0)]


def test_progress_goes_to_standard_error(ready: Caller) -> None:
    """Standard output has one line for each account, in order, and one for what was done after them."""
    said = ready("poll")

    assert said.out == (
        "blog: 1 request, 8 new items.\nsocial: 37 requests, 69 new items.\nThe ledger was signed: 124 leaves.\n"
    )
    assert [line[:6] for line in said.err.splitlines()] == ["1 of 2", "2 of 2"]


def test_a_named_account_is_polled_whether_due_or_not(ready: Caller) -> None:
    """Once, even if it is named twice; at the depth that was asked for."""
    ready("poll")
    said = ready("poll", BLOG, BLOG, "--depth", "deep", "--json")

    assert [one["account"] for one in said.json["accounts"]] == [BLOG]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["nobody"], "No account is registered as 'nobody'."),
        ([BLOG, "--all"], "Accounts were named, and --all given."),
        (["--depth", "first"], "Invalid value for '--depth': 'first' is not one of 'poll', 'rewalk', 'deep'."),
    ],
)
def test_what_cannot_be_polled_is_a_usage_error(ready: Caller, words: list[str], what: str) -> None:
    """Exit code 2, and nothing is asked."""
    said = ready("poll", *words, "--json")

    assert (said.code, said.error["what"]) == (2, what)


def test_a_refused_credential_ends_with_its_own_code(ready: Caller, demo: DemoDistrict) -> None:
    """5 where nothing else could be polled; the gap that is open is named, its value of the token is not."""
    ready.environ[TOKEN_NAME] = "no-such-token"
    alone = ready("poll", SOCIAL, "--json")
    both = ready("poll", "--all")

    assert (alone.code, alone.json["accounts"][0]["cause"]) == (5, "credential refused")
    assert alone.json["accounts"][0]["open_gaps"] == 1
    assert both.code == 8  # the blog was polled, and a gap stands
    assert "1 open gap (archiver gaps social)" in both.out
    assert "no-such-token" not in alone.out + alone.err + both.out + both.err


def test_a_missing_credential_ends_with_the_same_code(ready: Caller) -> None:
    """It is told by the name of the reference."""
    del ready.environ[TOKEN_NAME]
    said = ready("poll", SOCIAL)

    assert said.code == 5
    assert f"The environment variable {TOKEN_NAME} is not set." in said.out


def test_a_platform_that_does_not_answer_ends_with_its_own_code(new: Caller) -> None:
    """7, with the host named and no traceback."""
    new("accounts", "add", "feed", "--id", "gone", "--url", "http://127.0.0.1:9/feed")
    said = new("poll", "gone")

    assert said.code == 7
    assert "gone: 1 request, 0 new items; not finished" in said.out


def test_a_platform_that_asks_to_wait_ends_with_its_own_code(ready: Caller, demo: DemoDistrict) -> None:
    """6, and the poll goes on when it may."""
    demo._spent = 7500
    said = ready("poll", SOCIAL, "--json")

    assert (said.code, said.json["accounts"][0]["cause"]) == (6, "rate limit")


def test_an_archive_that_another_process_writes_is_left_alone(ready: Caller) -> None:
    """Exit code 11."""
    archive = Archive.open(ready.folder / "archive")
    with archive.only_writer():
        said = ready("poll", "--json")
    archive.close()

    assert (said.code, said.error["what"]) == (11, "Another Archiver process is capturing into this archive.")


def test_a_nearly_full_disk_stops_capturing_before_it_is_full(ready: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 4, and nothing is asked of the platforms."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, -1))
    said = ready("poll", "--json")

    assert said.code == 4
    assert "nearly full" in said.error["what"]
    assert ready("search", "--count", "--json").json["count"] == 0


def test_an_interrupt_finishes_what_is_under_way(ready: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the round at the next request; what was captured is kept, and the next poll goes on."""
    one, before = Round._one, signal.getsignal(signal.SIGINT)

    def interrupted(self: Round, account_id: str, depth: object) -> object:
        os.kill(os.getpid(), signal.SIGINT)
        assert self._stop.wait(10)
        return one(self, account_id, depth)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Round, "_one", interrupted)
        said = ready("poll", SOCIAL, "--json")
    after = signal.getsignal(signal.SIGINT)
    ready.clock.move(timedelta(minutes=20))
    rest = ready("poll", "--json")

    assert (said.code, said.json["stopped"]) == (12, True)
    assert [one["finished"] for one in said.json["accounts"]] == [False]
    assert after is before
    assert [one["finished"] for one in rest.json["accounts"]] == [True, True]
