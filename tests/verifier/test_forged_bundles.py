"""What somebody who has the agency's key, too, changes in a bundle: the ledger's signed checkpoint tells."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archiver.storage.ledger import keys
from archiver.storage.ledger.signed_note import SignedNote
from tests.verifier.bundles import NOTE, TAGS, made_to_fit, unpacked, verify

Forge = Callable[[Path], None]
ITEMS, LEAVES, NODES = "data/items.jsonl", "data/proof/leaves.jsonl", "data/proof/nodes.txt"
WARC, FIGURES = "data/records/records.warc.gz", "data/bundle.json"


def forged(bundle: Path, folder: Path, forge: Forge) -> Path:
    """The bundle unpacked and changed, its manifests made to fit and signed with the agency's own key."""
    root = unpacked(bundle, folder)
    forge(root)
    made_to_fit(root)
    place = bundle.parent.parent / "ledger" / keys.PRIVATE
    name = (root / NOTE).read_text().partition("\n")[0]
    key = keys.load(f"file:{place}", {}, name)
    text = f"{name}\nbundle R1\n{TAGS} {hashlib.sha256((root / TAGS).read_bytes()).hexdigest()}\n"
    (root / NOTE).write_bytes(bytes(SignedNote(text=text, signatures=(key.sign(text),))))
    return root


def _lines(name: str, change: Callable[[list[Any]], list[Any]]) -> Forge:
    def forge(root: Path) -> None:
        path = root / name
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in change(lines)))

    return forge


def _item(*path: str | int, to: Any) -> Forge:
    """The last item says something else at one place."""

    def change(lines: list[Any]) -> list[Any]:
        inner = lines[-1]
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = to
        return lines

    return _lines(ITEMS, change)


def _counted(**counts: int) -> Forge:
    def forge(root: Path) -> None:
        said = json.loads((root / FIGURES).read_text())
        said["counts"] |= counts
        (root / FIGURES).write_text(json.dumps(said))

    return forge


def _text(name: str, change: Callable[[list[str]], list[str]]) -> Forge:
    def forge(root: Path) -> None:
        lines = (root / name).read_text().splitlines(keepends=True)
        (root / name).write_text("".join(change(lines)))

    return forge


def _members(change: Callable[[list[bytes]], list[bytes]]) -> Forge:
    def forge(root: Path) -> None:
        data = (root / WARC).read_bytes()
        starts = [at for at in range(len(data)) if data.startswith(b"\x1f\x8b\x08", at) and _is_member(data[at:])]
        parts = [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]
        (root / WARC).write_bytes(b"".join(change(parts)))

    return forge


def _is_member(data: bytes) -> bool:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return file.read(5) == b"WARC/"
    except (OSError, EOFError):
        return False


def _media(root: Path) -> None:
    path = next((root / "data" / "media").iterdir())
    was = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes() + b"more")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (root / ITEMS).write_text((root / ITEMS).read_text().replace(f'"sha256": "{was}"', f'"sha256": "{digest}"'))


def _no_media(lines: list[Any]) -> list[Any]:
    return [line | {"media": []} for line in lines]


