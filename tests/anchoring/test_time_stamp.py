"""A time stamp holds only if it is on just what was asked, by the authority that was asked."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from archiver.anchoring import second_opinion, time_stamp
from archiver.anchoring.failing import Unanchored
from archiver.anchoring.time_stamp import Opinion, Query, query
from tests.anchoring.authority import TestAuthority

MESSAGE = b"archiver/7d1f\n12\nroot\n"
FLIPS = 400  # of the 11,000 bits of an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """A question and its right answer."""

    asked: Query
    answer: bytes


@pytest.fixture(scope="module")
def good(tsa: TestAuthority) -> Good:
    """A stamp that holds."""
    asked = query(MESSAGE)
    return Good(asked=asked, answer=tsa.answer(asked.der))


def refusal(asked: Query, answer: bytes, tsa: TestAuthority) -> str:
    """What is told of an answer that does not hold."""
    with pytest.raises(Unanchored) as told:
        time_stamp.checked(asked, answer, tsa.root)
    return f"{told.value.why}: {told.value.what}"


def test_a_request_asks_for_a_stamp_with_a_nonce_of_its_own() -> None:
    """SHA-256, the certificates, and a number that no other request has."""
    first, second = query(MESSAGE), query(MESSAGE)

    assert hashlib.sha256(MESSAGE).digest() in first.der
    assert first.nonce != second.nonce
    assert first.nonce.to_bytes(8, "big") in first.der


def test_a_stamp_holds_by_both_verifiers(good: Good, tsa: TestAuthority) -> None:
    """Both accept it, and it asserts the present time."""
    held = time_stamp.checked(good.asked, good.answer, tsa.root)

    assert (held.library, held.openssl) == (Opinion(verdict="accepted"), Opinion(verdict="accepted"))
    assert abs(datetime.now(UTC) - held.asserted) < timedelta(minutes=10)


def test_a_stamp_that_the_library_cannot_read_is_judged_by_openssl_alone(tsa: TestAuthority) -> None:
    """An authority that sends its chain unsorted is such a case; who decided is written down."""
    asked = query(MESSAGE)
    held = time_stamp.checked(asked, tsa.answer(asked.der, chain="chain.pem"), tsa.root)

    assert (held.library.verdict, held.openssl) == ("unable", Opinion(verdict="accepted"))
    assert "InvalidSetOrdering" in held.library.why
    assert abs(datetime.now(UTC) - held.asserted) < timedelta(minutes=10)


def test_without_openssl_the_library_decides_and_that_is_said(
    good: Good, tsa: TestAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stamp it accepts holds; one that it cannot read does not."""
    asked = query(MESSAGE)
    unread = tsa.answer(asked.der, chain="chain.pem")
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert time_stamp.checked(good.asked, good.answer, tsa.root).openssl.verdict == second_opinion.ABSENT
    assert "openssl is not installed" in refusal(asked, unread, tsa)


