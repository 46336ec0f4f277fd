"""What the tests of the transport share: a transport on loopback, and one exchange with an exact server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from archiver.clock import SystemClock
from archiver.model import Auth, Fetch, NoAuth
from archiver.polling.answer import Answer
from archiver.polling.credentials import Secret
from archiver.polling.guard import Guard
from archiver.polling.transport import Transport


def make_transport(directory: Path, **changes: Any) -> Transport:
    """A transport with small budgets; loopback is allowed to guarded requests too."""
    options: dict[str, Any] = {
        "directory": directory,
        "clock": SystemClock(),
        "guard": Guard(allow_loopback=True),
        "ca_bundle": None,
        "user_agent": "Archiver-test",
        "connect_seconds": 5.0,
        "total_seconds": 20.0,
        "api_bytes": 8 << 20,
        "media_bytes": 8 << 20,
    }
    return Transport(**(options | changes))


def ask(
    transport: Transport,
    url: str,
    *,
    auth: Auth | None = None,
    secret: Secret | None = None,
    mask: Sequence[Secret] = (),
    guarded: bool = False,
    media: bool = False,
    **fetch: Any,
) -> Answer:
    """One exchange with a URL."""
    return transport.send(
        Fetch(stream="posts", url=url, **fetch),
        auth=auth or NoAuth(),
        secret=secret,
        secrets_to_mask=mask,
        guarded=guarded,
        media=media,
    )


def wire_of(answer: Answer) -> bytes:
    """The bytes of the response as they would be kept; the answer is closed."""
    with answer.response as file:
        file.seek(0)
        data = file.read(answer.response_length)
        rest = file.read()
    if rest:
        raise ValueError("there is more in the file than response_length says")
    return data


def reply(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """A plain reply with the right length."""
    lines = [b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*lines, b"", body])


def chunked(body: bytes, size: int, *headers: bytes) -> bytes:
    """A reply in chunks of `size` bytes."""
    head = b"\r\n".join([b"HTTP/1.1 200 OK", *headers, b"Transfer-Encoding: chunked", b"", b""])
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return head + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
