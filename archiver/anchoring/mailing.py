"""Sending a checkpoint to a mailbox: one message, over a vetted connection that is bounded in bytes and time."""

from __future__ import annotations

import hashlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from archiver.anchoring.failing import BAD_ANSWER, CREDENTIAL, REJECTED, Unanchored
from archiver.config_ledger import Mailbox
from archiver.errors import PlatformDown
from archiver.model import Cause, canonical_json, iso
from archiver.polling.failures import explain
from archiver.polling.guard import Guard
from archiver.references import Secret

MOST_BYTES = 256 << 10  # of what a server may say in one session
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """How mail leaves: what vets addresses, what verifies certificates, and the seconds one session may take."""

    guard: Guard
    context: ssl.SSLContext
    seconds: float


def message(mailbox: Mailbox, note: bytes, *, size: int, origin: str, told: str, at: datetime) -> EmailMessage:
    """The mail that carries a checkpoint: as text, and once more as a file that no mail program changes.

    The same checkpoint always has the same Message-ID, so that a repeated mail is known as one.
    """
    mail = EmailMessage()
    mail["From"] = mailbox.sender
    mail["To"] = mailbox.to
    mail["Subject"] = f"Checkpoint of {origin} at {size} entries: please keep"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{hashlib.sha256(note).hexdigest()[:32]}@{_domain(mailbox)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(told, cte="quoted-printable")
    mail.add_attachment(note, maintype="application", subtype="octet-stream", filename=f"checkpoint-{size}.txt")
    return mail


def sent(mailbox: Mailbox, mail: EmailMessage, secret: Secret | None, post: Post, at: datetime) -> bytes:
    """Hand a mail over; the receipt to keep (JSON). Raises Unanchored, or PlatformDown where nobody is reached."""
    with _failures_named(mailbox), _session(mailbox, post) as smtp:
        if mailbox.security == "starttls":
            smtp.starttls(context=post.context)
        if secret is not None:
            smtp.login(mailbox.user, secret.reveal())
        smtp.send_message(mail, from_addr=mailbox.sender, to_addrs=[mailbox.to])
    receipt = {
        "accepted": iso(at),
        "message_id": mail["Message-ID"],
        "message_sha256": hashlib.sha256(bytes(mail)).hexdigest(),
        "server": mailbox.server,
        "to": mailbox.to,
    }
    return canonical_json(receipt) + b"\n"


@contextmanager
def _session(mailbox: Mailbox, post: Post) -> Iterator[_BoundedSmtp]:
    """A connection, cut off at the end of its time whatever the server does."""
    host, _, port = mailbox.server.partition(":")
    smtp = _BoundedSmtp(post, tls=mailbox.security == "tls", name=_domain(mailbox))
    try:
        smtp.open(host, int(port) if port else _PORTS[mailbox.security])
        yield smtp
    finally:
        smtp.close()


class _BoundedReader:
    """The lines of a server, up to a number of bytes in all."""

    def __init__(self, file: Any, budget: list[int]) -> None:
        self._file = file
        self._budget = budget

    def readline(self, most: int) -> bytes:
        line: bytes = self._file.readline(most)
        self._budget[0] -= len(line)
        if self._budget[0] < 0 or (line and len(line) < most and not line.endswith(b"\n")):
            raise OSError("the server says too much, or broke off within a line")
        return line

    def close(self) -> None:
        self._file.close()


class _BoundedSmtp(smtplib.SMTP):
    """smtplib's client over vetted addresses, with a limit on what is read and on how long it takes."""

    def __init__(self, post: Post, *, tls: bool, name: str) -> None:
        super().__init__(local_hostname=name, timeout=post.seconds)
        self._post = post
        self._tls = tls
        self._budget = [MOST_BYTES]
        self._spare: socket.socket | None = None  # the same connection, for the timer: TLS takes the first one over
        self._timer = threading.Timer(post.seconds, self._cut_off)
        self._timer.daemon = True

    def open(self, host: str, port: int) -> None:
        """Connect and read the greeting."""
        self._host = host  # smtplib verifies the certificate of this name
        self._timer.start()
        code, _ = self.connect(host, port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, "")

    def getreply(self) -> tuple[int, bytes]:
        """One reply of the server."""
        if self.file is None and self.sock is not None:
            self.file = _BoundedReader(self.sock.makefile("rb"), self._budget)
        return super().getreply()

    def close(self) -> None:
        """Let go of the connection."""
        self._timer.cancel()
        super().close()
        if self._spare is not None:
            self._spare.close()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        failure: OSError = ConnectionRefusedError()
        for address in self._post.guard.addresses(host, port):
            try:
                plain = socket.create_connection((address, port), timeout)
            except OSError as refused:
                failure = refused
                continue
            self._spare = plain.dup()
            return self._post.context.wrap_socket(plain, server_hostname=host) if self._tls else plain
        raise failure

    def _cut_off(self) -> None:
        try:
            if self._spare is not None:
                self._spare.shutdown(socket.SHUT_RDWR)
        except OSError:  # it has ended meanwhile
            pass


@contextmanager
def _failures_named(mailbox: Mailbox) -> Iterator[None]:
    """Turn what goes wrong into our words; a server's own words may hold what it was told, and are not repeated."""
    host = mailbox.server
    try:
        yield
    except PlatformDown:
        raise
    except smtplib.SMTPAuthenticationError as error:
        raise _refused(f"{host} refuses the user or password (code {error.smtp_code}).", CREDENTIAL) from None
    except UnicodeError:
        raise _refused(f"The password for {host} holds letters that cannot be sent.", CREDENTIAL) from None
    except smtplib.SMTPNotSupportedError:
        raise _refused(f"{host} does not offer what is asked for (STARTTLS or a login).", Cause.TLS) from None
    except smtplib.SMTPRecipientsRefused:
        raise _refused(f"{host} takes no mail for this address.", REJECTED) from None
    except smtplib.SMTPResponseException as error:
        raise _refused(f"{host} did not take the mail (code {error.smtp_code}).", REJECTED) from None
    except smtplib.SMTPServerDisconnected:
        raise _refused(f"{host} broke off, said too much or took too long.", Cause.CUT) from None
    except smtplib.SMTPException:
        raise _refused(f"{host} answered with something that is no mail server's.", BAD_ANSWER) from None
    except OSError as error:
        raise explain(error, host=host, received=0) from None


def _refused(what: str, why: str) -> Unanchored:
    return Unanchored(what, why=why)


def _domain(mailbox: Mailbox) -> str:
    return mailbox.sender.partition("@")[2]
