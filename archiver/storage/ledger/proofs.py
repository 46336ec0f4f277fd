"""Proofs that something is in the ledger: made from the tiles, and verified with nothing but public keys."""

from __future__ import annotations

from collections.abc import Iterable

from archiver.errors import VerificationError
from archiver.storage.ledger import checkpoints, merkle, signed_note
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.leaves import Leaf
from archiver.storage.ledger.merkle import Reader
from archiver.storage.ledger.proof_text import Proof
from archiver.storage.ledger.signed_note import SignedNote, VerifierKey


def prove(read: Reader, leaf: Leaf, index: int, checkpoint: SignedNote) -> Proof:
    """The proof that `leaf` stands at `index` of a checkpoint's tree. ValueError where the tree ends before it.

    Raises VerificationError where what the tiles lead to is not the checkpoint's root.
    """
    said = checkpoints.parse_body(checkpoint.text)
    steps = merkle.inclusion_proof(read, index, said.size)
    if not merkle.verify_inclusion(merkle.leaf_hash(leaf.data), index, said.size, steps, said.root):
        raise VerificationError(
            f"Leaf {index + 1} of the ledger is not what the catalogue says of it.",
            means="It cannot be proved from this copy: the catalogue or the ledger was changed after it was signed.",
            do="Find what was changed: archiver ledger verify. Restore it from a backup.",
        )
    return Proof(leaf=leaf, index=index, steps=steps, checkpoint=checkpoint)


def verified(proof: Proof, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint in which the proof shows its leaf to stand. Raises VerificationError where it shows nothing."""
    signed_note.signers(proof.checkpoint, keys)
    said = checkpoints.parse_body(proof.checkpoint.text)
    leaf = merkle.leaf_hash(proof.leaf.data)
    if not merkle.verify_inclusion(leaf, proof.index, said.size, proof.steps, said.root):
        raise VerificationError(
            "This proof does not lead from its leaf to its checkpoint.",
            means="It does not show that the leaf was in the ledger: the proof or what it is for was changed.",
            do="Take an unchanged copy of the proof, or make it anew: archiver proof",
        )
    return said
