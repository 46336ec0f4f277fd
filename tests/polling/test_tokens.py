"""Tokens that are got, renewed and prolonged; the exchanges are plain calls that are never archived."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import responses

from archiver.clock import SetClock
from archiver.errors import AuthError, PlatformDown
from archiver.model import Account, Auth, Bearer, Prolonged, Proved, Refreshed, Session
from archiver.polling.credentials import Secret, resolve
from archiver.polling.tokens import Credential, Tokens

NOON = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
REFRESHED = Refreshed(token_url="https://login.example/token", rotates=True)
LOG_IN = Session(login="/xrpc/login", refresh="/xrpc/refresh", token_field="accessJwt", refresh_field="refreshJwt")
PROLONGED = Prolonged(path="/refresh_access_token", params=(("grant_type", "ig_refresh_token"),))


def tokens(clock: SetClock, environ: dict[str, str] | None = None) -> Tokens:
    """Tokens over secrets from files and a given environment."""

    def found(account: Account) -> Secret | None:
        return resolve(account.credential, environ or {}, None) if account.credential else None

    return Tokens(found, clock, ca_bundle=None, seconds=5)


def account(credential: str | None) -> Account:
    """An account with this credential."""
    return Account(id="a", platform="x", handle="a", url="https://api.example/v2", credential=credential)


def kept(path: Path, value: Any) -> str:
    """A credential file, and the reference to it."""
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    path.chmod(0o600)
    return f"file:{path}"


def words(credential: Credential) -> tuple[str | None, set[str]]:
    """What it signs with, and what must be masked."""
    signing = credential.signing.reveal() if credential.signing else None
    return signing, {secret.reveal() for secret in credential.secrets}


def test_a_plain_credential_is_used_as_it_is() -> None:
    """A bearer token needs no exchange, and an account without a credential signs nothing."""
    held = tokens(SetClock(NOON), {"T": "plain-token-1"})
    assert words(held.credential(account("env:T"), Bearer())) == ("plain-token-1", {"plain-token-1"})
    assert words(held.credential(account(None), Bearer())) == (None, set())


@responses.activate
def test_an_access_token_is_got_once_and_again_before_it_lapses(tmp_path: Path) -> None:
    """One exchange serves until a minute before the end; the rotated refresh token is stored and used next."""
    reference = kept(tmp_path / "x", {"client_id": "app", "refresh_token": "refresh-one"})
    for number, renewal in ((1, "refresh-two"), (2, "refresh-three")):
        responses.post(
            REFRESHED.token_url,
            json={"access_token": f"access-{number}", "expires_in": 7200, "refresh_token": renewal},
        )
    clock = SetClock(NOON)
    held = tokens(clock)
    first = words(held.credential(account(reference), REFRESHED))
    assert first == ("access-1", {"access-1", "refresh-one", "refresh-two"})
    assert json.loads((tmp_path / "x").read_text()) == {"client_id": "app", "refresh_token": "refresh-two"}
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600

    clock.move(timedelta(seconds=7200 - 61))
    assert words(held.credential(account(reference), REFRESHED))[0] == "access-1"
    clock.move(timedelta(seconds=2))
    assert words(held.credential(account(reference), REFRESHED))[0] == "access-2"
    sent = [call.request.body for call in responses.calls]
    assert sent == [
        "grant_type=refresh_token&refresh_token=refresh-one&client_id=app",
        "grant_type=refresh_token&refresh_token=refresh-two&client_id=app",
    ]


@responses.activate
def test_a_revoked_refresh_token_is_told_without_its_value(tmp_path: Path) -> None:
    """`invalid_grant` is an AuthError that names the reference and what to do."""
    reference = kept(tmp_path / "x", {"client_id": "app", "refresh_token": "refresh-one"})
    responses.post(REFRESHED.token_url, status=400, json={"error": "invalid_grant"})
    with pytest.raises(AuthError) as told:
        tokens(SetClock(NOON)).credential(account(reference), REFRESHED)
    assert "refresh-one" not in str(told.value.lines())
    assert told.value.what == f"The credential {reference} was not accepted for a new token (answer 400)."


@responses.activate
def test_a_rotated_token_that_cannot_be_stored_is_refused(tmp_path: Path) -> None:
    """A new refresh token for a credential in the environment would be lost at the next start: it says so."""
    responses.post(
        REFRESHED.token_url, json={"access_token": "access-1", "expires_in": 7200, "refresh_token": "refresh-two"}
    )
    held = tokens(SetClock(NOON), {"T": '{"client_id": "app", "refresh_token": "refresh-one"}'})
    with pytest.raises(AuthError, match="cannot be written"):
        held.credential(account("env:T"), REFRESHED)


@responses.activate
def test_a_session_is_begun_once_and_anew_after_it_was_forgotten() -> None:
    """The log-in goes to the account's own origin; when the platform refuses the token, another log-in follows."""
    for number in (1, 2):
        said = {"accessJwt": f"access-{number}", "refreshJwt": f"refresh-{number}"}
        responses.post("https://api.example:443/xrpc/login", json=said)
    held = tokens(SetClock(NOON), {"T": "district.test:app-password-1"})
    asked: tuple[Account, Auth] = (account("env:T"), LOG_IN)
    first = {"access-1", "refresh-1", "district.test:app-password-1"}
    assert words(held.credential(*asked)) == ("access-1", first)
    assert words(held.credential(*asked))[0] == "access-1"
    held.forget(asked[0])
    assert words(held.credential(*asked))[0] == "access-2"
    assert len(responses.calls) == 2


