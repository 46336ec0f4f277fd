"""Access tokens that are got, renewed and prolonged with the credential an account refers to.

These exchanges are never archived: their bodies are credentials.
"""

from __future__ import annotations

import hmac
import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from archiver.clock import Clock
from archiver.errors import AuthError, PlatformDown
from archiver.model import Account, Auth, Cause, Prolonged, Proved, Refreshed, Session, iso, parse_iso
from archiver.polling.credentials import Secret
from archiver.storage import files

EARLY = timedelta(seconds=60)  # a token is renewed this long before it lapses
PROLONG_AT_MOST_EVERY = timedelta(hours=24)
_LONGEST_ANSWER = 1 << 20

Resolve = Callable[[Account], Secret | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a request is signed with, parameters that prove it, and every secret that must not be kept of an answer."""

    signing: Secret | None
    secrets: tuple[Secret, ...] = ()
    proof: tuple[tuple[str, Secret], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """A token got for an account, until when it is good (None: not told), and what renews it."""

    access: str
    lapses: datetime | None = None
    renewal: str = ""


class Tokens:
    """Finds the credential of an account and turns it into what the platform wants to see. Thread-safe."""

    def __init__(self, resolve: Resolve, clock: Clock, *, ca_bundle: Path | None, seconds: float) -> None:
        self._resolve = resolve
        self._clock = clock
        self._verify: str | bool = str(ca_bundle) if ca_bundle else True
        self._seconds = seconds
        self._held: dict[str, _Token] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def credential(self, account: Account, auth: Auth) -> Credential:
        """The credential to sign with now. Raises AuthError where there is none to be had; PlatformDown."""
        secret = self._resolve(account)
        if secret is None:
            return Credential(signing=None)
        if isinstance(auth, Proved):
            return _proved(auth, secret)
        if not isinstance(auth, Refreshed | Session | Prolonged):
            return Credential(signing=secret, secrets=(secret,))
        with self._lock_of(secret.reference):
            token = self._token(account, auth, secret)
        words = [token.access, token.renewal, *_words(secret)]
        secrets = tuple(Secret(word, reference=secret.reference) for word in dict.fromkeys(words) if word)
        return Credential(signing=secrets[0], secrets=secrets)

    def forget(self, account: Account) -> None:
        """The platform no longer takes the token: get another one the next time."""
        if account.credential is not None:
            with self._lock:
                self._held.pop(account.credential, None)

    def _token(self, account: Account, auth: Refreshed | Session | Prolonged, secret: Secret) -> _Token:
        if isinstance(auth, Prolonged):
            return self._prolonged(account, auth, secret)
        held = self._held.get(secret.reference)
        if held is None or (held.lapses is not None and held.lapses - EARLY <= self._clock.now()):
            got = (
                self._refreshed(account, auth, secret)
                if isinstance(auth, Refreshed)
                else self._logged_in(account, auth, secret)
            )
            held = self._held[secret.reference] = got
        return held

    def _refreshed(self, account: Account, auth: Refreshed, secret: Secret) -> _Token:
        """RFC 6749 section 6. A new refresh token is stored before the access token is used."""
        kept = _json_secret(secret, "refresh_token")
        form = {"grant_type": "refresh_token"} | {
            name: str(kept[name]) for name in ("refresh_token", "client_id", "client_secret") if kept.get(name)
        }
        said = self._ask("POST", account.options.get("token_url", auth.token_url), secret, data=form)
        renewal = str(said.get("refresh_token") or kept["refresh_token"])
        if auth.rotates and renewal != kept["refresh_token"]:
            _store(secret, json.dumps(dict(kept) | {"refresh_token": renewal}))
        return _Token(access=_field(said, "access_token", secret), lapses=self._lapses(said), renewal=renewal)

    def _logged_in(self, account: Account, auth: Session, secret: Secret) -> _Token:
        identifier, _, password = secret.reveal().partition(":")
        if not password:
            raise _refused(f"The credential {secret.reference} has no user name.", "Write it as user:password.")
        said = self._ask(
            "POST", account.origin + auth.login, secret, json={"identifier": identifier, "password": password}
        )
        return _Token(access=_field(said, auth.token_field, secret), renewal=str(said.get(auth.refresh_field) or ""))

    def _prolonged(self, account: Account, auth: Prolonged, secret: Secret) -> _Token:
        """The stored token; exchanged for a newer one where it lapses soon, or nobody knows when it lapses."""
        kept = _stored_token(secret)
        now = self._clock.now()
        soon = kept.lapses is None or kept.lapses - timedelta(days=auth.days_before) <= now
        tried = self._held.get(secret.reference)
        if not soon or (tried is not None and tried.lapses is not None and tried.lapses > now):
            return kept
        self._held[secret.reference] = _Token(access="", lapses=now + PROLONG_AT_MOST_EVERY)
        params = dict(auth.params) | {"access_token": kept.access}
        try:
            said = self._ask("GET", account.origin + auth.path, secret, params=params)
        except (AuthError, PlatformDown):
            return kept  # it may still be good; the poll itself will show
        newer = _Token(access=_field(said, "access_token", secret), lapses=self._lapses(said))
        stored = {"access_token": newer.access, "expires": iso(newer.lapses) if newer.lapses else ""}
        _store(secret, json.dumps(stored))
        return newer

    def _lapses(self, said: Mapping[str, Any]) -> datetime | None:
        seconds = said.get("expires_in")
        return self._clock.now() + timedelta(seconds=seconds) if isinstance(seconds, int | float) else None

    def _ask(self, method: str, url: str, secret: Secret, **sent: Any) -> Mapping[str, Any]:
        """One exchange of credentials: no redirect, no cookies, no proxies of the environment, nothing kept."""
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(
                    method, url, timeout=self._seconds, verify=self._verify, allow_redirects=False, **sent
                )
                return _judged(answer, secret)
        except requests.RequestException as error:
            what = f"The service that renews {secret.reference} cannot be reached ({type(error).__name__})."
            cause = Cause.TLS if isinstance(error, requests.exceptions.SSLError) else Cause.NETWORK
        raise PlatformDown(what, cause=cause)  # outside the handler: requests' errors name whole addresses

    def _lock_of(self, reference: str) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(reference, threading.Lock())


def _judged(answer: requests.Response, secret: Secret) -> Mapping[str, Any]:
    if answer.status_code == 429 or answer.status_code >= 500:
        raise PlatformDown(
            f"The service that renews {secret.reference} answered {answer.status_code}.", cause=Cause.SERVER
        )
    said = _object(answer.content[:_LONGEST_ANSWER])
    if answer.status_code != 200 or said is None:
        raise _refused(
            f"The credential {secret.reference} was not accepted for a new token (answer {answer.status_code}).",
            "Have the account's owner connect it anew, and store the new credential.",
        )
    return said


def _object(text: str | bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _field(said: Mapping[str, Any], name: str, secret: Secret) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise _refused(f"The answer about {secret.reference} holds no {name}.", "Connect the account anew.")
    return value


def _json_secret(secret: Secret, needed: str) -> Mapping[str, Any]:
    kept = _object(secret.reveal())
    if kept is None or not kept.get(needed):
        raise _refused(
            f"The credential {secret.reference} is not JSON with {needed} in it.",
            'Store it on one line as {"client_id": ..., "client_secret": ..., "refresh_token": ...}.',
        )
    return kept


def _proved(auth: Proved, secret: Secret) -> Credential:
    """A token alone, or with the app's secret, which proves that the app itself sends it."""
    kept = _object(secret.reveal())
    if kept is None:
        return Credential(signing=secret, secrets=(secret,))
    words = [_field(kept, name, secret) for name in ("access_token", "app_secret")]
    words.append(hmac.new(words[1].encode(), words[0].encode(), "sha256").hexdigest())
    token, app, proof = (Secret(word, reference=secret.reference) for word in words)
    return Credential(signing=token, secrets=(token, app, proof), proof=((auth.name, proof),))


def _stored_token(secret: Secret) -> _Token:
    """A token alone, or the JSON that `_prolonged` wrote."""
    kept = _object(secret.reveal())
    if kept is None:
        return _Token(access=secret.reveal())
    try:
        lapses = parse_iso(kept["expires"]) if kept.get("expires") else None
    except ValueError:
        lapses = None
    return _Token(access=_field(kept, "access_token", secret), lapses=lapses)


def _words(secret: Secret) -> list[str]:
    """Every secret word in a credential, for masking."""
    kept = _object(secret.reveal())
    if kept is None:
        return [secret.reveal()]
    return [str(value) for name, value in kept.items() if name in ("client_secret", "refresh_token", "access_token")]


def _store(secret: Secret, value: str) -> None:
    """Write a renewed credential over the old one, durably. Raises AuthError where the reference is no file."""
    source, _, name = secret.reference.partition(":")
    if source != "file":
        raise _refused(
            f"The platform gave a new credential in place of {secret.reference}, which cannot be written.",
            "Keep this credential in a file (file:/path) that the archiver may write.",
        )
    path = Path(name)
    try:
        # A temporary file is readable by us alone from the start.
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(value.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(path)
        files.sync_directory(path.parent)
    except OSError as error:
        raise _refused(
            f"The credential file {path} cannot be written: {error.strerror}.", "Let the archiver write it."
        ) from error


def _refused(what: str, do: str) -> AuthError:
    return AuthError(what, means="The account cannot be polled until this is put right; a gap is on record.", do=do)
