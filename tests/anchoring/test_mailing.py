"""A checkpoint reaches a mailbox unchanged, and no mail server can hold us up or learn a secret without TLS."""

from __future__ import annotations

import email
import email.policy
import io
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from archiver.anchoring import mailing
from archiver.anchoring.failing import Unanchored
from archiver.anchoring.mailing import MOST_BYTES, Post
from archiver.config_ledger import Mailbox
from archiver.errors import PlatformDown
from archiver.polling.guard import Guard
from archiver.polling.wire import tls_context
from archiver.references import Secret
from tests.anchoring.ledger import NAME, START, note
from tests.exact_server import CLOSE, DRIP, HOLD, Certified, ExactServer, Step, make_authority

PASSWORD = "canary-Z8g-mail"
NOTE = note(12, bytes(range(32)))
BOX = Mailbox(name="officer", server="", sender="archiver@a.example", to="officer@a.example", security="none")


class Box:
    """Takes mail; `refuse` is what it answers to a recipient instead."""

    def __init__(self, refuse: str = "") -> None:
        self.refuse = refuse
        self.mails: list[Any] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """One recipient."""
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """One mail, and whether it came over TLS."""
        self.mails.append((envelope, session.ssl is not None, session.auth_data))
        return "250 OK"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    """Who certifies the mail server."""
    return make_authority(tmp_path_factory.mktemp("ca"))


@contextmanager
def server(box: Box, **options: Any) -> Iterator[str]:
    """A real mail server; its host and port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        controller.stop()


def send(box: Mailbox, *, ca: Path | None = None, secret: Secret | None = None, seconds: float = 5.0) -> Any:
    """Send the checkpoint, and give back the receipt."""
    context = tls_context(str(ca)) if ca else ssl.create_default_context()
    post = Post(guard=Guard(allow_loopback=True), context=context, seconds=seconds)
    mail = mailing.message(box, NOTE, size=12, origin=NAME, told=f"Dear officer, {'é' * 90}\n{NOTE.decode()}", at=START)
    return json.loads(mailing.sent(box, mail, secret, post, START))


def login(_server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
    """Whether user and password are right."""
    right = isinstance(data, LoginPassword) and data == LoginPassword(b"archiver", PASSWORD.encode())
    return AuthResult(success=right, handled=False, auth_data="archiver" if right else None)


def test_the_checkpoint_arrives_as_text_and_as_a_file_to_the_byte() -> None:
    """With a receipt that says who took it, and the digest of the mail."""
    box = Box()
    with server(box) as where:
        receipt = send(replace(BOX, server=where))
    envelope, _, _ = box.mails[0]
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    body, attached = mail.get_body(), next(iter(mail.iter_attachments()))

    assert (envelope.mail_from, envelope.rcpt_tos) == ("archiver@a.example", ["officer@a.example"])
    assert NOTE.decode() in body.get_content().replace("\r\n", "\n")  # type: ignore[union-attr]
    assert (attached.get_content(), attached.get_filename()) == (NOTE, "checkpoint-12.txt")
    assert mail["Subject"] == f"Checkpoint of {NAME} at 12 entries: please keep"
    assert receipt["accepted"] == "2026-11-21T12:00:00.000000Z"
    assert receipt["message_id"] == mail["Message-ID"]


def test_the_same_checkpoint_is_the_same_message() -> None:
    """A mail that is repeated after a crash is known as one by its Message-ID."""
    times = (START, datetime(2027, 1, 1, tzinfo=UTC))
    first, second = (mailing.message(BOX, NOTE, size=12, origin=NAME, told="x", at=at)["Message-ID"] for at in times)
    other = mailing.message(BOX, note(13, bytes(32)), size=13, origin=NAME, told="x", at=START)["Message-ID"]

    assert first == second != other


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_password_goes_over_tls(security: str, authority: Certified) -> None:
    """After STARTTLS, or over TLS from the beginning."""
    box = Box()
    options: dict[str, Any] = {"authenticator": login}
    if security == "starttls":
        options |= {"tls_context": authority.server(), "require_starttls": True, "auth_required": True}
    else:
        options |= {"ssl_context": authority.server(), "auth_require_tls": False}
    with server(box, **options) as where:
        found = replace(BOX, server=where, security=security, user="archiver", credential="env:X")
        send(found, ca=authority.bundle, secret=Secret(PASSWORD, reference="env:X"))

    begun = security == "starttls"  # what is TLS from the first byte on, the server's library does not tell
    assert [(tls, who) for _, tls, who in box.mails] == [(begun, "archiver")]


def failure(box: Mailbox, **more: Any) -> tuple[str, str]:
    """The cause and words of a mail that was not taken."""
    with pytest.raises(PlatformDown) as told:
        send(box, **more)
    error = told.value
    assert PASSWORD not in repr(error.lines()) + repr(error.__cause__) + repr(error.__context__ and error.args)
    return error.why if isinstance(error, Unanchored) else str(error.cause), error.what


def test_a_wrong_password_is_told_without_it(authority: Certified) -> None:
    """As a matter of the credential."""
    options = {"authenticator": login, "auth_required": True, "tls_context": authority.server()}
    with server(Box(), **options) as where:
        found = replace(BOX, server=where, security="starttls", user="archiver", credential="env:X")
        for wrong in (f"{PASSWORD}x", f"{PASSWORD}é"):
            told = failure(found, ca=authority.bundle, secret=Secret(wrong, reference="env:X"))
            assert told[0] == "credential"


def test_a_server_without_tls_gets_neither_password_nor_mail() -> None:
    """Where TLS is wanted."""
    box = Box()
    with server(box) as where:
        found = replace(BOX, server=where, security="starttls", user="archiver", credential="env:X")
        assert failure(found, secret=Secret(PASSWORD, reference="env:X"))[0] == "tls"
    assert box.mails == []


def test_a_certificate_that_cannot_be_verified_ends_it(authority: Certified) -> None:
    """Before anything is said."""
    box = Box()
    with server(box, tls_context=authority.server()) as where:
        assert failure(replace(BOX, server=where, security="starttls"))[0] == "tls"
    with server(box, tls_context=authority.server(name="DNS:other.example")) as where:
        assert failure(replace(BOX, server=where, security="starttls"), ca=authority.bundle)[0] == "tls"
    assert box.mails == []


def test_a_refused_recipient_is_told_without_the_servers_words() -> None:
    """They may hold anything."""
    with server(Box("550 canary words")) as where:
        told = failure(replace(BOX, server=where))

    assert told == ("rejected", f"{where} takes no mail for this address.")


@pytest.mark.parametrize(
    ("steps", "cause"),
    [
        ([HOLD], "cut short"),
        ([*[b"2", DRIP] * 100], "cut short"),
        ([b"220-" + b"x" * 7000 + b"\r\n" for _ in range(60)], "cut short"),
        ([b"220 " + b"x" * 9000 + b"\r\n"], "rejected"),
        ([CLOSE], "cut short"),
        ([b"554 go away\r\n", CLOSE], "rejected"),
        ([b"HTTP/1.1 200 OK\r\n\r\n", CLOSE], "rejected"),
    ],
)
def test_a_hostile_server_is_left_within_bounds(steps: list[Step], cause: str) -> None:
    """Silent, dripping, endless, or no mail server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        where = f"127.0.0.1:{listener.getsockname()[1]}"
        with speaking(listener, steps):
            assert failure(replace(BOX, server=where), seconds=1.0)[0] == cause


