"""A real snac2 on loopback: an ActivityPub server with a part of Mastodon's API, and a small client for each user.

Where it differs from Mastodon: paging parameters are ignored and no Link is sent, an edit gives the status a new id,
there is no edit history, conversations are empty, and a status is removed through its web form only. What one user
sends another, also on the same server, arrives after about nine seconds.
"""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.real.processes import NotStarted, holds_in_time, on_a_free_port, spawn, stop, wait_until

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody with an account: `token` for the API, `password` for the web form."""

    url: str
    name: str
    password: str = field(repr=False)
    token: str = field(repr=False)

    def get(self, path: str, **params: Any) -> Any:
        """What the API answers with, as JSON; `statuses/ID/context`, `accounts/verify_credentials` ..."""
        return self.send("GET", path, params=params).json()

    def post(self, text: str, *, reply_to: str | None = None, media: Sequence[str] = (), **fields: Any) -> Json:
        """A new status, public unless `visibility` says otherwise; `media` are ids of uploads."""
        said = {
            "status": text,
            "visibility": "public",
            "in_reply_to_id": reply_to,
            "media_ids[]": list(media),
            **fields,
        }
        made: Json = self.send("POST", "statuses", data=said).json()
        return made

    def edit(self, status_id: str, text: str) -> Json:
        """Change a status; the answer has its new id."""
        made: Json = self.send("PUT", f"statuses/{status_id}", data={"status": text}).json()
        return made

    def replies(self, status_id: str) -> list[Json]:
        """The replies to a status that have reached this user's server so far."""
        below: list[Json] = self.get(f"statuses/{status_id}/context")["descendants"]
        return below

    def upload(self, name: str, data: bytes, content_type: str, *, alt: str = "") -> str:
        """The id of an uploaded picture, for one post."""
        files = {"file": (name, data, content_type)}
        made: Json = self.send("POST", "media", files=files, data={"description": alt}).json()
        return str(made["id"])

    def remove(self, status: Mapping[str, Any]) -> None:
        """Remove a status through the web form, as a person does it."""
        form = {"id": status["uri"], "actor": f"{self.url}/{self.name}", "action": "Delete"}
        reply = requests.post(
            f"{self.url}/{self.name}/admin/action",
            data=form,
            auth=(self.name, self.password),
            timeout=10,
            allow_redirects=False,
        )
        reply.raise_for_status()

    def send(self, method: str, path: str, **said: Any) -> requests.Response:
        """A signed request to the API; raises for an error status."""
        headers = {"Authorization": f"Bearer {self.token}"}
        reply = requests.request(method, f"{self.url}/api/v1/{path}", headers=headers, timeout=10, **said)
        reply.raise_for_status()
        return reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Snac:
    """A running server with its users by name."""

    url: str
    users: Mapping[str, User]
    folder: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    def wait_for_replies(self, user: User, status_id: str, number: int, *, seconds: float = 40) -> list[Json]:
        """The replies to a user's status, once so many were delivered. TimeoutError where they were not."""
        if not holds_in_time(lambda: len(user.replies(status_id)) >= number, self.process, seconds=seconds):
            raise TimeoutError(f"fewer than {number} replies to {status_id} after {seconds} s")
        return user.replies(status_id)

    def stop(self) -> None:
        """End the server's process; its files stay. It writes nothing that a sudden end would spoil."""
        stop(self.process, seconds=0.1)


def start(prepared: Path, folder: Path, names: Sequence[str] = ("mayor", "citizen")) -> Snac:
    """A new server in `folder` with these users. Raises NotStarted with the server's last words."""
    return on_a_free_port(lambda port: _launch(prepared / "snac", folder / f"snac-{port}", port, names))


def _launch(program: Path, folder: Path, port: int, names: Sequence[str]) -> Snac:
    url, title, base = f"http://127.0.0.1:{port}", f"Sample {secrets.token_hex(6)}", folder / "base"
    folder.mkdir(parents=True)
    _run(program, "init", base, said=f"127.0.0.1\n{port}\n127.0.0.1:{port}\n\n\n")
    _configure(base / "server.json", title)
    passwords = {name: _password(_run(program, "adduser", base, name)) for name in names}
    log = folder / "snac.log"
    process = spawn([program, "httpd", base], log)
    wait_until(lambda: _is_called(url, title), process, log)
    users = {name: _user(url, name, password) for name, password in passwords.items()}
    return Snac(url=url, users=users, folder=folder, process=process)


def _configure(path: Path, title: str) -> None:
    settings = json.loads(path.read_text())
    path.write_text(json.dumps(settings | {"protocol": "http", "title": title}))


def _password(said: str) -> str:
    mark = "User password is "
    return next(line.removeprefix(mark) for line in said.splitlines() if line.startswith(mark))


def _user(url: str, name: str, password: str) -> User:
    form = {"login": name, "passwd": password}
    reply = requests.post(f"{url}/oauth/x-snac-get-token", data=form, timeout=10)
    reply.raise_for_status()
    return User(url=url, name=name, password=password, token=reply.text.strip())


def _run(program: Path, command: str, base: Path, *more: str, said: str = "") -> str:
    done = subprocess.run(
        [program, command, base, *more], input=said, capture_output=True, text=True, timeout=30, check=False
    )
    if done.returncode:
        raise NotStarted(f"snac {command} failed: {done.stdout[-300:]}{done.stderr[-300:]}")
    return done.stdout + done.stderr


def _is_called(url: str, title: str) -> bool:
    # The title is asked for, because another server may have taken the port in between.
    try:
        return bool(requests.get(f"{url}/api/v1/instance", timeout=10).json().get("title") == title)
    except (requests.exceptions.ConnectionError, requests.exceptions.JSONDecodeError):
        return False