def test_what_openssl_refuses_does_not_hold_whatever_the_library_says(
    good: Good, tsa: TestAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two verifiers that disagree show nothing."""
    no = second_opinion.Verdict(verdict=second_opinion.REFUSED, why="for a test")
    monkeypatch.setattr(second_opinion, "opinion", lambda *_, **__: no)

    told = "bad answer: openssl refuses the answer, which the library accepts: for a test."
    assert refusal(good.asked, good.answer, tsa) == told


WRONG: dict[str, Callable[[TestAuthority, TestAuthority, Query], bytes]] = {
    "other message": lambda tsa, _, __: tsa.answer(query(b"other").der),
    "other message, unsorted chain": lambda tsa, _, __: tsa.answer(query(b"other").der, chain="chain.pem"),
    "other nonce": lambda tsa, _, asked: tsa.answer(query(asked.message).der),
    "other nonce, unsorted chain": lambda tsa, _, asked: tsa.answer(query(asked.message).der, chain="chain.pem"),
    "another authority": lambda _, other, asked: other.answer(asked.der),
    "another authority, unsorted chain": lambda _, other, asked: other.answer(asked.der, chain="chain.pem"),
    "expired certificate": lambda tsa, _, asked: tsa.answer(asked.der, signer="expired.pem"),
    "certificate of the future": lambda tsa, _, asked: tsa.answer(asked.der, signer="future.pem"),
    "certificate for servers": lambda tsa, _, asked: for_servers(tsa, asked),
    "the authority's answer with another's certificate": lambda tsa, other, asked: swapped(tsa, other, asked),
    "rejection": lambda tsa, _, asked: tsa.answer(without_sha256(asked)),
    "granted without a token": lambda *_: bytes.fromhex("30053003020100"),
    "granted with changes": lambda tsa, _, asked: with_status(tsa.answer(asked.der), 1),
    "waiting": lambda tsa, _, asked: with_status(tsa.answer(asked.der), 3),
    "revocation is near": lambda tsa, _, asked: with_status(tsa.answer(asked.der), 4),
    "unknown status": lambda tsa, _, asked: with_status(tsa.answer(asked.der), 77),
    "nothing": lambda *_: b"",
    "a page": lambda *_: b"<html>Please log in</html>",
    "zeros": lambda *_: bytes(4096),
    "an endless sequence": lambda *_: b"\x30\x80" * 4096,
    "a length beyond the end": lambda *_: b"\x30\x84\xff\xff\xff\xff",
    "the question itself": lambda _, __, asked: asked.der,
    "twice the answer": lambda tsa, _, asked: tsa.answer(asked.der) * 2,
    "bytes behind it": lambda tsa, _, asked: tsa.answer(asked.der) + b"\x00",
}


def for_servers(tsa: TestAuthority, asked: Query) -> bytes:
    """A good answer whose certificate is replaced by one of the same key and number that is for servers only."""
    good = x509.load_pem_x509_certificate((tsa.directory / "tsa.pem").read_bytes())
    bad = tsa.certificate(
        usage=ExtendedKeyUsageOID.SERVER_AUTH, start=good.not_valid_before_utc, end=good.not_valid_after_utc
    )
    was, becomes = good.public_bytes(Encoding.DER), bad.public_bytes(Encoding.DER)
    answer = tsa.answer(asked.der)
    assert len(was) == len(becomes) and answer.count(was) == 1
    return answer.replace(was, becomes)


def swapped(tsa: TestAuthority, other: TestAuthority, asked: Query) -> bytes:
    """A stamp of another authority that carries the certificate of the one that was asked."""
    ours, theirs = (
        x509.load_pem_x509_certificate((one.directory / "tsa.pem").read_bytes()).public_bytes(Encoding.DER)
        for one in (tsa, other)
    )
    answer = other.answer(asked.der)
    assert len(ours) == len(theirs) and theirs in answer
    return answer.replace(theirs, ours)


def without_sha256(asked: Query) -> bytes:
    """The question with an algorithm that the authority does not take (SHA-224)."""
    return asked.der.replace(bytes.fromhex("0609608648016503040201"), bytes.fromhex("0609608648016503040204"))


def with_status(answer: bytes, status: int) -> bytes:
    """The answer with another status."""
    at = answer.index(bytes.fromhex("3003020100"))
    return answer[: at + 4] + bytes([status]) + answer[at + 5 :]


@pytest.mark.parametrize("how", WRONG)
def test_a_bad_answer_does_not_hold(how: str, tsa: TestAuthority, other_tsa: TestAuthority) -> None:
    """Whatever is wrong with it, it is refused, and for a reason that is told."""
    asked = query(MESSAGE)

    assert refusal(asked, WRONG[how](tsa, other_tsa, asked), tsa).startswith(("bad answer: ", "rejected: "))


@pytest.mark.parametrize("how", WRONG)
def test_a_bad_answer_does_not_hold_by_the_library_alone(
    how: str, tsa: TestAuthority, other_tsa: TestAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where openssl is not installed, each of them is refused all the same."""
    asked = query(MESSAGE)
    answer = WRONG[how](tsa, other_tsa, asked)
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert refusal(asked, answer, tsa).startswith(("bad answer: ", "rejected: "))


@pytest.mark.parametrize("eighth", range(16))
def test_an_answer_that_is_cut_off_does_not_hold(eighth: int, good: Good, tsa: TestAuthority) -> None:
    """Wherever it ends."""
    assert refusal(good.asked, good.answer[: len(good.answer) * eighth // 16], tsa).startswith("bad answer: ")


def test_a_rejection_is_told_as_one_with_its_status(tsa: TestAuthority) -> None:
    """HTTP may well say 200."""
    asked = query(MESSAGE)

    assert refusal(asked, tsa.answer(without_sha256(asked)), tsa).startswith(
        "rejected: The authority gave no time stamp (status 2"
    )


def test_no_changed_bit_leads_to_another_time_or_another_message(good: Good, tsa: TestAuthority) -> None:
    """A changed answer is refused; where a bit that no signature covers was changed, it still says the same.

    That such bits exist is why the digest of the answer is kept with it.
    """
    true = time_stamp.checked(good.asked, good.answer, tsa.root)
    chosen = random.Random(3161).sample(range(8 * len(good.answer)), FLIPS)
    accepted = []
    for bit in chosen:
        changed = bytearray(good.answer)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            accepted.append(time_stamp.checked(good.asked, bytes(changed), tsa.root))
        except Unanchored:
            continue

    assert [held.asserted for held in accepted] == [true.asserted] * len(accepted)
    assert len(accepted) <= FLIPS // 50


def test_every_bit_of_what_is_signed_counts(good: Good, tsa: TestAuthority) -> None:
    """Each bit of the digest, the nonce and the time in the token is covered by the signature."""
    nonce = good.asked.nonce
    asserted = time_stamp.checked(good.asked, good.answer, tsa.root).asserted
    parts = (
        hashlib.sha256(MESSAGE).digest(),
        nonce.to_bytes((nonce.bit_length() + 7) // 8, "big"),
        f"{asserted:%Y%m%d%H%M%SZ}".encode(),
    )
    for part in parts:
        at = good.answer.index(part)
        for bit in range(32):
            changed = bytearray(good.answer)
            changed[at + bit // 8] ^= 1 << bit % 8
            assert refusal(good.asked, bytes(changed), tsa).startswith("bad answer: ")


def test_certificates_that_cannot_be_read_are_told_as_a_matter_of_this_host(good: Good, tsa: TestAuthority) -> None:
    """A missing file, and one without a certificate."""
    empty = tsa.directory / "empty.pem"
    empty.write_text("nothing\n")
    for path in (tsa.directory / "missing.pem", empty):
        with pytest.raises(Unanchored) as told:
            time_stamp.checked(good.asked, good.answer, path)
        assert told.value.why == "this host"


def test_a_stamp_on_another_digest_of_the_same_message_does_not_hold(tsa: TestAuthority, good: Good) -> None:
    """What was asked is SHA-256; an answer over anything else is not an answer to it."""
    longer = good.asked.der.replace(
        bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(MESSAGE).digest(),
        bytes.fromhex("3051300d060960864801650304020305000440") + hashlib.sha512(MESSAGE).digest(),
    )
    longer = bytes([0x30, len(longer) - 2]) + longer[2:]

    assert refusal(good.asked, tsa.answer(longer), tsa).startswith("bad answer: ")


def test_an_answer_to_another_message_does_not_hold_even_if_the_question_is_forgotten(
    good: Good, tsa: TestAuthority
) -> None:
    """The message itself decides, not the request that was sent."""
    assert refusal(replace(good.asked, message=b"other"), good.answer, tsa).startswith("bad answer: ")
