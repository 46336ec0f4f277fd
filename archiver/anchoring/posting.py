"""A few bytes to a host outside, and a few back: vetted addresses, no redirects, bounded bytes and time."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError

from archiver.clock import Clock
from archiver.errors import PlatformDown
from archiver.model import Cause
from archiver.polling.failures import explain
from archiver.polling.guard import Guard
from archiver.polling.recorder import CURRENT, Recorder
from archiver.polling.wire import WireAdapter, tls_context
from archiver.storage.http_message import Response, header_values, parse_response

LARGEST = 256 << 10  # bytes of a reply: a time stamp with its certificates has some thousands
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What a host answered, whatever its status. `type` is the media type, without parameters."""

    status: int
    type: str
    body: bytes
    asked: datetime
    answered: datetime


class Poster:
    """Posts to hosts the configuration names. `seconds` bounds one whole exchange.

    Environment proxies, netrc and cookies are never used, redirects never followed, certificates always verified.
    """

    def __init__(
        self, *, clock: Clock, directory: Path, ca_bundle: Path | None, allow_loopback: bool, seconds: float
    ) -> None:
        self._clock = clock
        self._directory = directory
        self._seconds = seconds
        self._guards = {local: Guard(allow_loopback=allow_loopback, allow_private=local) for local in (False, True)}
        context = tls_context(str(ca_bundle) if ca_bundle else DEFAULT_CA_BUNDLE_PATH)
        # Two pools, so that nothing goes over a connection that was vetted by the other rule.
        self._adapters = {local: WireAdapter(context) for local in (False, True)}

    def post(self, url: str, body: bytes, *, type_: str, local_network: bool) -> Posted:
        """Post `body`, of this media type. Raises PlatformDown with its cause; Refused for an address."""
        guard = self._guards[local_network]
        guard.check_url(url)
        recorder = Recorder(
            directory=self._directory,
            clock=self._clock,
            limit=LARGEST,
            seconds=self._seconds,
            idle_seconds=self._seconds,
            vet=guard.addresses,
        )
        asked = self._clock.now()
        try:
            self._converse(_request(url, body, type_), recorder, self._adapters[local_network])
            recorder.received.seek(0)
            reply = parse_response(recorder.received.read(), method="POST", decoded_limit=LARGEST)
        finally:
            recorder.close()
        return _posted(reply, asked, self._clock.now())

    def close(self) -> None:
        """Let go of every connection."""
        for adapter in self._adapters.values():
            adapter.close()

    def _converse(self, request: requests.PreparedRequest, recorder: Recorder, adapter: WireAdapter) -> None:
        token = CURRENT.set(recorder)
        try:
            timeouts = (self._seconds, self._seconds)
            response = adapter.send(request, stream=True, timeout=timeouts, verify=True, proxies={})
            try:
                while response.raw.read(_BLOCK, decode_content=False):
                    pass
            finally:
                response.close()
        except PlatformDown as ours:
            if recorder.length or ours.cause is not Cause.CUT:
                raise
            raise PlatformDown("The connection was closed without a reply.", cause=Cause.NETWORK) from None
        except (requests.RequestException, HTTPError, http.client.HTTPException, OSError) as theirs:
            raise explain(theirs, host=urlsplit(str(request.url)).netloc, received=recorder.length) from None
        finally:
            CURRENT.reset(token)


def _request(url: str, body: bytes, type_: str) -> requests.PreparedRequest:
    headers = CaseInsensitiveDict(
        {"User-Agent": "Archiver", "Accept": "*/*", "Accept-Encoding": "identity", "Content-Type": type_}
    )
    request = requests.PreparedRequest()
    try:
        request.prepare(method="POST", url=url, headers=headers, data=body)
    except (requests.RequestException, ValueError):
        raise PlatformDown("The address in the configuration cannot be asked.") from None
    return request


def _posted(reply: Response, asked: datetime, answered: datetime) -> Posted:
    type_ = next(iter(header_values(reply.headers, "content-type")), "")
    return Posted(
        status=reply.status,
        type=type_.partition(";")[0].strip().lower(),
        body=reply.body,
        asked=asked,
        answered=answered,
    )
