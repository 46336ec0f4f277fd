"""Secrets: found by reference, shown nowhere, sent to one origin."""

from __future__ import annotations

import copy
import os
import pickle
from pathlib import Path

import pytest

from archiver.errors import AuthError
from archiver.model import Account, Auth, Basic, Bearer, Fetch, NoAuth
from archiver.polling.credentials import Secret, authorize, may_carry, resolve

VALUE = "s3same-0pen-canary"


def kept(tmp_path: Path, content: bytes, mode: int = 0o600) -> Path:
    """A credential file."""
    path = tmp_path / "token"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_secret_shows_only_when_revealed() -> None:
    """Printing, formatting, copying and pickling do not bring the value out."""
    secret = Secret(VALUE, reference="env:TOKEN")
    assert [repr(secret), str(secret), f"{secret}", f"{secret!r:>5}"] == ["Secret(env:TOKEN)"] * 4
    assert secret.reveal() == VALUE
    assert not hasattr(secret, "__dict__")
    for write_out in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            write_out(secret)


def test_each_kind_of_reference_is_resolved(tmp_path: Path) -> None:
    """Environment, private file and systemd credential give the value without surrounding blanks."""
    path = kept(tmp_path, VALUE.encode() + b"\n")
    for reference in ("env:TOKEN", f"file:{path}", "systemd:token"):
        secret = resolve(reference, {"TOKEN": f" {VALUE}\n"}, tmp_path)
        assert (secret.reveal(), secret.reference) == (VALUE, reference)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o601])
def test_a_file_open_to_others_is_refused_with_its_remedy(tmp_path: Path, mode: int) -> None:
    """The three lines name the file and the command, and not the value."""
    path = kept(tmp_path, VALUE.encode(), mode)
    with pytest.raises(AuthError) as raised:
        resolve(f"file:{path}", {}, None)
    assert raised.value.lines() == (
        f"The credential file {path} can be read by other users of this host.",
        "The account cannot be polled until this is put right; a gap is on record meanwhile.",
        f"Run: chmod 600 {path}  (and replace the credential if others use this host).",
    )


def test_systemd_sees_to_its_own_files(tmp_path: Path) -> None:
    """A credential that systemd put there is taken as it is: its access list shows as a group mode."""
    kept(tmp_path, VALUE.encode(), 0o440)
    assert resolve("systemd:token", {}, tmp_path).reveal() == VALUE


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "env:",
        "env:MISSING",
        "env:EMPTY",
        "env:LINES",
        "file:",
        "file:relative/token",
        "file:/nonexistent/token",
        "file:/dev/null",
        "systemd:",
        "systemd:missing",
        "systemd:../token",
        "systemd:..",
        "token",
        VALUE,
    ],
)
def test_a_reference_that_leads_nowhere_is_an_error_in_three_lines(tmp_path: Path, reference: str) -> None:
    """Each says what, what it means, what to do; a value written where a reference belongs is not repeated."""
    environ = {"EMPTY": " \n", "LINES": f"{VALUE}\r\nX-Evil: 1"}
    with pytest.raises(AuthError) as raised:
        resolve(reference, environ, tmp_path)
    assert len(raised.value.lines()) == 3
    assert VALUE not in "".join(raised.value.lines())


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x" * 70000, b"one\ntwo"])
def test_a_file_without_one_credential_in_it_is_an_error(tmp_path: Path, content: bytes) -> None:
    """Empty, not text, too long, two lines: refused without a traceback."""
    with pytest.raises(AuthError):
        resolve(f"file:{kept(tmp_path, content)}", {}, None)


def test_a_pipe_or_folder_in_place_of_a_file_is_refused_without_waiting(tmp_path: Path) -> None:
    """What is not a regular file is not read."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("pipe", "."):
        with pytest.raises(AuthError):
            resolve(f"file:{tmp_path / name}", {}, None)


def test_systemd_without_a_directory_says_how_to_start() -> None:
    """Outside a unit there is no credentials directory."""
    with pytest.raises(AuthError) as raised:
        resolve("systemd:token", {}, None)
    assert raised.value.do == "Start it through its unit, with LoadCredential=token:/path in it."


@pytest.mark.parametrize(
    ("auth", "value", "header"),
    [
        (NoAuth(), "abc", None),
        (Bearer(), "abc", "Bearer abc"),
        (Basic(), "user:pass:word", "Basic dXNlcjpwYXNzOndvcmQ="),
        (Basic(), "usér:pässword", "Basic dXPDqXI6cMOkc3N3b3Jk"),
    ],
)
def test_the_header_is_the_one_the_platform_asks_for(auth: Auth, value: str, header: str | None) -> None:
    """Bearer and Basic as their RFCs have it; nothing for platforms without credentials."""
    headers: dict[str, str] = {}
    authorize(headers, auth, Secret(value, reference="env:X"))
    assert headers.get("Authorization") == header


def test_without_a_secret_nothing_is_added() -> None:
    """An account without a credential asks as anybody may."""
    headers: dict[str, str] = {}
    authorize(headers, Bearer(), None)
    assert headers == {}


def test_a_basic_credential_needs_a_user() -> None:
    """The error says how to write it."""
    with pytest.raises(AuthError) as raised:
        authorize({}, Basic(), Secret(VALUE, reference="env:X"))
    assert (raised.value.what, raised.value.do) == (
        "The credential env:X has no user name.",
        "Write it as user:password.",
    )


@pytest.mark.parametrize(
    ("url", "carried"),
    [
        ("https://school.example/api/v1/posts?page=2", True),
        ("https://SCHOOL.example:443/api", True),
        ("http://school.example/api", False),
        ("https://school.example:8443/api", False),
        ("https://media.school.example/a.jpg", False),
        ("https://school.example.evil.example/", False),
        ("https://school.example@evil.example/", False),
        ("https://evil.example\\@school.example/", False),
        ("https://evil.example/?https://school.example/", False),
        ("https://school.example:x/", False),
        ("//school.example/", False),
        ("", False),
    ],
)
def test_a_credential_goes_to_the_accounts_own_origin_only(url: str, carried: bool) -> None:  # noqa: FBT001
    """Scheme, host and port must all be those of the account."""
    account = Account(id="a", platform="mastodon", handle="@school", url="https://school.example/@school")
    assert may_carry(account, Fetch(stream="posts", url=url)) is carried
