"""A post's file may lead anywhere; each hop over real sockets is vetted anew, and nothing near this host is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archiver.clock import SetClock
from archiver.config import Archive as ArchiveSettings
from archiver.config import Config, Network
from archiver.model import Account
from archiver.polling.capturing import capturing
from archiver.polling.registry import connectors
from archiver.storage import accounts, schedule
from archiver.storage.archive import Archive

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FEED = """<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:f</id><title>f</title><updated>2026-11-20T00:00:00Z</updated>
<entry><id>urn:1</id><title>Picture</title><updated>2026-11-20T00:00:00Z</updated><content>text</content>
<link rel="enclosure" type="image/png" href="{home}/a.png"/></entry></feed>"""


@contextmanager
def serving(answers: dict[str, tuple[int, str, str]]) -> Iterator[tuple[str, list[str]]]:
    """A server of these answers (status, location, body); its address, and the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, location, body = answers.get(self.path, (404, "", ""))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Type", "application/atom+xml" if "<feed" in body else "image/png")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("allowed", [False, True])
def test_a_redirect_to_this_host_is_followed_only_where_that_was_allowed(tmp_path: Path, *, allowed: bool) -> None:
    """Two hops: the account's own server, then another service of this host, which must not hear of it."""
    answers: dict[str, tuple[int, str, str]] = {}
    with serving({"/inside": (200, "", "secret of this host")}) as (inside, heard), serving(answers) as (home, asked):
        answers["/feed"] = (200, "", FEED.format(home=home))
        answers["/a.png"] = (302, f"{inside}/inside", "")
        archive = Archive.create(tmp_path / "archive", agency="A", moment=NOON)
        settings = ArchiveSettings(directory=archive.directory, reserve_megabytes=0)
        config = replace(Config(), archive=settings, network=Network(allow_loopback=allowed))
        account = Account(id="blog", platform="feed", handle="blog", url=f"{home}/feed")
        with archive.database.transaction() as db:
            schedule.make_due(db, accounts.add_account(db, account), NOON)
        clock = SetClock(NOON)
        with capturing(archive, config, clock, connectors=connectors(), environ={}) as engine:
            while not engine.poll("blog").finished:  # it is tried again, then given up on record
                clock.move(timedelta(hours=1))
        db = archive.database.connection()
        gaps = [row["cause"] for row in db.execute("SELECT cause FROM gaps").fetchall()]
        kept = [row["size"] for row in db.execute("SELECT size FROM media").fetchall()]
        archive.close()

    assert "/a.png" in asked
    assert (heard, gaps, kept) == ((["/inside"], [], [19]) if allowed else ([], ["address refused"], []))