@responses.activate
def test_a_token_that_lapses_soon_is_prolonged_and_stored(tmp_path: Path) -> None:
    """Twenty days before its end it is exchanged; before that nothing is asked."""
    lapses = NOON + timedelta(days=40)
    reference = kept(tmp_path / "i", {"access_token": "long-lived-1", "expires": lapses.isoformat()})
    responses.get(
        "https://api.example:443/refresh_access_token",
        json={"access_token": "long-lived-2", "expires_in": 5_184_000},
    )
    clock = SetClock(NOON)
    held = tokens(clock)
    assert words(held.credential(account(reference), PROLONGED))[0] == "long-lived-1"
    assert len(responses.calls) == 0
    clock.move(timedelta(days=21))
    assert words(held.credential(account(reference), PROLONGED))[0] == "long-lived-2"
    stored = json.loads((tmp_path / "i").read_text())
    assert stored == {"access_token": "long-lived-2", "expires": "2027-01-22T20:00:00.000000Z"}


@responses.activate
def test_a_token_that_cannot_be_prolonged_now_is_used_while_it_lasts(tmp_path: Path) -> None:
    """A failing exchange is tried again a day later, not at every poll."""
    reference = kept(tmp_path / "i", "long-lived-1")
    responses.get("https://api.example:443/refresh_access_token", status=500)
    clock = SetClock(NOON)
    held = tokens(clock)
    for _ in range(3):
        assert words(held.credential(account(reference), PROLONGED))[0] == "long-lived-1"
    assert len(responses.calls) == 1
    clock.move(timedelta(hours=25))
    held.credential(account(reference), PROLONGED)
    assert len(responses.calls) == 2


@responses.activate
def test_an_unreachable_service_names_no_address() -> None:
    """No connection: a PlatformDown with neither address nor token in it."""
    held = tokens(SetClock(NOON), {"T": '{"client_id": "app", "refresh_token": "refresh-one"}'})
    with pytest.raises(PlatformDown) as told:
        held.credential(account("env:T"), REFRESHED)
    assert told.value.what == "The service that renews env:T cannot be reached (ConnectionError)."
    assert told.value.__context__ is None


@pytest.mark.parametrize("value", ["not json", "[]", "{}", '{"refresh_token": ""}'])
def test_a_credential_that_is_not_what_the_platform_needs_is_explained(value: str) -> None:
    """It says how the credential is to be stored."""
    with pytest.raises(AuthError, match="is not JSON with refresh_token in it"):
        tokens(SetClock(NOON), {"T": value}).credential(account("env:T"), REFRESHED)


def test_a_token_is_proved_only_where_the_app_s_secret_is_stored_beside_it(tmp_path: Path) -> None:
    """The proof is the HMAC-SHA256 of the token by that secret; all three are masked in what is kept."""
    auth, held = Proved(name="appsecret_proof"), tokens(SetClock(NOON), {"T": "page-token-1"})
    assert held.credential(account("env:T"), auth).proof == ()
    both = kept(tmp_path / "both", {"access_token": "page-token-1", "app_secret": "secret-of-the-app"})
    found = held.credential(account(both), auth)
    proof = hmac.new(b"secret-of-the-app", b"page-token-1", "sha256").hexdigest()
    assert words(found) == ("page-token-1", {"page-token-1", "secret-of-the-app", proof})
    assert [(name, secret.reveal()) for name, secret in found.proof] == [("appsecret_proof", proof)]
    with pytest.raises(AuthError, match="app_secret"):
        held.credential(account(kept(tmp_path / "one", {"access_token": "page-token-1"})), auth)
