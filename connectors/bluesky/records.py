"""Records of the AT Protocol as snapshots: posts, and every other kind by its fields.

What a record becomes depends on the record alone: listed by the account's server or shown in a thread, it is the same
version, told by its content address (CID). The application view may lag behind the server; so what it shows of the
account's own records is never taken for newer than what the server itself says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from archiver.model import Account, Author, Fetch, Kind, Snapshot, Unread
from connectors.bluesky.asks import DECLARED, POSTS, address
from connectors.bluesky.values import facets, features, leaves, media, mentioned
from connectors.fields import another, at, counters, rows, text
from connectors.reading import Reading, stepped
from connectors.times import read_time

_KINDS = {name: Kind(kind) for kind, names in DECLARED.more["kinds"].items() for name in names.split()}
_TITLES, _TEXTS = ("displayName", "title", "name"), ("text", "description", "content")
_COUNTS = {
    "likes": "likeCount",
    "reposts": "repostCount",
    "replies": "replyCount",
    "quotes": "quoteCount",
    "bookmarks": "bookmarkCount",
}
_SHUT = {"notFound": "not-found", "blocked": "blocked", "detached": "detached"}


def snapshot(
    account: Account, node: Any, source: str, *, ours: bool = False, observed: Mapping[str, int] | None = None
) -> Snapshot | Unread:
    """A record as it is listed (`value`) or shown in a view (`record`). `ours`: it stands below our own post."""
    uri, value = text(node, "uri"), content(node)
    did, collection, key = address(uri)
    if not did or value is None:
        return Unread(source=source, reason="a record without content" if did else "a record without an address")
    created, raw = read_time(at(value, "createdAt"))
    post, own = collection == POSTS, did == account.platform_id
    return Snapshot(
        kind=_kind(account, collection, value, own=own),
        remote_id=uri,
        author=Author(id=did, handle=text(node, "author", "handle"), name=text(node, "author", "displayName")),
        created=created,
        created_raw=raw,
        title="" if post else _first(value, _TITLES),
        text=text(value, "text") if post else _first(value, _TEXTS),
        link=f"https://bsky.app/profile/{did}/post/{key}" if post else "",
        parent=another(text(value, "reply", "parent", "uri"), uri),
        thread=(text(value, "reply", "root", "uri") or uri) if post else None,
        media=media(account, did, value, at(node, "embed") or at(node, "embeds")),
        language=text(value, "langs", 0),
        source=source,
        counters=_observations(node, did) | dict(observed or {}),
        details=(("cid", text(node, "cid")), *(_post_details(value) if post else _details(collection, value))),
        historic=own and isinstance(at(node, "author"), dict),
        context=not (own or ours or concerns(account, value)),
    )


def content(node: Any) -> dict[str, Any] | None:
    """The record itself, whichever way it is carried."""
    return next((at(node, name) for name in ("value", "record") if isinstance(at(node, name), dict)), None)


def with_quoted(account: Account, node: Any, source: str, **said: Any) -> Iterator[Snapshot | Unread]:
    """A post of a view, and the one it quotes, as far as it is shown."""
    quoted = [(place, one) for place, one in _quotations(node) if one is not None]
    shut = {f"quoted-{why}": 1 for _, one in quoted for why in _shut(one)}
    yield snapshot(account, node, source, **said | {"observed": shut | dict(said.get("observed", {}))})
    for place, one in quoted:
        if content(one) is not None and address(text(one, "uri"))[0]:
            yield snapshot(account, one, f"{source}/{place}")


def concerns(account: Account, value: Any) -> bool:
    """Whether a record answers, quotes or mentions the account."""
    did = account.platform_id
    named = [text(value, "reply", place, "uri") for place in ("root", "parent")] + [quoted_uri(value)]
    return bool(did) and (any(address(uri)[0] == did for uri in named) or did in mentioned(value))


def quoted_uri(value: Any) -> str:
    """The address of what a post quotes; empty where it quotes nothing."""
    return text(value, "embed", "record", "uri") or text(value, "embed", "record", "record", "uri")


def shut_beside(nodes: Iterable[Any], place: str) -> dict[str, int]:
    """How many posts beside this one are named and not shown, by reason."""
    return dict(Counter(f"{place}-{why}" for node in nodes for why in _shut(node)))


def drift(nodes: Iterable[Any]) -> Counter[str]:
    """What is not known of the records of nodes, by name."""
    named = ((address(text(node, "uri"))[1], content(node) or {}) for node in nodes)
    return Counter(name for collection, value in named if collection for name in _unknown(collection, value))


def step(reading: Reading) -> Fetch | Unread | None:
    """The next page of a listing."""
    return stepped(reading.fetch, "cursor", reading.says("cursor"))


def _kind(account: Account, collection: str, value: Any, *, own: bool) -> Kind:
    if collection == POSTS:
        answers = at(value, "reply") or (not own and account.platform_id in mentioned(value))
        return Kind.COMMENT if answers else Kind.POST
    return _KINDS.get(collection, Kind.PAGE)


def _post_details(value: Any) -> Iterator[tuple[str, str]]:
    yield from (("label", text(label, "val")) for label in rows(value, "labels", "values"))
    yield from (("tag", tag) for tag in rows(value, "tags") if isinstance(tag, str))
    yield from facets(value)
    if quoted_uri(value):
        yield "quotes", quoted_uri(value)
    for card in (at(value, "embed", "external"), at(value, "embed", "media", "external")):
        yield from ((f"card-{name}", text(card, name)) for name in ("uri", "title", "description") if text(card, name))
    for embed in _embeds(value):
        if _short(embed) not in DECLARED.known["embed"]:
            yield from leaves(embed, "embed")


def _details(collection: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every plain field of a record of another kind, so that unknown kinds are readable too."""
    told = {"$type", "createdAt", *_TITLES, *_TEXTS}
    yield "record", collection
    yield from leaves({name: part for name, part in value.items() if name not in told})


