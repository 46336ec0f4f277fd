"""The part of Mastodon's REST API that an archive reads: one account, its statuses, replies, edits and messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from archiver.demo.district import District
from archiver.demo.entities import View
from archiver.demo.messages import Answer, Asked, json_answer
from archiver.demo.posts import DISTRICT
from archiver.demo.statuses import Status

_PAGING = ("max_id", "since_id", "min_id")
T = TypeVar("T")
Handler = Callable[[View, Asked, str], Answer]


def answer(district: District, asked: Asked) -> Answer:
    """What the API says to a request under /api/. A token that is not the district's is refused everywhere."""
    given = asked.headers.get("authorization")
    owner = district.token is not None and given == f"Bearer {district.token}"
    if given is not None and not owner:
        return _problem(401, "The access token is invalid")
    view = View(district=district, base=asked.base, owner=owner)
    for pattern, handler, needs_token in _ROUTES:
        found = pattern.fullmatch(asked.path)
        if found:
            refused = needs_token and not owner
            return (
                _problem(401, "This method requires an authenticated user")
                if refused
                else handler(view, asked, found[1])
            )
    return _problem(404, "Not Found")


def _verify_credentials(view: View, _asked: Asked, _id: str) -> Answer:
    return json_answer(view.own_account())


def _lookup(view: View, asked: Asked, _id: str) -> Answer:
    name = asked.param("acct").removeprefix("@").split("@")[0]
    return json_answer(view.account(name)) if view.district.knows(name) else _missing()


def _account(view: View, _asked: Asked, account_id: str) -> Answer:
    name = view.district.username(account_id)
    return json_answer(view.account(name)) if name else _missing()


def _account_statuses(view: View, asked: Asked, account_id: str) -> Answer:
    name = view.district.username(account_id)
    if name is None:
        return _missing()
    own = [one for one in view.district.statuses() if one.told.by == name and view.sees(one) and _wanted(asked, one)]
    if name != DISTRICT.username:
        own = [one for one in own if one.told.visibility != "direct"]
    return _paged(asked, [(int(one.id), one) for one in own], view.status, default=20, most=40)


def _wanted(asked: Asked, status: Status) -> bool:
    return not (
        asked.param("pinned") == "true"
        or (asked.param("exclude_replies") == "true" and status.told.to)
        or (asked.param("exclude_reblogs") == "true" and status.boosts)
        or (asked.param("only_media") == "true" and not status.told.pictures)
    )


def _status(view: View, _asked: Asked, status_id: str) -> Answer:
    found = _seen(view, status_id)
    return json_answer(view.status(found)) if found else _missing()


def _context(view: View, _asked: Asked, status_id: str) -> Answer:
    found = _seen(view, status_id)
    if found is None:
        return _missing()
    return json_answer(
        {
            "ancestors": [view.status(one) for one in _ancestors(view, found)],
            "descendants": [view.status(one) for one in _descendants(view, found)],
        }
    )


def _history(view: View, _asked: Asked, status_id: str) -> Answer:
    found = _seen(view, status_id)
    return json_answer(view.history(found)) if found else _missing()


def _conversations(view: View, asked: Asked, _id: str) -> Answer:
    direct = [one for one in view.district.statuses() if one.told.visibility == "direct"]
    newest = {_first(view, one).id: one for one in reversed(direct)}
    # The ids of conversations are their own; paging goes by ids nobody sees (here those of the newest message).
    rows = sorted(((int(last.id), (root, last)) for root, last in newest.items()), key=lambda row: -row[0])
    return _paged(asked, rows, lambda row: _conversation(view, *row), default=20, most=40)


def _conversation(view: View, root: str, last: Status) -> dict[str, Any]:
    others = {last.told.by, *last.told.audience} - {DISTRICT.username}
    return {
        "id": str(int(root) % 100_000),
        "unread": False,
        "accounts": [view.account(name) for name in sorted(others)],
        "last_status": view.status(last),
    }


def _notifications(view: View, asked: Asked, _id: str) -> Answer:
    named = [one for one in view.district.statuses() if DISTRICT.username in one.mentions]
    wanted = {value for name, value in asked.params if name == "types[]"}
    unwanted = {value for name, value in asked.params if name == "exclude_types[]"}
    rows = [(int(one.id) >> 20, one) for one in named]
    shown = rows if (not wanted or "mention" in wanted) and "mention" not in unwanted else []
    return _paged(asked, shown, lambda one: _notification(view, one), default=40, most=80)


def _notification(view: View, status: Status) -> dict[str, Any]:
    said = view.status(status)
    number = str(int(status.id) >> 20)
    return {
        "id": number,
        "type": "mention",
        "created_at": said["created_at"],
        "group_key": f"ungrouped-{number}",
        "account": said["account"],
        "status": said,
    }


def _seen(view: View, status_id: str) -> Status | None:
    found = view.district.status(status_id)
    return found if found and view.sees(found) else None


def _ancestors(view: View, status: Status) -> list[Status]:
    above: list[Status] = []
    parent = _seen(view, status.reply_to or "")
    while parent:
        above.insert(0, parent)
        parent = _seen(view, parent.reply_to or "")
    return above


def _descendants(view: View, status: Status) -> Iterator[Status]:
    for reply in view.district.replies(status.id):
        if view.sees(reply):
            yield reply
            yield from _descendants(view, reply)


def _first(view: View, status: Status) -> Status:
    return next(iter(_ancestors(view, status)), status)


def _paged(asked: Asked, rows: Sequence[tuple[int, T]], show: Callable[[T], Any], *, default: int, most: int) -> Answer:
    """One page of rows (id, thing), newest first, with the Link header that Mastodon gives."""
    limit = asked.number("limit", default, most)
    page = _window(asked, rows, limit)
    links = []
    if page and len(page) == limit:
        links.append(_link(asked, "next", max_id=page[-1][0]))
    if page:
        links.append(_link(asked, "prev", min_id=page[0][0]))
    said = json_answer([show(thing) for _, thing in page])
    return said.having(Link=", ".join(links)) if links else said


def _window(asked: Asked, rows: Sequence[tuple[int, T]], limit: int) -> Sequence[tuple[int, T]]:
    # min_id asks for the page just above an id, since_id for the newest page above it, as in Mastodon.
    below, since, least = (_number(asked.param(name)) for name in _PAGING)
    inside = [row for row in rows if (below is None or row[0] < below) and row[0] > max(since or 0, least or 0)]
    return inside[-limit:] if least is not None else inside[:limit]


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _link(asked: Asked, rel: str, **place: int) -> str:
    kept = [(name, value) for name, value in asked.params if name not in _PAGING]
    return f'<{asked.base}{asked.path}?{urlencode([*kept, *place.items()])}>; rel="{rel}"'


def _missing() -> Answer:
    return _problem(404, "Record not found")


def _problem(status: int, text: str) -> Answer:
    return json_answer({"error": text}, status)


def _route(path: str, handler: Handler, *, needs_token: bool = False) -> tuple[re.Pattern[str], Handler, bool]:
    return re.compile(f"/api/v1/{path}"), handler, needs_token


_ROUTES = (
    _route("accounts/(verify_credentials)", _verify_credentials, needs_token=True),
    _route("accounts/(lookup)", _lookup),
    _route(r"accounts/(\d+)", _account),
    _route(r"accounts/(\d+)/statuses", _account_statuses),
    _route(r"statuses/(\d+)", _status),
    _route(r"statuses/(\d+)/context", _context),
    _route(r"statuses/(\d+)/history", _history),
    _route("(conversations)", _conversations, needs_token=True),
    _route("(notifications)", _notifications, needs_token=True),
)
