"""A real WordPress on loopback (PHP's own server, SQLite), and a small client for its content API."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.real.processes import NotStarted, on_a_free_port, spawn, stop, wait_until

_PHP = Path(__file__).parent / "php"
_PROGRAM = ("php", "-d", "sendmail_path=/bin/true")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPress:
    """A running site. `user` and `app_password` are good for Basic authentication of its content API."""

    url: str
    user: str
    app_password: str = field(repr=False)
    folder: Path
    process: subprocess.Popen[bytes] = field(repr=False)
    env: Mapping[str, str] = field(repr=False)

    def stop(self) -> None:
        """End the site's processes; its files stay."""
        stop(self.process)

    def fill(self, post: int, *, comments: int, posts: int) -> None:
        """Many comments below a post and many further posts, made beside the API (see php/fill.php)."""
        command = [*_PROGRAM, str(_PHP / "fill.php"), str(post), str(comments), str(posts)]
        subprocess.run(command, env={**os.environ, **self.env}, timeout=120, check=True)

    def get(self, path: str, **params: Any) -> Any:
        """What the content API answers with, as JSON; `posts`, `comments/7`, `posts/3/revisions` ..."""
        return self.send("GET", path, params=params).json()

    def post(self, title: str, content: str, **fields: Any) -> Json:
        """A new post, published unless `status` says otherwise."""
        return self._made("posts", {"title": title, "content": content, "status": "publish", **fields})

    def page(self, title: str, content: str, **fields: Any) -> Json:
        """A new page, published unless `status` says otherwise."""
        return self._made("pages", {"title": title, "content": content, "status": "publish", **fields})

    def edit(self, path: str, **fields: Any) -> Json:
        """Change fields of `posts/3`, `comments/7`, `media/5` ..."""
        return self._made(path, fields)

    def trash(self, path: str) -> Json:
        """Put `posts/3` or `comments/7` into the trash."""
        return self._json(self.send("DELETE", path))

    def destroy(self, path: str) -> Json:
        """Remove `posts/3`, `comments/7` or `media/5` for good."""
        return self._json(self.send("DELETE", path, params={"force": "true"}))

    def comment(self, post: int, text: str, *, author: str, parent: int = 0, **fields: Any) -> Json:
        """A comment below a post, or below the comment `parent`."""
        named = {"author_name": author, "author_email": f"{author.lower().replace(' ', '.')}@example.test"}
        return self._made("comments", {"post": post, "parent": parent, "content": text, **named, **fields})

    def upload(self, name: str, data: bytes, content_type: str, *, alt: str = "", post: int | None = None) -> Json:
        """A file of the media library, attached to a post where one is given."""
        headers = {"Content-Type": content_type, "Content-Disposition": f'attachment; filename="{name}"'}
        made = self._json(self.send("POST", "media", data=data, headers=headers))
        return self.edit(f"media/{made['id']}", alt_text=alt, **({"post": post} if post else {}))

    def send(self, method: str, path: str, **said: Any) -> requests.Response:
        """A signed request to the content API; raises for an error status, with what the site said."""
        with requests.Session() as session:
            session.trust_env = False
            address = f"{self.url}/wp-json/wp/v2/{path}"
            reply = session.request(method, address, auth=(self.user, self.app_password), timeout=30, **said)
        if not reply.ok:
            raise requests.HTTPError(f"{method} {path}: {reply.status_code} {reply.text[:300]}", response=reply)
        return reply

    def _made(self, path: str, fields: Json) -> Json:
        return self._json(self.send("POST", path, json=fields))

    def _json(self, reply: requests.Response) -> Json:
        said: Json = reply.json()
        return said


def start(prepared: Path, folder: Path) -> WordPress:
    """A new site in `folder`, of the WordPress in `prepared`. Raises NotStarted with the server's last words."""
    return on_a_free_port(lambda port: _launch(prepared, folder / f"site-{port}", port))


def _launch(prepared: Path, folder: Path, port: int) -> WordPress:
    url, title = f"http://127.0.0.1:{port}", f"Sample site {secrets.token_hex(6)}"
    env = _environment(prepared, folder, url)
    _lay_out(prepared, Path(env["SITE_CONTENT"]))
    password = _install(title, env)
    log = folder / "php.log"
    command = [*_PROGRAM, "-S", f"127.0.0.1:{port}", "-t", str(prepared / "site"), str(_PHP / "router.php")]
    process = spawn(command, log, env=env | {"PHP_CLI_SERVER_WORKERS": "4"})
    wait_until(lambda: _is_called(url, title), process, log)
    return WordPress(url=url, user="admin", app_password=password, folder=folder, process=process, env=env)


def _environment(prepared: Path, folder: Path, url: str) -> dict[str, str]:
    return {
        "SITE_URL": url,
        "SITE_ROOT": str(prepared / "site"),
        "SITE_CONTENT": str(folder / "content"),
        "SITE_CONFIG": str(_PHP / "config.php"),
        "SITE_SECRET": secrets.token_hex(16),
    }


def _lay_out(prepared: Path, content: Path) -> None:
    content.mkdir(parents=True)
    (content / "uploads").mkdir()
    for shared in ("plugins", "themes"):
        (content / shared).symlink_to(prepared / shared)
    drop_in = prepared / "plugins" / "sqlite-database-integration" / "db.copy"
    (content / "db.php").write_bytes(drop_in.read_bytes())


def _install(title: str, env: Mapping[str, str]) -> str:
    command = [*_PROGRAM, str(_PHP / "install.php"), title]
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False)
    password = done.stdout.strip()
    if done.returncode or not password.replace(" ", "").isalnum():
        raise NotStarted(f"WordPress was not set up: {done.stdout[-600:]}{done.stderr[-600:]}")
    return password


def _is_called(url: str, title: str) -> bool:
    # The title is asked for, because another server may have taken the port in between.
    try:
        return bool(requests.get(f"{url}/wp-json/", timeout=10).json().get("name") == title)
    except (requests.exceptions.ConnectionError, requests.exceptions.JSONDecodeError):
        return False
