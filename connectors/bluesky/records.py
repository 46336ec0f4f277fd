"""Records of the AT Protocol as items: posts, and every other kind by its fields.

What a record becomes depends on the record alone: listed by the account's server or shown in a thread, it is the same
version, told by its content address (CID). The application view may lag behind the server; so what it shows of the
account's own records is never taken for newer than what the server itself says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from archiver.model import Account, Kind, Snapshot, Unread
from connectors.bluesky.asks import DECLARED, POSTS, address
from connectors.bluesky.values import facets, features, leaves, media, mentioned
from connectors.fields import at, rows, text
from connectors.shapes import said

_POST, _RECORD = (DECLARED.shape(name, counters=DECLARED.more["counts"]) for name in ("post", "record"))
_KINDS = {name: Kind(kind) for kind, names in DECLARED.more["kinds"].items() for name in names.split()}
_SHUT = {"notFound": "not-found", "blocked": "blocked", "detached": "detached"}
_NOTHING: Mapping[str, int] = {}


def snapshot(
    account: Account, node: Any, source: str, *, ours: bool = False, observed: Mapping[str, int] = _NOTHING
) -> Snapshot | Unread:
    """A record as it is listed (`value`) or shown in a view (`record`). `ours`: it stands below our own post."""
    did, collection, key = address(text(node, "uri"))
    value = content(node)
    if not did or value is None:
        return Unread(source=source, reason="a record without content" if did else "a record without an address")
    post, own = collection == POSTS, did == account.platform_id
    answers = at(value, "reply") or (not own and account.platform_id in mentioned(value))
    return (_POST if post else _RECORD)(
        node | {"did": did, "key": key, "value": value},
        source,
        kind=(Kind.COMMENT if answers else Kind.POST) if post else _KINDS.get(collection, Kind.PAGE),
        media=media(account, did, value, at(node, "embed") or at(node, "embeds")),
        and_counters={**_labels(node, did), **observed},
        details=(("cid", text(node, "cid")), *(_of_post(value) if post else _of_record(collection, value))),
        historic=own and isinstance(at(node, "author"), dict),
        context=not (own or ours or _concerns(account, value)),
    )


def content(node: Any) -> dict[str, Any] | None:
    """The record itself, whichever way it is carried."""
    return next((at(node, name) for name in ("value", "record") if isinstance(at(node, name), dict)), None)


def with_quoted(
    account: Account, node: Any, source: str, *, ours: bool = False, observed: Mapping[str, int] = _NOTHING
) -> Iterator[Snapshot | Unread]:
    """A post of a view, and the one it quotes, as far as it is shown."""
    embedded = at(node, "embed", "record")
    quoted = {"embed/record": embedded, "embed/record/record": at(embedded, "record")}
    yield snapshot(account, node, source, ours=ours, observed={**shut(quoted.values(), "quoted"), **observed})
    for place, one in quoted.items():
        if content(one) is not None and address(text(one, "uri"))[0]:
            yield snapshot(account, one, f"{source}/{place}")


def shut(nodes: Iterable[Any], place: str) -> dict[str, int]:
    """How many posts around one are named and not shown, by reason."""
    return dict(Counter(f"{place}-{why}" for node in nodes for field, why in _SHUT.items() if at(node, field) is True))


def quoted_uri(value: Any) -> str:
    """The address of what a post quotes; empty where it quotes nothing."""
    return said(value, "embed.record.uri|embed.record.record.uri")


def drift(nodes: Iterable[Any]) -> Counter[str]:
    """What is not known of the records of nodes, by name."""
    named = ((address(text(node, "uri"))[1], content(node) or {}) for node in nodes)
    return Counter(name for collection, value in named if collection for name in _unknown(collection, value))


def _concerns(account: Account, value: Any) -> bool:
    """Whether a record answers, quotes or mentions the account."""
    did = account.platform_id
    named = (text(value, "reply", "root", "uri"), text(value, "reply", "parent", "uri"), quoted_uri(value))
    return bool(did) and (any(address(uri)[0] == did for uri in named) or did in mentioned(value))


def _labels(node: Any, did: str) -> dict[str, int]:
    """What others say of a record; like its counts, it may change without the record."""
    if not isinstance(at(node, "labels"), list):
        return {}
    given = [text(label, "val") for label in rows(node, "labels") if text(label, "src") != did]
    return {"labels": len(given)} | {f"label:{name}": 1 for name in given if name}


def _of_post(value: Any) -> Iterator[tuple[str, str]]:
    yield from (("label", text(label, "val")) for label in rows(value, "labels", "values"))
    yield from (("tag", tag) for tag in rows(value, "tags") if isinstance(tag, str))
    yield from facets(value)
    if quoted_uri(value):
        yield "quotes", quoted_uri(value)
    embeds = list(_embeds(value))
    for card in (at(embed, "external") for embed in embeds):
        yield from ((f"card-{name}", text(card, name)) for name in ("uri", "title", "description") if text(card, name))
    for embed in embeds:
        if _kind_of(embed) not in DECLARED.known["embed"]:
            yield from leaves(embed, "embed")


def _of_record(collection: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every plain field of a record of another kind, so that unknown kinds are readable too."""
    yield "record", collection
    yield from leaves({name: part for name, part in value.items() if name not in DECLARED.known["record"]})


def _embeds(value: Any) -> Iterator[Any]:
    """The embed of a post, and the files beside a quotation in it."""
    return (one for one in (at(value, "embed"), at(value, "embed", "media")) if isinstance(one, dict))


def _kind_of(embed: Any) -> str:
    return text(embed, "$type").removeprefix("app.bsky.embed.")


def _unknown(collection: str, value: Any) -> Iterator[str]:
    known, kind = DECLARED.known, text(value, "$type")
    if collection != POSTS:
        yield from () if collection in _KINDS else (f"record {collection}",)
        return
    yield from (f"record {kind}",) if kind not in (POSTS, "") else ()
    yield from (f"field {POSTS}.{name}" for name in value if name not in known["post"])
    strange = {text(feature, "$type") for kind, feature, _ in features(value) if kind not in known["feature"]}
    yield from (f"facet {name}" for name in sorted(strange))
    yield from (f"embed {text(embed, '$type')}" for embed in _embeds(value) if _kind_of(embed) not in known["embed"])
