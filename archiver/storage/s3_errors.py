"""What a bucket's refusals and silences mean, in three lines; no address, key or signature stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from archiver.errors import ArchiverError, AuthError, StoreDown, VerificationError

STAYS = "What is not in it yet stays on this machine's disk and is tried again; nothing is lost."

_REFUSED = frozenset(
    [
        "AccessDenied",
        "AllAccessDisabled",
        "ExpiredToken",
        "Forbidden",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "AccountProblem",
        "UnauthorizedAccess",
        "401",
        "403",
    ]
)
_MISSING = frozenset(["NoSuchKey", "NoSuchVersion", "NotFound", "404", "405", "MethodNotAllowed"])
_WHY = {
    "NoSuchBucket": ("the bucket is not there", "Make the bucket again, or correct its name in the configuration."),
    "RequestTimeTooSkewed": ("its clock and this host's differ", "Set the host's clock by NTP, then try again."),
    "SlowDown": ("it asks us to slow down", "It is tried again by itself, later."),
    "PermanentRedirect": ("the bucket is in another region", "Correct region and endpoint in the configuration."),
    "AuthorizationHeaderMalformed": (
        "the bucket is in another region",
        "Correct region and endpoint in the configuration.",
    ),
    "IllegalLocationConstraintException": (
        "the bucket is in another region",
        "Correct region and endpoint in the configuration.",
    ),
    "InvalidObjectState": (
        "the file was moved to a cold tier, by a lifecycle rule",
        "Restore it there (a restore request), and take that rule off the bucket.",
    ),
    "BadDigest": ("the bytes that arrived are not those that were sent", "It is tried again by itself, later."),
    "XAmzContentSHA256Mismatch": (
        "the bytes that arrived are not those that were sent",
        "It is tried again by itself, later.",
    ),
    "InvalidRequest": (
        "it refuses the request",
        "Is the bucket there, and was it made with Object Lock? archiver doctor looks.",
    ),
    "QuotaExceeded": ("its space is used up", "Give the bucket more space."),
}
_LATER = "Look at the service and the network to it; it is tried again by itself."


@contextmanager
def named_errors(place: str, name: str = "") -> Iterator[None]:
    """Turn what the client raises into errors of ours, about this place and file."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    told: ArchiverError | None = None
    try:
        yield
    except ClientError as error:
        told = _refusal(code_of(error), status_of(error), place, name)
    except (BotoCoreError, HTTPClientError, OSError) as error:
        told = StoreDown(f"{place} does not answer ({type(error).__name__}).", means=STAYS, do=_LATER)
    if told is not None:
        raise told from None  # what the client raised holds the request, and with it what signs it


def code_of(error: Any) -> str:
    """The code of a refusal."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: Any) -> int:
    """The HTTP status of a refusal."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def missing(place: str, name: str) -> VerificationError:
    """The store has no such file."""
    return VerificationError(
        f"{place} has no file {name}.",
        means="The records in it can be neither shown nor verified from this copy until it is back.",
        do="archiver repair, where another copy is kept; else restore it from a backup. Then: archiver verify",
    )


def _refusal(code: str, status: int, place: str, name: str) -> ArchiverError:
    if code in _REFUSED:
        return AuthError(
            f"{place} refuses our credential, or what was asked with it ({code}).",
            means=STAYS,
            do="Correct the credential, or give its user the rights named in docs/storage.md.",
        )
    if code in _MISSING and name:
        return missing(place, name)
    why, do = _WHY.get(code, (f"it answers with an error ({code or status})", _LATER))
    return StoreDown(f"{place} cannot be used: {why}.", means=STAYS, do=do)
