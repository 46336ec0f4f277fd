"""Asking one thing of a platform and keeping the exchange byte for byte, within budgets and without credentials."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError

from archiver.clock import Clock
from archiver.errors import PlatformDown, Refused, Unreadable
from archiver.model import CREDENTIAL, Auth, Cause, Fetch, Truncated, origin_of
from archiver.polling.answer import Answer, BadReply, Examined, examine
from archiver.polling.credentials import Secret, authorize
from archiver.polling.failures import explain, out_of_files
from archiver.polling.guard import Guard, check_plain
from archiver.polling.masking import Needle, mask_bytes, mask_response, needles_of
from archiver.polling.recorder import CURRENT, Recorder
from archiver.polling.wire import WireAdapter, tls_context
from archiver.storage.http_message import DECODED_LIMIT, read_head

_BLOCK = 1 << 18
_MARKER = b"[credential removed]"
_CREDENTIAL_HEADERS = (
    b"authorization",
    b"proxy-authorization",
    b"cookie",
    b"x-api-key",
    b"x-goog-api-key",
    b"x-auth-token",
)

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """How one request is treated: its bounds, its credentials to look for, its time."""

    method: str
    needles: tuple[Needle, ...]
    media: bool
    guarded: bool
    limit: int
    started: datetime


class Transport:
    """Sends requests from any thread. Nothing is remembered between them but open connections.

    `connect_seconds` bounds connecting, `total_seconds` the whole exchange, `idle_seconds` one silence. `api_bytes`
    and `media_bytes` bound what is received, on the wire. `ca_bundle` None: the authorities that requests brings.
    Environment proxies, netrc and cookies are never used, and redirects never followed.
    """

    def __init__(
        self,
        *,
        directory: Path,
        clock: Clock,
        guard: Guard,
        ca_bundle: Path | None,
        user_agent: str,
        connect_seconds: float,
        total_seconds: float,
        api_bytes: int,
        media_bytes: int,
        idle_seconds: float = 60.0,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._guard = guard
        self._user_agent = user_agent
        self._connect_seconds = min(connect_seconds, total_seconds)
        self._total_seconds = total_seconds
        self._idle_seconds = min(idle_seconds, total_seconds)
        self._api_bytes = api_bytes
        self._media_bytes = media_bytes
        context = tls_context(str(ca_bundle) if ca_bundle else DEFAULT_CA_BUNDLE_PATH)
        # Two pools, so that a guarded request never goes over a connection that nobody vetted.
        self._adapters = {guarded: WireAdapter(context) for guarded in (False, True)}

    def send(
        self,
        fetch: Fetch,
        *,
        auth: Auth,
        secret: Secret | None,
        proof: Sequence[tuple[str, Secret]] = (),
        secrets_to_mask: Sequence[Secret] = (),
        validators: Pairs = (),
        guarded: bool,
        media: bool,
    ) -> Answer:
        """Ask, and give back the whole answer, whatever its status.

        The caller sees to it that `secret`, and the parameters that are its `proof`, may be sent.

        `validators` are headers to add (If-None-Match ...). `guarded` sends only to public addresses. Of media that
        are over a budget, the answer holds what arrived, and is marked. Raises PlatformDown with its cause; BadReply
        with what may be kept, where there is something; Refused for an address; AuthError; DiskError.
        """
        params = (*_filled_in(fetch.params, secret), *((name, proved.reveal()) for name, proved in proof))
        request = self._request(fetch, params, validators, media=media)
        if guarded:
            self._guard.check_url(fetch.url)
        authorize(request.headers, auth, secret)
        asked = _Asked(
            method=fetch.method,
            needles=needles_of([*secrets_to_mask, *((secret,) if secret else ())]),
            media=media,
            guarded=guarded,
            limit=self._media_bytes if media else DECODED_LIMIT,
            started=self._clock.now(),
        )
        recorder = self._recorder(asked)
        failure = self._converse(request, recorder, guarded=guarded, host=_host(fetch))
        try:
            return self._judge(recorder, asked, failure)
        except BadReply:
            raise
        except BaseException:
            recorder.close()
            raise

    def close(self) -> None:
        """Let go of every connection."""
        for adapter in self._adapters.values():
            adapter.close()

    def _request(self, fetch: Fetch, params: Pairs, validators: Pairs, *, media: bool) -> requests.PreparedRequest:
        check_plain(fetch.url)
        headers: CaseInsensitiveDict[str] = CaseInsensitiveDict({"User-Agent": self._user_agent, "Accept": "*/*"})
        for name, value in (*fetch.headers, *validators):
            headers[name] = value
        headers["Accept-Encoding"] = "identity" if media else "gzip"
        request = requests.PreparedRequest()
        try:
            request.prepare(
                method=fetch.method,
                url=fetch.url,
                headers=headers,
                params=list(params),
                data=fetch.body.encode() if fetch.body is not None else None,
            )
        except (requests.RequestException, ValueError):
            request.url = None
        if request.url is None or (fetch.url.isascii() and origin_of(request.url) != origin_of(fetch.url)):
            raise Refused(f"The request to {_host(fetch)} cannot be written down as one.")
        return request

    def _recorder(self, asked: _Asked) -> Recorder:
        return Recorder(
            directory=self._directory,
            clock=self._clock,
            limit=self._media_bytes if asked.media else self._api_bytes,
            seconds=self._total_seconds,
            idle_seconds=self._idle_seconds,
            vet=self._guard.addresses if asked.guarded else None,
        )

    def _converse(
        self, request: requests.PreparedRequest, recorder: Recorder, *, guarded: bool, host: str
    ) -> PlatformDown | None:
        """Send and receive all there is; the failure that ended it, made free of what libraries say about it."""
        token = CURRENT.set(recorder)
        try:
            timeouts = (self._connect_seconds, self._idle_seconds)
            response = self._adapters[guarded].send(request, stream=True, timeout=timeouts, verify=True, proxies={})
            try:
                while response.raw.read(_BLOCK, decode_content=False):
                    pass
            finally:
                response.close()
        except PlatformDown as ours:
            return ours
        except (requests.RequestException, HTTPError, http.client.HTTPException, OSError) as theirs:
            if short := out_of_files(theirs):
                recorder.close()
                raise short from None
            return explain(theirs, host=host, received=recorder.length)
        except BaseException:
            recorder.close()
            raise
        finally:
            CURRENT.reset(token)
        return None

    def _judge(self, recorder: Recorder, asked: _Asked, failure: PlatformDown | None) -> Answer:
        """The answer, if it is whole or may be kept as it is; raises what is wrong with it otherwise."""
        if failure and (not recorder.length or not _has_head(recorder, asked.method)):
            if not recorder.length and failure.cause is Cause.CUT:
                raise PlatformDown("The server closed the connection without a reply.", cause=Cause.NETWORK)
            raise failure
        file, masked = mask_response(
            recorder.received,
            method=asked.method,
            needles=asked.needles,
            directory=self._directory,
            limit=asked.limit,
        )
        recorder.received = file
        found = examine(file, method=asked.method, limit=asked.limit, keep_body=not asked.media)
        truncated = recorder.spent or (Truncated.DISCONNECT if failure else None)
        answer = self._answer(recorder, asked, found, masked, truncated)
        if asked.media and recorder.spent:
            return answer
        trouble = (failure if recorder.spent else found.trouble) or failure
        if trouble:
            raise BadReply(trouble, answer)
        return answer

    def _answer(
        self,
        recorder: Recorder,
        asked: _Asked,
        found: Examined,
        masked: tuple[str, ...],
        truncated: Truncated | None,
    ) -> Answer:
        return Answer(
            request_head=_without_credentials(bytes(recorder.sent), asked.needles),
            response=recorder.received,
            response_length=found.length,
            status=found.head.status,
            headers=found.head.headers,
            body=None if truncated else found.body,
            payload_sha256=found.payload_sha256,
            payload_length=found.payload_length,
            started=asked.started,
            ended=self._clock.now(),
            ip=recorder.ip,
            tls=recorder.tls,
            masked=masked,
            truncated=truncated,
            flags=found.flags,
        )


def _filled_in(params: Pairs, secret: Secret | None) -> Pairs:
    """The parameters as they are sent: one that stands for the credential holds it."""
    if secret is None:
        return params
    return [(name, secret.reveal() if value == CREDENTIAL else value) for name, value in params]


def _host(fetch: Fetch) -> str:
    return origin_of(fetch.url).partition("://")[2]


def _has_head(recorder: Recorder, method: str) -> bool:
    recorder.received.seek(0)
    try:
        read_head(recorder.received, method=method)
    except Unreadable:
        return False
    return True


def _without_credentials(sent: bytes, needles: Sequence[Needle]) -> bytes:
    """The request as sent, each header that carries a credential marked instead, and masked wherever else one is."""
    head, blank, body = sent.partition(b"\r\n\r\n")
    lines = [_marked(line) for line in head.split(b"\r\n")]
    return mask_bytes(b"\r\n".join(lines) + blank + body, needles)


def _marked(line: bytes) -> bytes:
    name, colon, _ = line.partition(b":")
    return name + b": " + _MARKER if colon and name.lower() in _CREDENTIAL_HEADERS else line