def _first(value: Any, names: Iterable[str]) -> str:
    return next((text(value, name) for name in names if text(value, name)), "")


def _observations(node: Any, did: str) -> dict[str, int]:
    """Counts, and labels that others put on it: what may change without the record."""
    found = counters(node, _COUNTS)
    if isinstance(at(node, "labels"), list):
        given = [text(label, "val") for label in rows(node, "labels") if text(label, "src") != did]
        found |= {"labels": len(given)} | {f"label:{name}": 1 for name in given if name}
    return found


def _quotations(node: Any) -> Iterator[tuple[str, Any]]:
    yield "embed/record", at(node, "embed", "record")
    yield "embed/record/record", at(node, "embed", "record", "record")


def _shut(node: Any) -> Iterator[str]:
    yield from (why for field, why in _SHUT.items() if at(node, field) is True)


def _embeds(value: Any) -> list[Any]:
    """The embed of a post, and the files beside a quotation in it."""
    return [one for one in (at(value, "embed"), at(value, "embed", "media")) if isinstance(one, dict)]


def _short(embed: Any) -> str:
    return text(embed, "$type").removeprefix("app.bsky.embed.")


def _unknown(collection: str, value: Any) -> Iterator[str]:
    if collection != POSTS:
        yield from () if collection in _KINDS else (f"record {collection}",)
        return
    known = DECLARED.known
    if text(value, "$type") not in (POSTS, ""):
        yield f"record {text(value, '$type')}"
    yield from (f"field {POSTS}.{name}" for name in value if name not in known["post"])
    strange = {text(feature, "$type") for kind, feature, _ in features(value) if kind not in known["feature"]}
    yield from (f"facet {name}" for name in sorted(strange))
    yield from (f"embed {text(embed, '$type')}" for embed in _embeds(value) if _short(embed) not in known["embed"])
