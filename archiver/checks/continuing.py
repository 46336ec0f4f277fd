"""Whether one checkpoint of a ledger continues another, found out from the ledger's tiles."""

from __future__ import annotations

from archiver.errors import UsageError, VerificationError
from archiver.storage.ledger import checkpoints, merkle
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.keys import KeyPlace
from archiver.storage.ledger.tiles import Tiles


def continued(place: KeyPlace, old: Checkpoint, new: Checkpoint) -> tuple[bytes, ...]:
    """The proof that `new` continues `old` (RFC 6962, 2.1.2). Raises VerificationError where it does not.

    UsageError where they are in the wrong order, or the ledger here has not grown as far.
    """
    reach = max(checkpoints.sizes(place.ledger), default=0)
    if new.size == reach < old.size:
        raise VerificationError(
            f"This ledger has {reach} signed leaves here; a checkpoint of it that was kept elsewhere has {old.size}.",
            means="What it held then was taken out since, or an older copy was put in its place.",
            do="Restore the newest backup. Without one, see what the witnesses and the WARC files still have.",
        )
    if not old.size <= new.size <= reach:
        raise UsageError(
            f"From {old.size} to {new.size} leaves nothing can be shown: the ledger here has {reach} signed ones."
            if old.size <= new.size
            else f"The checkpoint of {new.size} leaves is older than that of {old.size}.",
            means="Nothing was compared.",
            do="Name the older checkpoint first, and none that is newer than this copy of the ledger.",
        )
    steps = merkle.consistency_proof(Tiles(place.ledger, reach).node, old.size, new.size)
    if not merkle.verify_consistency(old.size, new.size, old.root, new.root, steps):
        raise VerificationError(
            f"The checkpoint of {new.size} leaves does not continue that of {old.size}.",
            means="What was in the ledger then was changed or taken out since, or the ledger here was damaged.",
            do="Keep both checkpoints: they are the evidence. Find out what was changed: archiver ledger verify",
        )
    return steps
