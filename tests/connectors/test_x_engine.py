"""X through the whole engine: an account that writes, edits, is answered and loses a post."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.model import Account, Bearer
from archiver.polling.capturing import capturing
from archiver.polling.engine import Engine
from archiver.storage.run_rows import Depth
from connectors.x import CONNECTOR
from tests.polling.desk import START, Desk
from tests.polling.platform import Asked, said

ME, ANN = "2244000111", "77001"
PORT = Account(
    id="port",
    platform="x",
    handle="@PortExample",
    url="https://api.x.com",
    credential="env:TOKEN",
    options={"monthly_cap_usd": "5.00"},
)
USERS = [{"id": ME, "username": "PortExample", "name": "Port"}, {"id": ANN, "username": "ann", "name": "Ann"}]
_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
_X = replace(CONNECTOR, auth=Bearer())  # a credential that needs no other service


class Service:
    """What was written on X, newest first, and what it answers."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.earlier: list[dict[str, Any]] = []
        self.replies: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.asked: list[str] = []

    def answer(self, asked: Asked) -> bytes:
        """The reply to a request."""
        self.asked.append(asked.path.removeprefix("/2/"))
        match asked.path.removeprefix("/2/"):
            case "users/me":
                return said({"data": USERS[0] | {"public_metrics": {"tweet_count": len(self.posts)}}})
            case "tweets":
                return said(self._looked_up(asked.query["ids"].split(",")))
            case "tweets/search/recent":
                return said(self._page(self._conversation(asked.query["query"]), asked))
            case "dm_events":
                return said(self._page(self.messages, asked))
            case path if path.endswith("/mentions"):
                return said(self._page(self.replies, asked))
        return said(self._page(self.posts, asked))

    def _conversation(self, query: str) -> list[dict[str, Any]]:
        root = query.partition(":")[2]
        return [reply for reply in self.replies if reply["conversation_id"] == root]

    def _looked_up(self, ids: list[str]) -> dict[str, Any]:
        known = {post["id"]: post for post in (*self.posts, *self.earlier, *self.replies)}
        type_ = "https://api.x.com/2/problems/resource-not-found"
        gone = [{"parameter": "ids", "title": "Not Found Error", "type": type_} for one in ids if one not in known]
        found = [known[one] for one in ids if one in known]
        return {"includes": {"users": USERS}} | ({"data": found} if found else {}) | ({"errors": gone} if gone else {})

    def _page(self, rows: list[dict[str, Any]], asked: Asked) -> dict[str, Any]:
        size = int(asked.query["max_results"])
        start = int(asked.query.get("pagination_token") or asked.query.get("next_token") or 0)
        part, end = rows[start : start + size], start + size
        meta = {"result_count": len(part)} | ({"next_token": str(end)} if end < len(rows) else {})
        return {"meta": meta, "includes": {"users": USERS}} | ({"data": part} if part else {})


