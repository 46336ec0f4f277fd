"""What the Bluesky servers themselves say they hold, asked record by record; written without the connector's eyes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import requests

from tests.real.bluesky import POST, Bluesky, Json, Person
from tests.real.keeping import Told, moment, squeezed


def records(person: Person) -> dict[str, Json]:
    """Every record of a repository by its address, oldest first, in pages of another size than the connector's."""
    described = person.get("com.atproto.repo.describeRepo", repo=person.did)
    return {record["uri"]: record for name in described["collections"] for record in _listed(person, name)}


def posts(person: Person) -> dict[str, Told]:
    """The posts of a repository, with the digests of their files."""
    return {uri: _told(person, record) for uri, record in records(person).items() if f"/{POST}/" in uri}


def shown(network: Bluesky, *uris: str) -> dict[str, Told]:
    """Posts as the application view shows them to everybody; their pictures as it serves them."""
    found = {uri: network.shown(uri) for uri in uris}
    return {uri: _shown(node) for uri, node in found.items() if node}


def digests(person: Person, value: Any) -> dict[str, str]:
    """The SHA-256 of every file a record names, by the file's content address."""
    return {cid: _digest(person, cid) for cid in _files(value)}


def _listed(person: Person, collection: str) -> Iterator[Json]:
    asked: Json = {"repo": person.did, "collection": collection, "limit": 37, "reverse": "true"}
    while True:
        page = person.get("com.atproto.repo.listRecords", **asked)
        yield from page["records"]
        if not page.get("cursor"):
            return
        asked["cursor"] = page["cursor"]


def _told(person: Person, record: Json) -> Told:
    value = record["value"]
    return _post(record, person.did, value, tuple((_digest(person, cid), alt) for cid, alt in _files(value).items()))


def _shown(node: Json) -> Told:
    value = node["record"]
    pictures = node.get("embed", {}).get("images", [])
    files = tuple((_sha(requests.get(one["fullsize"], timeout=20).content), one["alt"]) for one in pictures)
    return _post(node, node["author"]["did"], value, files)


def _post(node: Json, did: str, value: Json, files: tuple[tuple[str | None, str], ...]) -> Told:
    answer = value.get("reply")
    return Told(
        kind="comment" if answer else "post",
        author=(did, ""),
        created=moment(value["createdAt"]),
        edited=None,
        title="",
        text=squeezed(value["text"]),
        parent=answer["parent"]["uri"] if answer else None,
        thread=answer["root"]["uri"] if answer else node["uri"],
        visibility="public",
        files=files,
    )


def _files(value: Any, alt: str = "") -> dict[str, str]:
    """Content address and description of every file in a record."""
    found: dict[str, str] = {}
    if isinstance(value, dict) and value.get("$type") == "blob":
        found[value["ref"]["$link"]] = alt
    elif isinstance(value, dict):
        said = value.get("alt") or (f"captions ({value['lang']})" if "lang" in value else "")
        for name, part in value.items():
            found |= _files(part, name if name in ("avatar", "banner") else said)
    elif isinstance(value, list):
        for part in value:
            found |= _files(part, alt)
    return found


def _digest(person: Person, cid: str) -> str:
    reply = requests.get(
        f"{person.url}/xrpc/com.atproto.sync.getBlob", params={"did": person.did, "cid": cid}, timeout=20
    )
    reply.raise_for_status()
    return _sha(reply.content)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
