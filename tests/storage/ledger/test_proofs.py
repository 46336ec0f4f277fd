"""A proof can be checked with the text of it and a public key alone, and shows nothing once anything is changed."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import VerificationError
from archiver.model import canonical_json
from archiver.storage.ledger import checkpoints, merkle, proof_text, proofs
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.leaves import Leaf
from archiver.storage.ledger.proof_text import Proof
from tests.storage.ledger.notes import ALICE, ALICES, BOBS, NAME, note_of
from tests.storage.ledger.trees import flipped, reader_of

LEAVES = [
    Leaf(salt=bytes([number]) * 16, entry={"leaf": "version", "item": "Grüße", "number": number}) for number in range(9)
]
DATA = [leaf.data for leaf in LEAVES]


def proof_of(index: int, size: int) -> Proof:
    """The proof of one leaf in the tree of the first `size`, signed by Alice."""
    said = Checkpoint(origin=NAME, size=size, root=merkle.root(reader_of(DATA), size))
    return proofs.prove(reader_of(DATA), LEAVES[index], index, note_of(str(said), ALICE))


@pytest.mark.parametrize("size", range(1, len(LEAVES) + 1))
def test_every_leaf_of_every_small_tree_has_a_proof_that_is_read_back_and_holds(size: int) -> None:
    """The proof is the same after writing and reading, and leads to the checkpoint."""
    for index in range(size):
        proof = proof_of(index, size)
        assert proof_text.parse(bytes(proof)) == proof
        assert proofs.verified(proof, [ALICES]).size == size


def test_a_proof_is_the_text_that_the_format_asks_for() -> None:
    """First line, extra, index, one hash a line, a blank line, the checkpoint as it was signed."""
    proof = proof_of(2, 3)
    extra = canonical_json({"salt": "02" * 16, "entry": {"leaf": "version", "item": "Grüße", "number": 2}})
    assert bytes(proof).decode().split("\n") == [
        "c2sp.org/tlog-proof@v1",
        f"extra {base64.b64encode(extra).decode()}",
        "index 2",
        base64.b64encode(merkle.root(reader_of(DATA), 2)).decode(),
        "",
        *bytes(proof.checkpoint).decode().split("\n"),
    ]


def test_every_changed_bit_of_a_proof_is_found() -> None:
    """No bit of a proof can be changed unseen: not of its salt, entry, index, steps or checkpoint."""
    data = bytes(proof_of(5, 9))
    for bit in range(8 * len(data)):
        with pytest.raises(VerificationError):
            proofs.verified(proof_text.parse(flipped(data, bit)), [ALICES])


def test_every_cut_proof_is_found() -> None:
    """A proof that ends early shows nothing, wherever it ends."""
    data = bytes(proof_of(5, 9))
    for length in range(len(data)):
        with pytest.raises(VerificationError):
            proofs.verified(proof_text.parse(data[:length]), [ALICES])


def test_a_proof_signed_by_an_unknown_key_shows_nothing() -> None:
    """Whoever checks has the public key from elsewhere."""
    with pytest.raises(VerificationError, match="signed by no key that is known"):
        proofs.verified(proof_of(0, 1), [BOBS])


def test_no_proof_is_made_of_what_the_tiles_do_not_lead_to() -> None:
    """A leaf whose row was changed, or that stands elsewhere, gets no proof; one behind the checkpoint neither."""
    said = Checkpoint(origin=NAME, size=8, root=merkle.root(reader_of(DATA), 8))
    note = note_of(str(said), ALICE)
    for leaf, index in ((LEAVES[3], 4), (Leaf(salt=LEAVES[3].salt, entry={"leaf": "act"}), 3)):
        with pytest.raises(VerificationError, match=f"Leaf {index + 1} of the ledger is not what the catalogue says"):
            proofs.prove(reader_of(DATA), leaf, index, note)
    with pytest.raises(ValueError, match="is not in a tree"):
        proofs.prove(reader_of(DATA), LEAVES[8], 8, note)


def _with_extra(extra: str) -> bytes:
    lines = bytes(proof_of(2, 3)).decode().split("\n")
    return "\n".join([lines[0], extra, *lines[2:]]).encode()


def _extra(said: bytes) -> str:
    return f"extra {base64.b64encode(said).decode()}"


@pytest.mark.parametrize(
    "extra",
    [
        "index 2",
        "extra ",
        "extra e30",
        "extra !",
        _extra(b"{}"),
        _extra(b"null"),
        _extra(b'{"entry":{"leaf":"act"},"salt":"00"}'),
        _extra(b'{"entry":{"leaf":"act"},"salt":0}'),
        _extra(b'{"entry":[],"salt":"%s"}' % (b"00" * 16)),
        _extra(b'{"entry":{},"salt":"%s"}' % (b"00" * 16)),
        _extra(b'{"entry":{"leaf":"act"},"more":1,"salt":"%s"}' % (b"00" * 16)),
        _extra(b'{"entry":{"leaf":"act"}, "salt":"%s"}' % (b"00" * 16)),
        _extra(b'{"entry":{"leaf":"act","leaf":"act"},"salt":"%s"}' % (b"00" * 16)),
        _extra(b'{"entry":{"leaf":"act","n":1e999},"salt":"%s"}' % (b"00" * 16)),
        _extra(b'{"entry":{"leaf":"\\ud800"},"salt":"%s"}' % (b"00" * 16)),
        _extra(b'{"entry":' + b"[" * 100_000),
        _extra(b'{"entry":{"leaf":"act","n":%s}}' % (b"9" * 5000)),
        _extra(b"\xff"),
    ],
)
def test_what_a_leaf_speaks_for_is_read_to_the_letter(extra: str) -> None:
    """A salt and an entry in the one form they are written in, or nothing."""
    with pytest.raises(VerificationError):
        proof_text.parse(_with_extra(extra))


@pytest.mark.parametrize("index", ["index 02", "index -1", "index", "index 2 ", "index ٣", f"index {10**18}"])
def test_an_index_has_one_way_to_be_written(index: str) -> None:
    """Decimal, without sign, blanks or leading zeros."""
    lines = bytes(proof_of(2, 3)).decode().split("\n")
    with pytest.raises(VerificationError):
        proof_text.parse("\n".join([*lines[:2], index, *lines[3:]]).encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        f"a\n01\n{'A' * 43}=\n",
        f"a\n+1\n{'A' * 43}=\n",
        f"\n1\n{'A' * 43}=\n",
        f"a\n1\n{'A' * 42}==\n",
        f"a\n1\n{'A' * 42}B=\n",
        f"a\n1\n{'A' * 43}=\nmore\n",
        f"a\n1\n{'A' * 43}=\nmore",
        f"a\n1\n{'A' * 43}=\n\n",
        f"a\n1\n{'A' * 43}=",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    """Three lines: origin, size in decimal, root in base64; no more and no fewer."""
    with pytest.raises(VerificationError):
        checkpoints.parse_body(text)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    """Its own key may have signed it: it says nothing of this log."""
    note = bytes(note_of(str(Checkpoint(origin=NAME, size=0, root=merkle.EMPTY_ROOT)), ALICE))
    assert checkpoints.opened(note, [ALICES], origin=NAME)[0].size == 0
    with pytest.raises(VerificationError, match="of another log"):
        checkpoints.opened(note, [ALICES], origin="archiver/other")


@given(st.binary(max_size=400), st.integers(0, 600), st.integers(0, 600))
def test_any_bytes_are_a_proof_or_refused(data: bytes, start: int, stop: int) -> None:
    """With anything put into the middle of a proof, what is read is written again the same, or it is refused."""
    whole = bytes(proof_of(5, 9))
    bent = whole[:start] + data + whole[stop:]
    try:
        assert bytes(proof_text.parse(bent)) == bent
    except VerificationError:
        pass