VERSION = ("versions", 0)
NOT_ENTERED, NO_PROOF = "is not what was put into the ledger", "has no proof"
NO_ROOT = "the entries do not lead to the root"
FORGED: dict[str, tuple[Forge, str]] = {
    "text": (_item(*VERSION, "text", to="Other words"), NOT_ENTERED),
    "title": (_item(*VERSION, "title", to="Another title"), NOT_ENTERED),
    "visibility": (_item(*VERSION, "visibility", to="private"), NOT_ENTERED),
    "details": (_item(*VERSION, "details", to=[["poll", "yes"]]), NOT_ENTERED),
    "edit time": (_item(*VERSION, "edited", to="2026-01-01T00:00:00Z"), NOT_ENTERED),
    "first seen": (_item(*VERSION, "first_seen", to="2025-01-01T00:00:00Z"), NOT_ENTERED),
    "digest": (_item(*VERSION, "sha256", to="0" * 64), NO_PROOF),
    "capture": (_item(*VERSION, "capture", to="urn:uuid:0"), NO_PROOF),
    "author id": (_item("author", "id", to="mayor"), NOT_ENTERED),
    "author handle": (_item("author", "handle", to="@mayor"), NOT_ENTERED),
    "kind": (_item("kind", to="message"), NOT_ENTERED),
    "account": (_item("account", to="other"), NO_PROOF),
    "remote id": (_item("remote_id", to="1"), NO_PROOF),
    "number": (_item("number", to=1), "has another number"),
    "version gone": (_item("versions", to=[]), "versions are declared"),
    "item gone": (_lines(ITEMS, lambda lines: lines[:-1]), "items are declared"),
    "item gone, count made to fit": (
        lambda root: (_lines(ITEMS, lambda lines: lines[:-1])(root), _counted(items=5, versions=5)(root))[0],
        "is not what was written",  # the last file tells the count too
    ),
    "item twice": (_lines(ITEMS, lambda lines: [*lines, lines[-1] | {"number": len(lines) + 1}]), NO_PROOF),
    "items turned round": (_lines(ITEMS, lambda lines: lines[::-1]), "has another number"),
    "leaf gone": (_lines(LEAVES, lambda lines: lines[:-1]), "node of the tree is missing"),
    "leaf's salt": (_lines(LEAVES, lambda lines: [lines[0] | {"salt": "0" * 32}, *lines[1:]]), NO_ROOT),
    "leaf's place": (_lines(LEAVES, lambda lines: [lines[0] | {"index": 0}, *lines[1:]]), "node of the tree"),
    "leaf's place far outside": (_lines(LEAVES, lambda lines: [lines[0] | {"index": 9999}, *lines[1:]]), "too many"),
    "leaf twice": (_lines(LEAVES, lambda lines: [lines[0], *lines]), "too many"),
    "entry's account": (
        _lines(LEAVES, lambda lines: [lines[0] | {"entry": lines[0]["entry"] | {"account": "x"}}, *lines[1:]]),
        NO_ROOT,
    ),
    "node gone": (_text(NODES, lambda lines: lines[:-1]), "node of the tree is missing"),
    "node twice": (_text(NODES, lambda lines: [*lines, lines[-1]]), "stands twice"),
    "nodes exchanged": (
        _text(NODES, lambda lines: [" ".join([*lines[0].split(" ")[:2], lines[-1].split(" ")[2]]), *lines[1:]]),
        NO_ROOT,
    ),
    "checkpoint's size": (_text("data/proof/checkpoint", lambda lines: [lines[0], "1\n", *lines[2:]]), "checkpoint"),
    "checkpoint's origin": (_text("data/proof/checkpoint", lambda lines: ["x\n", *lines[1:]]), "checkpoint"),
    "keys emptied": (_text("data/proof/keys.txt", lambda lines: []), "signed by no key that is known"),
    "record gone": (_members(lambda parts: parts[:-1]), "are not those in the ledger"),
    "exchange gone": (_members(lambda parts: parts[:-3]), "WARC records are declared"),
    "records exchanged": (_members(lambda parts: [parts[0], parts[2], parts[1], *parts[3:]]), "is not in the ledger"),
    "record twice": (_members(lambda parts: [*parts, parts[-1]]), "is not in the ledger"),
    "record compressed anew": (
        _members(lambda parts: [parts[0], gzip.compress(gzip.decompress(parts[1])), *parts[2:]]),
        "is not in the ledger",
    ),
    "record cut off": (_members(lambda parts: [*parts[:-1], parts[-1][:-9]]), "ends within a record"),
    "fewer records declared": (_counted(records=1), "WARC records are declared"),
    "fewer files declared": (_counted(media=77), "attached files are declared"),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_what_was_forged_is_named(small: Path, tmp_path: Path, what: str) -> None:
    """Manifests and signature fit, and still."""
    forge, why = FORGED[what]
    said = verify(forged(small, tmp_path / "out", forge))

    assert (said.code, why in said.out) == (1, True), said


def test_an_attached_file_that_was_replaced_is_named(whole: Path, tmp_path: Path) -> None:
    """Under a name and with a digest that fit its new bytes."""
    said = verify(forged(whole, tmp_path / "out", _media))

    assert (said.code, "is not what a WARC record of the ledger holds" in said.out) == (1, True), said


def test_files_that_no_item_names_are_told(whole: Path, tmp_path: Path) -> None:
    """They are in the bundle, and the items were made silent about them."""
    said = verify(forged(whole, tmp_path / "out", _lines(ITEMS, _no_media)))

    assert said.out == "WRONG: the attached files are not those that the items name.\n"


def test_signing_anew_alone_changes_nothing(small: Path, tmp_path: Path) -> None:
    """The forgeries above are refused for what they changed, not for how they were signed."""
    assert verify(forged(small, tmp_path / "out", lambda _: None)).code == 0