class Office(Desk):
    """An archive that polls X."""

    service: Service

    @property
    def engine(self) -> Engine:
        """The engine at work; made where there is none."""
        if self._engine is None:
            self.service = getattr(self, "service", Service())
            self._capturing = capturing(
                self.archive,
                self.config,
                self.clock,
                connectors={"x": _X},
                environ=self.environ,
                threaded=False,
                jitter=lambda: 0.0,
            )
            self._engine = self._capturing.__enter__()
            self._engine.transport._converse = self.platform.converse  # type: ignore[method-assign]
            self.platform.honestly = self.service.answer  # type: ignore[method-assign]
        return self._engine

    def spent(self) -> int:
        """What reading has cost, in millionths of a dollar."""
        return int(self.rows("SELECT coalesce(sum(millionths), 0) FROM spending")[0][0])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An archive of one account, and a platform on which 45 posts, a reply and a message stand."""
    desk = Office(tmp_path / "archive", PORT)
    _ = desk.engine
    service = desk.service
    service.posts = [post(START - timedelta(hours=6 * n), f"Post {n}") for n in range(45)]
    service.posts[0]["public_metrics"] = {"reply_count": 1}
    service.replies = [reply(START - timedelta(minutes=5), "@PortExample thanks", to=service.posts[0]["id"])]
    event = {"id": id_at(START), "event_type": "MessageCreate", "text": "Hello", "sender_id": ANN}
    service.messages = [event | {"dm_conversation_id": f"{ANN}-{ME}"}]
    yield desk
    desk.close()
    desk.archive.close()


def id_at(moment: datetime) -> str:
    """The id of what is written at this time."""
    return str(int((moment - _EPOCH) / timedelta(milliseconds=1)) << 22)


def post(moment: datetime, text: str, *, by: str = ME, **more: Any) -> dict[str, Any]:
    """A post as X writes it."""
    fields: dict[str, Any] = {"id": id_at(moment), "author_id": by, "text": text}
    fields |= {"edit_history_tweet_ids": [id_at(moment)], "conversation_id": id_at(moment)}
    return fields | {"created_at": f"{moment:%Y-%m-%dT%H:%M:%S.000Z}", "public_metrics": {"reply_count": 0}} | more


def reply(moment: datetime, text: str, *, to: str) -> dict[str, Any]:
    """An answer by somebody else."""
    answers = {"referenced_tweets": [{"type": "replied_to", "id": to}], "in_reply_to_user_id": ME}
    return post(moment, text, by=ANN, conversation_id=to, **answers)


def test_everything_is_kept_over_pages_and_nothing_twice(office: Office) -> None:
    """Three pages of posts, the reply by mention and by search, the message, the profile."""
    assert office.finish("port").finished
    assert office.count("items") == 45 + 1 + 1 + 1
    assert office.gaps() == []
    posts = office.rows("SELECT count(*) FROM items WHERE kind = 'post' AND context = 0")
    assert posts == [(45,)]
    assert office.service.asked.count("tweets/search/recent") == 1
    assert office.count("versions") == office.count("items")


def test_a_second_poll_of_the_same_day_asks_little_and_costs_nothing(office: Office) -> None:
    """What did not change is neither kept again nor charged again."""
    office.finish("port")
    spent, kept = office.spent(), office.count("captures")
    office.service.asked.clear()
    assert office.later(timedelta(minutes=15), account="port").finished
    assert (office.spent(), office.count("captures")) == (spent, kept)
    listings = ["users/me", f"users/{ME}/tweets", f"users/{ME}/mentions", "dm_events", f"users/{ME}/tweets"]
    assert office.service.asked == listings


def test_an_edit_is_a_version_with_the_one_that_no_poll_saw(office: Office) -> None:
    """The post is known by its first id; what stood between two polls comes from the history."""
    office.finish("port")
    service, first = office.service, office.service.posts[0]
    chain = [first["id"], id_at(START + timedelta(minutes=2)), id_at(START + timedelta(minutes=4))]
    middle, last = (
        first | {"id": one, "edit_history_tweet_ids": chain, "text": f"Edit {n}"} for n, one in enumerate(chain[1:])
    )
    service.earlier, service.posts[0] = [first | {"edit_history_tweet_ids": chain}, middle], last
    assert office.later(timedelta(minutes=15), account="port").finished
    assert office.versions(first["id"]) == ["Post 0", "Edit 1", "Edit 0"]
    assert office.texts()[first["id"]] == "Edit 1"
    assert (office.count("items"), office.gaps()) == (48, [])


def test_a_post_that_is_not_there_any_more_is_absent_and_kept(office: Office) -> None:
    """A lookup answers 200 with an error: absent, never more than that; its neighbours are untouched."""
    office.finish("port")
    gone = office.service.posts.pop(3)
    assert office.later(timedelta(minutes=15), account="port").finished
    assert (office.seen(gone["id"]), office.texts()[gone["id"]]) == ("absent", "Post 3")
    assert office.rows("SELECT count(*) FROM items WHERE seen <> 'present'") == [(1,)]


def test_the_cap_of_the_month_holds_and_its_gap_says_so(office: Office) -> None:
    """A fetch that could pass the cap is not made."""
    with office.archive.database.transaction() as db:
        db.execute('UPDATE accounts SET options = \'{"monthly_cap_usd": "0.30"}\'')
    office.poll("port")
    assert office.service.asked == ["users/me"]
    assert {cause for _, _, cause, _ in office.gaps()} == {"budget spent"}


def test_a_poll_that_would_pass_the_cap_is_not_begun(office: Office) -> None:
    """What the last poll cost is the estimate of the next; a cap that is no number allows nothing."""
    office.finish("port")
    office.later(timedelta(days=1), account="port")
    with office.archive.database.transaction() as db:
        db.execute("UPDATE run_costs SET millionths = 4000000 WHERE depth = 'rewalk'")
        db.execute('UPDATE accounts SET options = \'{"monthly_cap_usd": "4.00"}\'')
    office.service.asked.clear()
    office.later(timedelta(days=1), account="port")
    assert office.service.asked == []
    assert "budget spent" in {cause for _, _, cause, closed in office.gaps() if not closed}

    with office.archive.database.transaction() as db:
        db.execute('UPDATE accounts SET options = \'{"monthly_cap_usd": "five"}\'')
    office.later(timedelta(days=1), account="port")
    assert office.service.asked == []


def test_a_deep_walk_finds_everything_again_and_changes_nothing(office: Office) -> None:
    """The same pages, searches and looks once more."""
    office.finish("port")
    versions = office.count("versions")
    office.clock.move(timedelta(hours=1))
    assert office.finish("port", depth=Depth.DEEP).finished
    assert (office.count("versions"), office.gaps()) == (versions, [])
