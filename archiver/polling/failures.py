"""What went wrong on the network, told without addresses, queries or secrets."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator

from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, ReadTimeoutError

from archiver.errors import DiskError, PlatformDown
from archiver.model import Cause
from archiver.storage.files import TOO_MANY_FILES

_AGAIN = "The archiver tries again by itself; if it lasts, check the account's address and this host's network."
_CERTIFICATE_DATES = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED

_KINDS: tuple[tuple[type[BaseException], Cause, str], ...] = (
    (NameResolutionError, Cause.NETWORK, "The name {host} cannot be resolved."),
    (ConnectionRefusedError, Cause.NETWORK, "{host} refused the connection."),
    (NewConnectionError, Cause.NETWORK, "{host} cannot be reached."),
    (ConnectTimeoutError, Cause.TIMEOUT, "{host} did not take the connection in time."),
    (ReadTimeoutError, Cause.TIMEOUT, "{host} did not go on with the exchange in time."),
    (TimeoutError, Cause.TIMEOUT, "{host} did not go on with the exchange in time."),
)


def explain(failure: BaseException, *, host: str, received: int) -> PlatformDown:
    """The failure of a connection to `host` in our words, after `received` bytes of a reply.

    Libraries put whole URLs into their messages, so none of their text is used but OpenSSL's reason.
    """
    linked = list(_linked(failure))
    for error in linked:
        if isinstance(error, ssl.SSLCertVerificationError):
            return _certificate(error, host)
    for kind, cause, said in _KINDS:
        if any(isinstance(error, kind) for error in linked):
            return PlatformDown(said.format(host=host), cause=cause, do=_AGAIN)
    if received:
        return PlatformDown(f"{host} broke off its reply after {received} bytes.", cause=Cause.CUT, do=_AGAIN)
    for error in linked:
        if isinstance(error, ssl.SSLError):
            return _handshake(error, host)
    return PlatformDown(f"{host} closed the connection without a reply.", cause=Cause.NETWORK, do=_AGAIN)


def out_of_files(failure: BaseException) -> DiskError | None:
    """The failure as one of this host, where it had no more files to open; None where it was the network's."""
    short = (errno.EMFILE, errno.ENFILE)
    if not any(isinstance(error, OSError) and error.errno in short for error in _linked(failure)):
        return None
    return DiskError(
        "No connection can be made: too many files are open.",
        means="What was asked is asked again at the next poll; nothing is lost.",
        do=TOO_MANY_FILES,
    )


def _linked(failure: BaseException) -> Iterator[BaseException]:
    """The failure and every other that it was made from, by any of the ways libraries link them."""
    waiting: list[object] = [failure]
    seen: set[int] = set()
    while waiting:
        error = waiting.pop(0)
        if not isinstance(error, BaseException) or id(error) in seen:
            continue
        seen.add(id(error))
        yield error
        waiting += [*error.args, getattr(error, "reason", None), error.__cause__, error.__context__]


def _certificate(error: ssl.SSLCertVerificationError, host: str) -> PlatformDown:
    do = "Do not work around it. Tell the platform, or whoever runs the network between here and there."
    if error.verify_code in _CERTIFICATE_DATES:
        do = "Check this host's clock first; if it is right, tell the platform that its certificate is out of date."
    return PlatformDown(
        f"The certificate of {host} was refused: {error.verify_message.rstrip('.')}.", cause=Cause.TLS, do=do
    )


def _handshake(error: ssl.SSLError, host: str) -> PlatformDown:
    reason = (error.reason or "no reason given").lower().replace("_", " ")
    return PlatformDown(
        f"No secure connection to {host} could be made: {reason}.",
        cause=Cause.TLS,
        do="The server must speak TLS 1.2 or later with a certificate that can be verified; there is no way around it.",
    )
