"""What fixes each checkpoint outside, what does not and why, and whether what is kept of it still holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archiver.anchoring import cosignature, time_stamp
from archiver.anchoring.places import ledger_of
from archiver.anchoring.standing import names
from archiver.anchoring.time_stamp import Query
from archiver.config_ledger import Ledger
from archiver.errors import ArchiverError, VerificationError
from archiver.model import parse_iso
from archiver.storage import anchor_files, anchors
from archiver.storage.anchor_files import KeptStamp, KeptWitness
from archiver.storage.anchors import AnchorGap, AnchorKind
from archiver.storage.archive import Archive
from archiver.storage.ledger import checkpoints, signed_note

_APART = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One place's hold on one checkpoint. `at` is the time it asserts, or took a mail; `said` how it was verified.

    `wrong`: what is kept of it does not hold (only where that was asked).
    """

    kind: AnchorKind
    name: str
    at: datetime | None
    said: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A place that has no hold on a checkpoint: why, and the next size it took, which includes this one."""

    kind: AnchorKind
    name: str
    why: str
    later: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One checkpoint: what fixes it outside, and what does not."""

    size: int
    anchors: tuple[Anchor, ...]
    lacking: tuple[Lack, ...]


def listed(archive: Archive, config: Ledger, *, most: int | None, check: bool) -> Iterator[Listed]:
    """The checkpoints, the newest first, up to `most`. `check`: verify again what is kept of each."""
    ledger = ledger_of(archive)
    gaps = anchors.anchor_gaps(archive.database.connection(), standing=False)
    taken = _taken(archive, config)
    for size in list(reversed(checkpoints.sizes(ledger)))[:most]:
        note = checkpoints.read(ledger, size) or b""
        stamps = [_stamp(config, note, one, check=check) for one in _stamps_on(archive, size)]
        given = [_given(config, note, one, check=check) for one in anchor_files.witnesses_of(ledger, size)]
        lacking = (_lack(kind, name, size, sizes, gaps) for (kind, name), sizes in taken.items() if size not in sizes)
        yield Listed(size=size, anchors=(*stamps, *given), lacking=tuple(lacking))


def _taken(archive: Archive, config: Ledger) -> dict[tuple[AnchorKind, str], frozenset[int]]:
    """The sizes that each place took."""
    ledger = ledger_of(archive)
    stamped, witnessed = anchor_files.stamped_sizes, anchor_files.witnessed_sizes
    return {
        (kind, name): (stamped if kind is AnchorKind.AUTHORITY else witnessed)(ledger, name)
        for kind, name in names(config)
    }


def _stamps_on(archive: Archive, size: int) -> Iterator[KeptStamp | VerificationError]:
    try:
        yield from anchor_files.stamps_on(ledger_of(archive), size)
    except VerificationError as error:
        yield error


def _stamp(config: Ledger, note: bytes, kept: KeptStamp | VerificationError, *, check: bool) -> Anchor:
    if isinstance(kept, VerificationError):
        return Anchor(kind=AnchorKind.AUTHORITY, name="?", at=None, wrong=kept.what)
    library, openssl = (str(kept.said.get(name, "not asked")) for name in ("library", "openssl"))
    return Anchor(
        kind=AnchorKind.AUTHORITY,
        name=kept.name,
        at=_moment(kept),
        said=f"library {library}; openssl {openssl}{_apart(kept)}",
        wrong=_wrong_stamp(config, note, kept) if check else "",
    )


def _apart(kept: KeptStamp) -> str:
    """How far the authority's clock and this host's were apart, where it is more than an exchange takes."""
    asserted, answered = _moment(kept), _moment(kept, "answered")
    if asserted is None or answered is None or abs(answered - asserted) < _APART:
        return ""
    seconds = round((answered - asserted).total_seconds())
    return f"; this host's clock was {abs(seconds):,} seconds {'ahead' if seconds > 0 else 'behind'}"


def _moment(kept: KeptStamp, name: str = "asserted") -> datetime | None:
    try:
        return parse_iso(str(kept.said.get(name)))
    except ValueError:
        return None


def _wrong_stamp(config: Ledger, note: bytes, kept: KeptStamp) -> str:
    roots = next((one.certificates for one in config.authorities if one.name == kept.name), None)
    if roots is None:
        return "no authority of this name is configured, so there is no certificate to verify it with"
    try:
        asked = Query(message=note, nonce=int(kept.said["nonce"]), der=bytes.fromhex(kept.said["query"]))
        held = time_stamp.checked(asked, kept.answer, roots, at=_moment(kept))
    except (KeyError, ValueError, TypeError):
        return "what was written down with it cannot be read"
    except ArchiverError as error:
        return error.what
    return "" if held.asserted == _moment(kept) else "it asserts another time than was written down"


def _given(config: Ledger, note: bytes, kept: KeptWitness, *, check: bool) -> Anchor:
    if not kept.cosigned:
        return Anchor(kind=AnchorKind.MAILBOX, name=kept.name, at=_accepted(kept), said="mail handed over")
    keys = [one.key for one in config.witnesses if one.name == kept.name]
    held = _held(note, kept, keys)
    wrong = "" if held or not check else "no cosignature on it is by the key that the configuration names"
    return Anchor(kind=AnchorKind.WITNESS, name=kept.name, at=held, said="cosigned", wrong=wrong)


def _held(note: bytes, kept: KeptWitness, keys: Sequence[str]) -> datetime | None:
    """The time of the cosignature that holds."""
    try:
        joined = signed_note.parse(note + kept.data)
        return next((one.at for one in cosignature.holding(joined, map(signed_note.parse_key, keys))), None)
    except VerificationError:
        return None


def _accepted(kept: KeptWitness) -> datetime | None:
    try:
        return parse_iso(json.loads(kept.data)["accepted"])
    except (ValueError, KeyError, TypeError):
        return None


def _lack(kind: AnchorKind, name: str, size: int, sizes: frozenset[int], gaps: Sequence[AnchorGap]) -> Lack:
    covering = (gap for gap in gaps if (gap.kind, gap.name) == (kind, name) and gap.size <= size)
    gap = next((gap for gap in covering if gap.closed_size is None or size < gap.closed_size), None)
    return Lack(
        kind=kind,
        name=name,
        why=f"{gap.cause}: {gap.detail}" if gap else "not shown to it",
        later=min((one for one in sizes if one > size), default=None),
    )