@contextmanager
def speaking(listener: socket.socket, steps: list[Step]) -> Iterator[None]:
    """A server that speaks first, as mail servers do."""
    import threading

    stop = threading.Event()

    def talk() -> None:
        connection, _ = listener.accept()
        with connection:
            for step in steps:
                if isinstance(step, bytes):
                    try:
                        connection.sendall(step)
                    except OSError:
                        return
                elif step == DRIP:
                    stop.wait(0.05)
                elif step == HOLD:
                    stop.wait()
            if CLOSE not in steps:
                stop.wait()

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_no_more_is_read_of_a_server_than_its_budget() -> None:
    """However short its lines are."""
    reader = mailing._BoundedReader(io.BytesIO(b"220-more\r\n" * MOST_BYTES), [MOST_BYTES])
    read = 0
    with pytest.raises(OSError, match="too much"):
        for _ in range(MOST_BYTES):
            read += len(reader.readline(8193))

    assert MOST_BYTES - 10 <= read <= MOST_BYTES


def test_nobody_there_is_a_matter_of_the_network() -> None:
    """As with any host."""
    with ExactServer([b""]) as gone:
        where = f"127.0.0.1:{gone.port}"
    assert failure(replace(BOX, server=where))[0] == "network"


def test_this_host_is_used_only_where_that_is_allowed() -> None:
    """The guard stands before mail, too."""
    post = Post(guard=Guard(), context=ssl.create_default_context(), seconds=5.0)
    mail = mailing.message(BOX, NOTE, size=12, origin=NAME, told="x", at=START)
    with pytest.raises(PlatformDown, match="loopback"):
        mailing.sent(replace(BOX, server="127.0.0.1:2525"), mail, None, post, START)
