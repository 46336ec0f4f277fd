"""Signed notes are read to the letter, and believed only where a known key signed exactly this text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.errors import VerificationError
from archiver.storage.ledger import signed_note
from archiver.storage.ledger.signed_note import Signature, SignedNote, VerifierKey
from tests.storage.ledger.notes import ALICE, ALICES, BOB, BOBS, NAME, note_of
from tests.storage.ledger.trees import flipped

# The example of the format's first implementation (Go's sumdb/note), public key, text and signature.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()

TEXT = "archiver/7d1f\n12\nsome text\n"
NOTE = bytes(note_of(TEXT, ALICE))


def test_the_published_note_is_verified_by_the_published_key() -> None:
    """The format is the one that others write: their key and note are read, verified, and written again the same."""
    key, note = signed_note.parse_key(PUBLISHED_KEY), signed_note.parse(PUBLISHED)
    assert signed_note.signers(note, [key]) == (key,)
    assert (str(key), bytes(note)) == (PUBLISHED_KEY, PUBLISHED)


def test_a_note_is_read_as_it_was_written() -> None:
    """Text and signatures come back, also where the text has blank lines of its own."""
    note = note_of("\n\na\n\nb\n\n", ALICE, BOB)
    assert signed_note.parse(bytes(note)) == note
    assert signed_note.signers(note, [BOBS, ALICES]) == (ALICES, BOBS)


def test_only_known_keys_count_and_one_is_enough() -> None:
    """Signatures of unknown keys are passed over; without a known one the note shows nothing."""
    note = note_of(TEXT, ALICE, BOB)
    assert signed_note.signers(note, [BOBS]) == (BOBS,)
    for unknown in ([], [VerifierKey(name="else", key=ALICES.key)], [VerifierKey(name=NAME, key=ALICES.key, kind=4)]):
        with pytest.raises(VerificationError, match="signed by no key that is known"):
            signed_note.signers(note, unknown)


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    """Also where another known key signed rightly, and also where the same key signed rightly before."""
    right, wrong = note_of(TEXT, ALICE, BOB), note_of(f"{TEXT}more\n", BOB)
    for signatures in ((*right.signatures, *wrong.signatures), (right.signatures[0], *wrong.signatures)):
        with pytest.raises(VerificationError, match="does not fit the text"):
            signed_note.signers(SignedNote(text=TEXT, signatures=signatures), [ALICES, BOBS])


def test_every_changed_bit_of_a_note_is_found() -> None:
    """No bit of text, blank line, name, key id or signature can be changed unseen."""
    for bit in range(8 * len(NOTE)):
        with pytest.raises(VerificationError):
            signed_note.signers(signed_note.parse(flipped(NOTE, bit)), [ALICES])


def test_every_cut_note_is_found() -> None:
    """A note that ends early shows nothing, wherever it ends."""
    for length in range(len(NOTE)):
        with pytest.raises(VerificationError):
            signed_note.signers(signed_note.parse(NOTE[:length]), [ALICES])


_SIGNATURE = str(note_of(TEXT, ALICE).signatures[0])
_WRONG = {
    "no blank line": f"{TEXT}{_SIGNATURE}",
    "no signature": f"{TEXT}\n",
    "no final line feed": f"{TEXT}\n{_SIGNATURE[:-1]}",
    "a blank line behind": f"{TEXT}\n{_SIGNATURE}\n",
    "text behind": f"{TEXT}\n{_SIGNATURE}more\n",
    "carriage returns": f"{TEXT}\n{_SIGNATURE}".replace("\n", "\r\n"),
    "a tab": f"a\tb\n\n{_SIGNATURE}",
    "a null": f"a\0b\n\n{_SIGNATURE}",
    "a hyphen for the dash": f"{TEXT}\n{_SIGNATURE.replace('—', '-')}",
    "two blanks": f"{TEXT}\n{_SIGNATURE.replace('— ', '—  ')}",
    "no name": f"{TEXT}\n{_SIGNATURE.replace(NAME, '')}",
    "a plus in the name": f"{TEXT}\n{_SIGNATURE.replace(NAME, 'a+b')}",
    "a wide space in the name": f"{TEXT}\n{_SIGNATURE.replace(NAME, 'a　b')}",
    "no padding": f"{TEXT}\n— {NAME} AAAAAAA\n",
    "spare bits": f"{TEXT}\n— {NAME} AAAAAAB=\n",
    "a key id alone": f"{TEXT}\n— {NAME} AAAAAA==\n",
    "letters of another alphabet": f"{TEXT}\n— {NAME} AAAA_A-A\n",
    "too many signatures": f"{TEXT}\n{_SIGNATURE * (signed_note.MOST_SIGNATURES + 1)}",
    "too long": f"{'a' * signed_note.MOST_BYTES}\n\n{_SIGNATURE}",
}


@pytest.mark.parametrize("wrong", _WRONG.values(), ids=_WRONG)
def test_what_is_no_note_is_refused(wrong: str) -> None:
    """Each departure from the form is told as one, never guessed at."""
    with pytest.raises(VerificationError) as told:
        signed_note.parse(wrong.encode())
    assert len(told.value.lines()) == 3


def test_a_hundred_signatures_are_read() -> None:
    """Others may sign, too, up to a limit well above the sixteen that every reader has to take."""
    assert len(signed_note.parse(f"{TEXT}\n{_SIGNATURE * 100}".encode()).signatures) == 100


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "PeterNeumann",
        PUBLISHED_KEY.replace("c74f20a3", "c74f20a4"),
        PUBLISHED_KEY.replace("c74f20a3", "C74F20A3"),
        PUBLISHED_KEY.replace("PeterNeumann", "PeterNeuman"),
        PUBLISHED_KEY.replace("PeterNeumann", "Peter Neumann"),
        PUBLISHED_KEY[:-4],
        PUBLISHED_KEY + "\n",
        PUBLISHED_KEY.replace("+AR", "+BR"),
        f"{PUBLISHED_KEY}+{PUBLISHED_KEY}",
    ],
)
def test_what_is_no_public_key_is_refused(wrong: str) -> None:
    """A key whose id, name, length, kind or form is off is no key."""
    with pytest.raises(VerificationError):
        signed_note.parse_key(wrong)


def test_the_key_of_a_witness_is_read_but_signs_no_note() -> None:
    """A key that signs checkpoints together with a time has an id of its own, and counts for no plain signature."""
    key = VerifierKey(name="witness.example", key=ALICES.key, kind=signed_note.COSIGNATURE)
    assert signed_note.parse_key(str(key)) == key
    assert key.id != VerifierKey(name="witness.example", key=ALICES.key).id
    plain = Signature(name=key.name, key_id=key.id, value=ALICE.sign(TEXT.encode()))
    with pytest.raises(VerificationError, match="signed by no key that is known"):
        signed_note.signers(SignedNote(text=TEXT, signatures=(plain,)), [key])


def test_a_name_that_no_key_can_have_signs_nothing() -> None:
    """A name with a blank or plus in it, or none, could not be read back."""
    for name in ("", "a b", "a+b", "a\nb"):
        with pytest.raises(ValueError, match="no key can have this name"):
            signed_note.signed(TEXT, ALICE, name)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode(errors="replace")))
@example(b"\n\n\xe2\x80\x94 a AAAAAAA=\n")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """What is read is written again byte for byte; everything else is one kind of error."""
    try:
        assert bytes(signed_note.parse(data)) == data
    except VerificationError:
        pass


@given(st.text(max_size=120) | st.from_regex(r"[a-z/]{1,9}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43}=", fullmatch=True))
def test_any_text_is_a_public_key_or_refused(text: str) -> None:
    """What is read is written again the same; everything else is one kind of error."""
    try:
        assert str(signed_note.parse_key(text)) == text
    except VerificationError:
        pass
