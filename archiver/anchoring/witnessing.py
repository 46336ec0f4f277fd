"""Showing a checkpoint to a witness: a host that remembers what it saw, and signs only what continues it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from archiver.anchoring import add_checkpoint, cosignature
from archiver.anchoring.failing import BAD_ANSWER, HOST, REJECTED, LedgerDiffers, Unanchored
from archiver.anchoring.posting import Posted, Poster
from archiver.config_ledger import Witness
from archiver.errors import VerificationError
from archiver.storage.ledger import checkpoints, signed_note
from archiver.storage.ledger.signed_note import VerifierKey

# (old, new) -> the steps that show the tree of `new` leaves to begin with that of `old`.
Prove = Callable[[int, int], Sequence[bytes]]


def witnessed(witness: Witness, note: bytes, known: int, prove: Prove, poster: Poster) -> bytes:
    """The lines by which a witness cosigns a checkpoint, verified with its key. `known`: the size it cosigned last.

    Raises LedgerDiffers where it remembers what this ledger does not continue, Unanchored where it gives no
    cosignature, PlatformDown where it cannot be asked.
    """
    size = checkpoints.parse_body(signed_note.parse(note).text).size
    key, old = _key(witness), min(known, size)
    for _ in range(2):  # it may know a newer size than was noted down here, and says so
        posted = _post(witness, note, old, size, prove, poster)
        if posted.status == 200:
            return _lines(witness, key, note, posted)
        said = add_checkpoint.size_said(posted.body) if posted.status == 409 else None
        if said is None or said == old or said > size:
            _refused(witness, posted, old=old, said=said, size=size)
        old = said
    raise Unanchored(f"The witness {witness.name} names another size each time it is asked.", why=BAD_ANSWER)


def _post(witness: Witness, note: bytes, old: int, size: int, prove: Prove, poster: Poster) -> Posted:
    body = add_checkpoint.written(old, prove(old, size), note)
    url = witness.url.rstrip("/") + add_checkpoint.PATH
    return poster.post(url, body, type_=add_checkpoint.TYPE, local_network=witness.local_network)


def _lines(witness: Witness, key: VerifierKey, note: bytes, posted: Posted) -> bytes:
    try:
        joined = signed_note.parse(note + posted.body)
    except VerificationError as error:
        raise Unanchored(f"The witness {witness.name} answered with no signature.", why=BAD_ANSWER) from error
    held = "".join(str(one.signature) for one in cosignature.holding(joined, [key]))
    if not held:
        raise Unanchored(
            f"The witness {witness.name} signed with another key than the configuration names.",
            why=BAD_ANSWER,
            do="Compare the key in [[ledger.witnesses]] with what the witness says on its own host.",
        )
    return held.encode()


def _refused(witness: Witness, posted: Posted, *, old: int, said: int | None, size: int) -> NoReturn:
    name = witness.name
    if posted.status == 409 and said is not None and said > size:
        raise LedgerDiffers(f"The witness {name} saw a ledger of {said} entries; this one has {size}.")
    if posted.status == 409 and old == size:
        raise LedgerDiffers(f"The witness {name} saw other contents in the ledger of {size} entries.")
    if posted.status == 422:
        raise LedgerDiffers(f"The witness {name} finds that {size} entries do not continue the {old} it saw.")
    if posted.status in (403, 404):
        raise Unanchored(
            f"The witness {name} does not know this archive's key.",
            why=REJECTED,
            do="Let its keeper add the newest line of the ledger's keys: archiver witness trust",
        )
    raise Unanchored(f"The witness {name} answered with status {posted.status}.", why=BAD_ANSWER)


def _key(witness: Witness) -> VerifierKey:
    try:
        key = signed_note.parse_key(witness.key)
    except VerificationError as error:
        raise Unanchored(f"The key of the witness {witness.name} cannot be read.", why=HOST) from error
    if key.kind != signed_note.COSIGNATURE:
        raise Unanchored(f"The key of the witness {witness.name} is not one of a witness.", why=HOST)
    return key
