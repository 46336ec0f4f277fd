"""Verifies the ledger: its files against the leaves, its checkpoints against the tree, its leaves against the rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from archiver.checks.anchor_check import anchor_findings
from archiver.checks.checkpoint_check import checkpoint_findings
from archiver.checks.findings import Finding, Kind
from archiver.errors import AuthError, VerificationError
from archiver.storage import soundness
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.ledger import acts_file, checkpoints, custody, keys, leaves, making
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.keys import Entered, KeyPlace
from archiver.storage.ledger.merkle import HASH_BYTES, Growing, folded, leaf_hash
from archiver.storage.ledger.recomputed import mismatches
from archiver.storage.ledger.signed_note import VerifierKey, parse_key
from archiver.storage.ledger.tiles import ENTRIES, HEIGHT, WIDTH, bundled, tile_path

_TILE = re.compile(r"tile/(?P<level>[0-7]|entries)/(?P<index>(x\d{3}/)*\d{3})(\.p/(?P<width>\d{1,3}))?")

Progress = Callable[[int, int], None]  # bytes of leaves done, and in all


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerVerified:
    """How much was compared: leaves in all, those of them that are signed, checkpoints; and what is not as it was."""

    leaves: int
    signed: int
    checkpoints: int
    findings: tuple[Finding, ...]


def verify_ledger(archive: Archive, place: KeyPlace, progress: Progress = lambda _done, _all: None) -> LedgerVerified:
    """Compare every file of the ledger with the leaves in the catalogue, and with each other. Changes nothing."""
    with archive.database.snapshot() as db:
        findings = [*_key_findings(place, db)]
        known = [parse_key(act.detail["key"]) for act in custody.key_acts(db)]
        said = dict(_opened(place, known, findings))
        findings += _newest_findings(place, db, known, said)
        findings += [*checkpoint_findings(place.ledger, db), *anchor_findings(place.ledger, db)]
        last = said[max(said)] if said else None
        size, signed = leaves.size(db), last.size if last else 0
        if what := making.lost(db, last, size):
            findings.append(_finding(f"{what}.", checkpoints.FOLDER))
        try:
            tree = _walked(place.ledger, db, min(signed, size), said, progress)
            findings += [*tree.findings, *_strangers(place.ledger, tree.names, db, size)]
        except VerificationError as error:
            findings.append(_finding(error.what, "leaves"))
        acts = _bytes(place.ledger / acts_file.NAME) or b""
        # A crash may have left it with acts that are not signed yet.
        if not acts.startswith(acts_file.content(db, signed)) or not acts_file.content(db, size).startswith(acts):
            findings.append(_finding("The acts beside the ledger are not those of the catalogue.", acts_file.NAME))
        findings += [
            Finding(kind=Kind.LEDGER, what=found.what, file="catalogue.sqlite", account=found.account)
            for found in mismatches(db, 0, size)
        ]
    return LedgerVerified(leaves=size, signed=signed, checkpoints=len(said), findings=tuple(findings))


def _key_findings(place: KeyPlace, db: Connection) -> Iterator[Finding]:
    recorded = tuple(Entered(key=parse_key(act.detail["key"]), since=act.at) for act in custody.key_acts(db))
    try:
        entered = keys.entered(place.ledger)
    except VerificationError as error:
        yield _finding(error.what, keys.PUBLIC)
    else:
        if entered != recorded:
            yield _finding("The public keys are not those that were recorded when each was begun.", keys.PUBLIC)
    with suppress(AuthError):  # not every user who verifies may read it
        if recorded and place.key().public not in [one.key for one in recorded]:
            yield _finding("The signing key is none that was ever recorded: it was exchanged.", keys.PRIVATE)


def _opened(place: KeyPlace, known: Sequence[VerifierKey], findings: list[Finding]) -> Iterator[tuple[int, Checkpoint]]:
    """The checkpoints that can be read, by size; what is wrong with the others is added to the findings."""
    sizes = checkpoints.sizes(place.ledger)
    for size in sizes:
        name = _stored(size)
        said = _read(place, name, known, findings)
        if said and said.size == size:
            yield size, said
        elif said:
            findings.append(_finding(f"It is of {said.size} leaves, not of those it is named after.", name))


def _newest_findings(
    place: KeyPlace, db: Connection, known: Sequence[VerifierKey], said: dict[int, Checkpoint]
) -> list[Finding]:
    """What is wrong with the one that is called the newest; where it is of more leaves, it is added to `said`."""
    findings: list[Finding] = []
    sizes = checkpoints.sizes(place.ledger)
    before = checkpoints.read(place.ledger, sizes[-2]) if len(sizes) > 1 else None
    if not sizes or (_is_unfinished(place, db) and _bytes(place.ledger / checkpoints.NEWEST) == before):
        return findings
    newest = _read(place, checkpoints.NEWEST, known, findings)
    if newest and newest.size > sizes[-1]:
        findings.append(_finding("The newest checkpoint is not among the others.", _stored(newest.size)))
        said[newest.size] = newest
    elif newest and _bytes(place.ledger / checkpoints.NEWEST) != checkpoints.read(place.ledger):
        findings.append(_finding("It is not the newest checkpoint.", checkpoints.NEWEST))
    return findings


def _is_unfinished(place: KeyPlace, db: Connection) -> bool:
    """A crash came after the newest checkpoint was written, before the catalogue knew: the next one completes it."""
    signed, sizes = soundness.last_check(db, making.SIGNED), checkpoints.sizes(place.ledger)
    return bool(sizes) and (signed is None or signed.result["size"] < sizes[-1])


def _read(place: KeyPlace, name: str, known: Sequence[VerifierKey], findings: list[Finding]) -> Checkpoint | None:
    try:
        return checkpoints.opened(_bytes(place.ledger / name) or b"", known, origin=place.name)[0]
    except VerificationError as error:
        findings.append(_finding(error.what, name))
        return None


def _stored(size: int) -> str:
    return f"{checkpoints.FOLDER}/{size:0{checkpoints.DIGITS}}"


@dataclass(slots=True, kw_only=True)
class _Tree:
    """What was found while the leaves were walked through, and the names of the files there should be."""

    findings: list[Finding] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def _walked(ledger: Path, db: Connection, size: int, said: Mapping[int, Checkpoint], progress: Progress) -> _Tree:
    """Compare every tile, bundle and checkpoint with the leaves of the catalogue up to the newest checkpoint."""
    tree, growing, roots = _Tree(), Growing(), list[bytes]()
    _compare_root(tree, said.get(0), growing)
    rest = leaves.datas(db, 0, size)
    for index in range(-(-size // WIDTH)):
        some = list(islice(rest, WIDTH))
        hashes = [leaf_hash(data) for data in some]
        for one in hashes:
            growing.add(one)
            _compare_root(tree, said.get(growing.size), growing)
        _compare(tree, ledger, tile_path(ENTRIES, index, len(some)), bundled(some))
        _compare(tree, ledger, tile_path(0, index, len(some)), b"".join(hashes))
        if len(some) == WIDTH:
            roots.append(folded(hashes))
        progress(growing.size * HASH_BYTES, size * HASH_BYTES)
    level = 1
    while roots:
        roots = _compare_level(tree, ledger, level, roots)
        level += 1
    return tree


def _compare_level(tree: _Tree, ledger: Path, level: int, hashes: Sequence[bytes]) -> list[bytes]:
    groups = [hashes[start : start + WIDTH] for start in range(0, len(hashes), WIDTH)]
    for index, some in enumerate(groups):
        _compare(tree, ledger, tile_path(level, index, len(some)), b"".join(some))
    return [folded(some) for some in groups if len(some) == WIDTH]


def _compare(tree: _Tree, ledger: Path, name: str, expected: bytes) -> None:
    tree.names.add(name)
    data = _bytes(ledger / name)
    if data != expected:
        how = "is not there" if data is None else "does not hold what the leaves of the catalogue say"
        tree.findings.append(_finding(f"A tile of the ledger {how}.", name))


def _compare_root(tree: _Tree, said: Checkpoint | None, growing: Growing) -> None:
    if said is not None and said.root != growing.root():
        what = f"The leaves of the catalogue are not those that were signed when there were {said.size}."
        tree.findings.append(_finding(what, _stored(said.size)))


def _strangers(ledger: Path, names: set[str], db: Connection, size: int) -> Iterator[Finding]:
    """Tiles that are none of the newest checkpoint, nor what a crash left of another: the next one removes those."""
    for path in sorted((ledger / "tile").rglob("*")):
        name = str(path.relative_to(ledger))
        if path.is_file() and name not in names and not _is_left_by_a_crash(path, name, db, size):
            yield _finding("No tile of the newest checkpoint is called so.", name)


def _is_left_by_a_crash(path: Path, name: str, db: Connection, size: int) -> bool:
    """Whether a tile was never finished, or holds what the leaves say of a tree before or after the one signed."""
    if path.name.startswith(".") and path.suffix == ".part":
        return True
    found = _TILE.fullmatch(name)
    if found is None:
        return False
    first = WIDTH * int(re.sub(r"\D", "", found["index"]))
    last = first + int(found["width"] or WIDTH)
    level = 0 if found["level"] == ENTRIES else int(found["level"])
    if last > size >> HEIGHT * level:
        return False
    if found["level"] == ENTRIES:
        return path.read_bytes() == bundled(leaves.datas(db, first, last))
    return path.read_bytes() == b"".join(_hashes(db, level, first, last))


def _hashes(db: Connection, level: int, first: int, last: int) -> list[bytes]:
    """Those over whole subtrees of a level, from the leaves of the catalogue."""
    if level == 0:
        return [leaf_hash(data) for data in leaves.datas(db, first, last)]
    return [folded(_hashes(db, level - 1, index * WIDTH, (index + 1) * WIDTH)) for index in range(first, last)]


def _finding(what: str, name: str) -> Finding:
    return Finding(kind=Kind.LEDGER, what=what, file=f"ledger/{name}")


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
