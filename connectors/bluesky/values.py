"""Parts of AT Protocol records: files, rich text and plain fields, whatever record they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from archiver.model import Account, Media
from connectors.bluesky.asks import base
from connectors.fields import at, rows, text

_TARGETS = {"link": "uri", "mention": "did", "tag": "tag"}


def media(account: Account, did: str, value: Any, shown: Any) -> tuple[Media, ...]:
    """The files a record carries, by their content address; `shown` is the application view's form of its embed.

    The account's own come from its server as they were uploaded. Of others', pictures come as the application view
    serves them; of their videos it serves streams only, which are named and not kept.
    """
    found: dict[str, Media] = {}
    for name, holder, blob in blobs(value):
        cid = _cid(blob)
        url = _uploaded(account, did, cid) if did == account.platform_id else _picture(shown, cid)
        alt = text(holder, "alt") or _stand_in(name, holder)
        found.setdefault(cid, Media(id=cid, url=url, type=text(blob, "mimeType"), alt=alt))
    return tuple(found.values())


def blobs(value: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every file named in a record: the field it stands in, the object around it, and itself; old notation too."""
    inner = value.items() if isinstance(value, dict) else ((name, part) for part in rows(value))
    for key, part in inner:
        if isinstance(part, dict) and _cid(part):
            yield key, value, part
        elif isinstance(part, dict | list):
            yield from blobs(part, key)


def facets(value: Any) -> Iterator[tuple[str, str]]:
    """Links, mentions and tags inside a text. Their places count UTF-8 bytes; a place that is none is left out."""
    data = text(value, "text").encode()
    for kind, feature, facet in features(value):
        target = text(feature, _TARGETS.get(kind, ""))
        words = _slice(data, at(facet, "index", "byteStart"), at(facet, "index", "byteEnd"))
        if target:
            bare = kind == "tag" or not words or (kind == "link" and words == target)
            yield kind, target if bare else f"{words} <{target}>"


def features(value: Any) -> Iterator[tuple[str, Any, Any]]:
    """The features of a rich text, each with its kind and the facet it stands in."""
    for facet in rows(value, "facets"):
        for feature in rows(facet, "features"):
            yield text(feature, "$type").removeprefix("app.bsky.richtext.facet#"), feature, facet


def mentioned(value: Any) -> set[str]:
    """The DIDs a text mentions."""
    return {text(feature, "did") for kind, feature, _ in features(value) if kind == "mention"}


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every plain value below `value` with its path of field names; positions in lists, and files, are left out."""
    if isinstance(value, dict) and text(value, "$type") != "blob":
        for key, part in value.items():
            yield from leaves(part, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part, name)
    elif value is not None and not isinstance(value, dict):
        yield name, ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _cid(blob: Any) -> str:
    return text(blob, "ref", "$link") or (text(blob, "cid") if text(blob, "mimeType") else "")


def _slice(data: bytes, start: Any, end: Any) -> str:
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(data):
        return ""
    try:
        return data[start:end].decode()
    except UnicodeDecodeError:
        return ""


def _stand_in(name: str, holder: Any) -> str:
    if name == "file" and text(holder, "lang"):
        return f"captions ({text(holder, 'lang')})"
    return name if name in ("avatar", "banner") else ""


def _uploaded(account: Account, did: str, cid: str) -> str:
    """Where the account's own server gives a file as it was uploaded."""
    return f"{base(account)}/xrpc/com.atproto.sync.getBlob?did={quote(did, safe=':')}&cid={quote(cid, safe='')}"


def _picture(shown: Any, cid: str) -> str:
    """The address under which the application view shows a picture: it names the file's content address."""
    found = [(path.rpartition(".")[2], url) for path, url in leaves(shown) if cid in url and url.startswith("http")]
    return next((url for wanted in ("fullsize", "thumb") for name, url in found if name == wanted), "")
