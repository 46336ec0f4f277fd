"""The proof that goes into a bundle: the leaves of what it holds, the way from them to a signed root, its stamps."""

from __future__ import annotations

import base64
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files as resources
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archiver.anchoring.cosignature import Cosigned, holding
from archiver.errors import VerificationError
from archiver.model import canonical_json
from archiver.storage import responsive_leaves
from archiver.storage.anchor_files import with_cosignatures
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.ledger import checkpoints, custody, keys, signed_note
from archiver.storage.ledger.keys import KeyPlace, SigningKey
from archiver.storage.ledger.merkle import leaf_hash
from archiver.storage.ledger.multiproof import needed_nodes
from archiver.storage.ledger.signed_note import SignedNote, VerifierKey
from archiver.storage.ledger.tiles import Tiles
from exports.proof import PROGRAM, Proof, Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Prover:
    """What proofs are made with.

    `authorities`: the certificates (PEM) that each authority's stamps are verified by; `witnesses`: the keys by which
    cosignatures are.
    """

    place: KeyPlace
    authorities: Mapping[str, Path] = field(default_factory=dict)
    witnesses: Sequence[VerifierKey] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of what was gathered is to be proved, as `responsive` takes it."""

    until: datetime | None
    every_record: bool


def proof(archive: Archive, db: Connection, prover: Prover, wanted: Wanted) -> Proof | None:
    """The proof of what was gathered, against the first checkpoint that has all of it.

    With a stamp, where one has, and the cosignature of a witness, where one has.

    None where no checkpoint reaches as far yet. To be called within the snapshot in which it was gathered.
    """
    ledger = prover.place.ledger
    reach = max(1, responsive_leaves.reach(db, wanted.until, every_one=wanted.every_record))
    sizes = [size for size in checkpoints.sizes(ledger) if size >= reach]
    if not sizes:
        return None
    stamps = {size: _stamps(prover, size) for size in sizes}
    fitting = [size for size in sizes if stamps[size]] or sizes
    size = next((one for one in fitting if _cosigned(prover, one)), fitting[0])
    cosigned = _cosigned(prover, size)
    key = custody.current(archive, prover.place)
    found, data = array("q"), checkpoints.read(ledger, size) or b""
    checkpoints.opened(data, keys.known_keys(ledger), origin=prover.place.name)
    tiles = Tiles(ledger, sizes[-1])
    return Proof(
        origin=prover.place.name,
        checkpoint=data,
        keys="".join(f"{one}\n" for one in keys.known_keys(ledger)).encode(),
        pem=_pem(key.public),
        leaves=_leaves(db, wanted, tiles, found),
        nodes=_nodes(tiles, found, size),
        program=(resources("archiver.verifier") / PROGRAM).read_bytes(),
        sign=_signer(key),
        stamps=stamps[size],
        cosignatures="".join(str(one.signature) for one in cosigned).encode(),
        witnesses="".join(f"{one.key}\n" for one in cosigned).encode(),
    )


def _leaves(db: Connection, wanted: Wanted, tiles: Tiles, found: array[int]) -> Iterator[bytes]:
    """The lines of the leaves; `found` is filled with their indexes on the way."""
    for index, leaf in responsive_leaves.leaves(db, wanted.until, every_one=wanted.every_record):
        if leaf_hash(leaf.data) != tiles.node(0, index):
            raise VerificationError(
                f"A record of {leaf.entry['account']} is not what was entered into the ledger (leaf {index + 1}).",
                means="It was changed since it was kept, or the ledger was. The bundle was not finished.",
                do="Find out what: archiver verify. Without proofs: archiver requests bundle --without-proofs",
            )
        found.append(index)
        yield canonical_json({"index": index, "salt": leaf.salt.hex(), "entry": leaf.entry}) + b"\n"


def _nodes(tiles: Tiles, found: array[int], size: int) -> Iterator[bytes]:
    """The lines of the nodes that are needed beside the leaves, which must have been gone through before."""
    for level, index in needed_nodes(found, size):
        yield f"{level} {index} {base64.b64encode(tiles.node(level, index)).decode()}\n".encode()


def _stamps(prover: Prover, size: int) -> dict[str, Stamp]:
    folder = prover.place.ledger / "stamps" / f"{size:0{checkpoints.DIGITS}}"
    return {
        name: Stamp(answer=path.read_bytes(), certificates=certificates.read_bytes())
        for name, certificates in prover.authorities.items()
        if (path := folder / f"{name}.tsr").is_file() and certificates.is_file()
    }


def _cosigned(prover: Prover, size: int) -> tuple[Cosigned, ...]:
    """The cosignatures of witnesses on one checkpoint that hold; none where they cannot be read."""
    ledger = prover.place.ledger
    if not prover.witnesses:
        return ()
    try:
        note = signed_note.parse(checkpoints.read(ledger, size) or b"")
        return tuple(holding(with_cosignatures(ledger, size, note), prover.witnesses))
    except VerificationError:  # of the checkpoint itself: said when it is opened
        return ()


def _signer(key: SigningKey) -> Callable[[str], bytes]:
    return lambda text: bytes(SignedNote(text=text, signatures=(key.sign(text),)))


def _pem(key: VerifierKey) -> bytes:
    public = Ed25519PublicKey.from_public_bytes(key.key)
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
