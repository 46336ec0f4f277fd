"""A request to the demo server and its answer, as data, with what HTTP says about conditional ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: where the server is, path without query, parameters in order, headers with lower-case names."""

    base: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def param(self, name: str, default: str = "") -> str:
        """The last value given for a parameter."""
        return next((value for key, value in reversed(self.params) if key == name), default)

    def number(self, name: str, default: int, most: int) -> int:
        """A parameter as a number between 1 and `most`; the default where it is none."""
        given = self.param(name)
        return max(1, min(int(given), most)) if given.isdecimal() else default


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer. `cut` makes the server send half of the announced body and hang up."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False

    def having(self, **headers: str) -> Answer:
        """The same answer with more headers; `Last_Modified` stands for Last-Modified."""
        return replace(
            self, headers={**self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
        )


def json_answer(value: Any, status: int = 200) -> Answer:
    """JSON as Mastodon sends it, with a weak entity tag where it succeeded."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": JSON_TYPE, "Cache-Control": "private, no-store"}
    if status == 200:
        headers["ETag"] = f'W/"{_digest(body)}"'
    return Answer(status=status, headers=headers, body=body)


def dated_answer(body: bytes, content_type: str, modified: datetime) -> Answer:
    """A document with a strong entity tag and the time it last changed."""
    headers = {"Content-Type": content_type, "ETag": f'"{_digest(body)}"', "Last-Modified": http_date(modified)}
    return Answer(headers=headers, body=body)


def html_page(title: str, content: str, status: int = 200) -> Answer:
    """A page that says plainly that it is a demonstration. `title` and `content` are HTML already."""
    return Answer(status=status, headers={"Content-Type": HTML_TYPE}, body=html_document(title, content))


def html_document(title: str, content: str) -> bytes:
    """The bytes of such a page."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{title} - archiver demo</title></head>\n<body>"
        "<p><strong>Archiver demo server.</strong> This school district and everyone in it are made up.</p>\n"
        f"{content}\n</body></html>\n"
    ).encode()


def conditional(asked: Asked, answer: Answer) -> Answer:
    """304 without a body where the client already has what the answer holds (RFC 9110, 13.1)."""
    if answer.status != 200 or not _has_it(asked, answer):
        return answer
    kept = {name: text for name, text in answer.headers.items() if name != "Content-Type"}
    return Answer(status=304, headers=kept)


def http_date(moment: datetime) -> str:
    """A time as HTTP writes it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def zulu(moment: datetime) -> str:
    """A time in whole seconds as Atom writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _has_it(asked: Asked, answer: Answer) -> bool:
    tag, known = answer.headers.get("ETag"), asked.headers.get("if-none-match")
    if known is not None:
        return tag is not None and (known.strip() == "*" or _opaque(tag) in {_opaque(one) for one in known.split(",")})
    since, modified = asked.headers.get("if-modified-since"), answer.headers.get("Last-Modified")
    return bool(since and modified) and _date(modified) <= _date(since)


def _opaque(tag: str) -> str:
    return tag.strip().removeprefix("W/")


def _date(text: str | None) -> datetime:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]
