"""The proof that one item was in the archive, and what the proof says in words: what it shows, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archiver.errors import UsageError
from archiver.storage.anchor_files import with_cosignatures
from archiver.storage.archive import Archive
from archiver.storage.item_leaves import Spoken, capture_leaf, version_leaf
from archiver.storage.item_rows import key_of
from archiver.storage.ledger import making, proofs
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.keys import KeyPlace
from archiver.storage.ledger.proof_text import Proof
from archiver.storage.ledger.tiles import Tiles

_SPEAKS_FOR = {
    "version": "one version of the item: the SHA-256 of what was read of it (digest), and of what a bundle shows of it"
    " (shown)",
    "capture": "one exchange with the platform: the SHA-256 of each WARC record it is kept in (records)",
    "act": "one act of a person, or of the archive itself",
    "note": "one record of the archive on what a poll covered, or on a gap",
}


def proved(archive: Archive, place: KeyPlace, item: str, *, number: int | None, capture: bool) -> tuple[Spoken, Proof]:
    """The proof of a version of an item (the current one where no number is given), or of the capture that told it.

    Against the newest checkpoint. Raises NotFound, UsageError where no checkpoint reaches as far, VerificationError.
    """
    with archive.database.snapshot() as db:
        find = capture_leaf if capture else version_leaf
        spoken = find(db, key_of(db, item), number)
    found = making.newest(place)
    if found is None or found[0].size <= spoken.index:
        raise UsageError(
            "No checkpoint reaches this item yet: it was kept after the newest one was signed.",
            means="It cannot be proved before. It is in the ledger, and the next checkpoint speaks for it.",
            do="archiver ledger checkpoint, then again. (The daemon makes one each hour.)",
        )
    said, note = found
    note = with_cosignatures(place.ledger, said.size, note)
    return spoken, proofs.prove(Tiles(place.ledger, said.size).node, spoken.leaf, spoken.index, note)


def in_words(proof: Proof, said: Checkpoint) -> Iterator[str]:
    """What a proof shows, and what it does not; for whoever reads it without knowing the formats."""
    entry = proof.leaf.entry
    yield (
        f"Shown: {_named(entry)} stood in the ledger of {said.origin} when its checkpoint of {said.size:,} leaves was"
        " signed, and neither was changed since."
    )
    yield f"The leaf speaks for {_SPEAKS_FOR.get(entry['leaf'], 'what this version does not know')}."
    yield (
        "Not shown by this file alone: when that was. A time that does not rest on the archive's own clock comes from a"
        " time stamp on this checkpoint, or from somebody outside who received it (archiver ledger anchors)."
    )
    yield (
        "Not shown: that the platform or the author is genuine, beyond that the archive was connected to the named host"
        " by TLS; that nothing was missed; that what was posted is true."
    )


def _named(entry: Mapping[str, Any]) -> str:
    if entry["leaf"] == "version":
        return f"a version of the item {entry.get('item')} of {entry.get('account')}, first seen {entry.get('seen')},"
    if entry["leaf"] == "capture":
        return f"the capture {entry.get('capture')} of {entry.get('account')}, ended {entry.get('ended')},"
    return f"a leaf of the kind {entry['leaf']}"
