"""Made-up replies of a platform, the same in every run: words as rare as in real language, statuses as Mastodon's."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Any

from archiver.model import Account, Exchange, Fetch, Level, Role, iso

START = datetime(2020, 1, 6, 16, tzinfo=UTC)
ITEMS_PER_PAGE = 40
_VOCABULARY = 60_000
_ZIPF = 1.05
_LETTERS = "eeeeeeettttaaaaooooiiiinnnnssshhhrrrdddlllcuumwwfgypbvk"


@cache
def vocabulary() -> tuple[str, ...]:
    """Words, the most frequent first, each different."""
    rng = random.Random(1)
    lengths = [2 + min(9, rank.bit_length() // 2 + rng.randrange(4)) for rank in range(_VOCABULARY)]
    words = ["".join(rng.choices(_LETTERS, k=length)) for length in lengths]
    return tuple(dict.fromkeys(words))


@cache
def _weights() -> list[float]:
    return list(accumulate(1 / (rank + 1) ** _ZIPF for rank in range(len(vocabulary()))))


def texts(count: int, seed: int) -> list[str]:
    """So many texts of 5 to 45 words, 25 in the mean, drawn as in real language: few words often, most words rarely."""
    rng = random.Random(seed)
    lengths = [rng.randrange(5, 46) for _ in range(count)]
    drawn = iter(rng.choices(vocabulary(), cum_weights=_weights(), k=sum(lengths)))
    return [" ".join([next(drawn) for _ in range(length)]).capitalize() + "." for length in lengths]


def account(number: int = 1, *, url: str = "https://social.example", platform: str = "mastodon") -> Account:
    """A registered account of a school."""
    return Account(
        id=f"school-{number}",
        platform=platform,
        handle=f"school{number}",
        url=url,
        unit=f"School No. {number}",
        owner="A. Alder",
        level=Level.EXECUTIVE,
        platform_id=str(number),
    )


def moment_of(item: int) -> datetime:
    """When an item was made: one every seven minutes."""
    return START + timedelta(minutes=7 * item)


def _card(item: int, text: str) -> dict[str, Any]:
    """The preview of a linked page, with what no two of them share."""
    noise = hashlib.sha256(str(item).encode()).hexdigest()
    return {
        "url": f"https://news.example/{noise[:12]}/{text[:40].lower().replace(' ', '-')}", "title": text[:90],
        "description": text[::-1], "language": "en", "type": "link", "author_name": "", "author_url": "",
        "provider_name": "News", "provider_url": "", "html": "", "width": 1200, "height": 630,
        "image": f"https://files.example/cache/preview_cards/{noise}/original/{noise[::-1][:24]}.jpg",
        "image_description": "", "embed_url": "", "blurhash": f"U{noise[20:55]}", "published_at": None, "authors": [],
    }  # fmt: skip


def status(item: int, text: str, owner: int = 1) -> dict[str, Any]:
    """One status of an account, about 2.2 kB of JSON."""
    home, made = "https://social.example", iso(moment_of(item))
    number = str(110_000_000_000_000_000 + item * 4_194_304)
    who = {
        "id": str(owner), "username": f"school{owner}", "acct": f"school{owner}", "display_name": f"School No. {owner}",
        "locked": False, "bot": False, "discoverable": True, "group": False, "created_at": "2019-08-20T00:00:00.000Z",
        "note": "<p>News of our school. Comments are public records and are archived.</p>",
        "url": f"{home}/@school{owner}", "uri": f"{home}/users/school{owner}", "avatar": f"{home}/avatars/{owner}.png",
        "avatar_static": f"{home}/avatars/{owner}.png", "header": f"{home}/headers/{owner}.png",
        "header_static": f"{home}/headers/{owner}.png", "followers_count": 812, "following_count": 31,
        "statuses_count": 4_211, "last_status_at": made[:10], "hide_collections": None, "noindex": False,
        "emojis": [], "roles": [], "fields": [{"name": "Office", "value": "360-555-0100", "verified_at": None}],
    }  # fmt: skip
    return {
        "id": number, "created_at": made, "in_reply_to_id": None, "in_reply_to_account_id": None, "sensitive": False,
        "spoiler_text": "", "visibility": "public", "language": "en", "uri": f"{home}/users/school{owner}/{number}",
        "url": f"{home}/@school{owner}/{number}", "replies_count": 0, "reblogs_count": item % 7,
        "favourites_count": item % 23, "edited_at": None, "favourited": False, "reblogged": False, "muted": False,
        "bookmarked": False, "pinned": False, "content": f"<p>{text}</p>", "filtered": [], "reblog": None,
        "application": {"name": "Web", "website": None}, "account": who, "media_attachments": [], "mentions": [],
        "tags": [], "emojis": [], "card": _card(item, text) if item % 4 else None, "poll": None,
    }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a server sends: the bytes on the wire and the body decoded."""

    wire: bytes
    payload: bytes
    body: bytes


def page(number: int, owner: int = 1, *, packed: bool = False, items: int = ITEMS_PER_PAGE) -> Sent:
    """One page of statuses, newest first, of one account; pages have ascending numbers."""
    first = number * items
    said = texts(items, seed=owner * 1_000_003 + number)
    rows = [status(first + place, said[place], owner) for place in reversed(range(items))]
    body = json.dumps(rows, separators=(",", ":")).encode()
    payload = gzip.compress(body, 6, mtime=0) if packed else body
    head = [
        b"HTTP/1.1 200 OK",
        b"Content-Type: application/json; charset=utf-8",
        b"Date: Sat, 21 Nov 2026 12:00:00 GMT",
    ]
    head += [b"Content-Encoding: gzip"] if packed else []
    wire = b"\r\n".join([*head, b"Content-Length: %d" % len(payload), b"", payload])
    return Sent(wire=wire, payload=payload, body=body)


def exchange(number: int, sent: Sent, owner: int = 1, *, run: str = "run-1") -> Exchange:
    """The exchange that brought a page."""
    received = START + timedelta(days=2500, seconds=number)
    return Exchange(
        capture_id=f"{owner}-{run}-{number}",
        account_id=f"school-{owner}",
        run_id=run,
        role=Role.LISTING,
        fetch=Fetch(
            stream="posts",
            url=f"https://social.example/api/v1/accounts/{owner}/statuses",
            params=(("limit", "40"), ("max_id", str(number))),
        ),
        connector="mastodon/1",
        request_head=b"GET /api/v1/accounts/1/statuses HTTP/1.1\r\nHost: social.example\r\n\r\n",
        response=io.BytesIO(sent.wire),
        response_length=len(sent.wire),
        status=200,
        headers=(("Content-Type", "application/json; charset=utf-8"),),
        body=sent.body,
        payload_sha256=hashlib.sha256(sent.payload).hexdigest(),
        payload_length=len(sent.payload),
        started=received,
        ended=received,
        ip="192.0.2.7",
    )


def pages(count: int, *, packed: bool = False) -> Iterator[Sent]:
    """So many pages of one account."""
    return (page(number, packed=packed) for number in range(count))
