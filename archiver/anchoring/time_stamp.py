"""RFC 3161 time stamps: the request, and what an answer shows, by two verifiers that share no code."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from archiver.anchoring import second_opinion
from archiver.anchoring.failing import BAD_ANSWER, HOST, REJECTED, Unanchored, plain

GRANTED = 0
_SEQUENCE = 0x30
ACCEPTED, REFUSED, UNABLE = "accepted", "refused", "unable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What an authority is asked: a SHA-256 digest and a number nobody can foresee, as DER."""

    message: bytes
    nonce: int
    der: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one verifier says: accepted, refused, or unable to read it; and why."""

    verdict: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A time stamp that holds: the time it asserts, and what each verifier said of it."""

    asserted: datetime
    library: Opinion
    openssl: Opinion


def query(message: bytes) -> Query:
    """The request for a stamp on `message`, with certificates and a nonce. Raises Unanchored if it cannot be made."""
    made = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).nonce().build()
    if made.message_imprint.message != hashlib.sha256(message).digest() or made.nonce is None:
        raise Unanchored("The request for a time stamp came out wrong.", why=HOST)
    return Query(message=message, nonce=made.nonce, der=made.as_bytes())


def certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file. Raises Unanchored where it cannot be read or holds none."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds no certificate in PEM"
        raise Unanchored(
            f"The authority's certificates cannot be read from {path}: {why}.",
            why=HOST,
            do="Put the authority's root certificate there, as it publishes it ([[ledger.authorities]] certificates).",
        ) from error


def checked(asked: Query, answer: bytes, roots: Path, *, at: datetime | None = None) -> Stamped:
    """What an authority's answer shows. Raises Unanchored unless it is a stamp on just what was asked.

    Certificates must be good at the time the stamp asserts; where the library cannot read that, at `at` (None: now).

    Where the library accepts it, openssl may not refuse it; where the library cannot even read it, openssl decides
    alone; what the library has read and refuses is refused.
    """
    anchors = certificates(roots)
    if not _is_one_value(answer):  # openssl would pass over what stands behind it
        raise _bad("The answer is no time stamp, or does not end where it says.")
    response, unreadable = _read(answer)
    if response is None:
        return _by_openssl_alone(asked, answer, roots, unreadable, at)
    if response.status != GRANTED:
        raise _rejected(response.status, response.status_string)
    library = _library(response, asked, anchors)
    if library.verdict != ACCEPTED:
        raise _bad(f"The answer does not hold: {library.why}.")
    asserted = response.tst_info.gen_time
    openssl = second_opinion.opinion(asked.der, answer, roots, at=asserted)
    if openssl.verdict == second_opinion.REFUSED:
        raise _bad(f"openssl refuses the answer, which the library accepts: {openssl.why}.")
    return Stamped(asserted=asserted, library=library, openssl=Opinion(verdict=openssl.verdict, why=openssl.why))


def _by_openssl_alone(asked: Query, answer: bytes, roots: Path, why: str, at: datetime | None) -> Stamped:
    openssl = second_opinion.opinion(asked.der, answer, roots, at=at)
    if openssl.verdict != ACCEPTED or openssl.asserted is None:
        raise _bad(f"The answer is no time stamp that can be read ({why}; openssl: {openssl.why or openssl.verdict}).")
    return Stamped(
        asserted=openssl.asserted,
        library=Opinion(verdict=UNABLE, why=why),
        openssl=Opinion(verdict=ACCEPTED),
    )


def _is_one_value(answer: bytes) -> bool:
    """Whether these bytes are one DER sequence, all of them."""
    if len(answer) < 2 or answer[0] != _SEQUENCE:
        return False
    short = answer[1] < 0x80
    digits = b"" if short else answer[2 : 2 + (answer[1] & 0x7F)]
    length = answer[1] if short else int.from_bytes(digits, "big")
    return len(answer) == 2 + len(digits) + length


def _read(answer: bytes) -> tuple[TimeStampResponse | None, str]:
    """The answer as the library reads it, all of it; else None, and why it cannot."""
    try:
        response = decode_timestamp_response(answer)
        if response.status == GRANTED:
            _read_through(response)
    except (ValueError, KeyError) as error:  # what the library raises for bytes it does not expect
        return None, plain(str(error))
    return response, ""


def _read_through(response: TimeStampResponse) -> Sequence[object]:
    """The library reads some parts only when they are asked for."""
    info, signed = response.tst_info, response.signed_data
    return (info.gen_time, info.nonce, info.message_imprint.message, signed.certificates, signed.signer_infos)


def _library(response: TimeStampResponse, asked: Query, roots: Sequence[x509.Certificate]) -> Opinion:
    try:
        VerifierBuilder(nonce=asked.nonce, roots=list(roots)).build().verify_message(response, asked.message)
    except (VerificationError, ValueError, KeyError) as error:
        return Opinion(verdict=REFUSED, why=plain(str(error)))
    if response.tst_info.message_imprint.message != hashlib.sha256(asked.message).digest():
        return Opinion(verdict=REFUSED, why="it is not over the SHA-256 of the checkpoint")
    return Opinion(verdict=ACCEPTED)


def _rejected(status: int, said: Sequence[str]) -> Unanchored:
    words = plain("; ".join(said))
    return Unanchored(
        f"The authority gave no time stamp (status {status}{': ' + words if words else ''}).",
        why=REJECTED,
    )


def _bad(what: str) -> Unanchored:
    return Unanchored(
        what,
        why=BAD_ANSWER,
        do="If it lasts: compare the certificates in the configuration with what the authority publishes.",
    )
