"""E8, E12, E18, E20: what people and platforms write, from the wire to the bundle."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from tests.exact_server import ExactServer
from tests.faults.program import Program
from tests.polling import published
from tests.polling.desk import QUARTER, Desk, desk_in
from tests.polling.replies import said

TEXTS = {
    "direction": "safe \u202egnp.exe\u202c behind",
    "zero width": "sn\u200bow\u200d day",
    "marks": "Z" + "\u0301" * 10_000 + " zalgo",
    "beyond the first plane": "\U0001f3eb school \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "two ways of writing": "caf\u00e9 and cafe\u0301",
    "one long word": "w" * 65_536,
    "no-break": "a\u00a0b\u2028c",
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A new archive over a platform."""
    with desk_in(tmp_path / "archive") as made:
        yield made


def test_texts_of_every_kind_reach_the_bundle_as_they_were(tmp_path: Path) -> None:
    """E12. Shown safely, found by their words, exported equal."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{number}</guid><title>T</title><description>{text}</description></item>"
        for number, text in enumerate(map(escape, TEXTS.values()))
    )
    body = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n" % len(body)
    with ExactServer(lambda _: [head + body]) as server:
        program = Program(folder=tmp_path)
        program.begin(f"{server.url}/feed")
        program.must("poll", "--all")

    shown = program.must("search", "--limit", "50").out
    assert [sign for sign in "\u202e\u202c\u200b\u2028" if sign in shown] == []
    for words in ("zalgo", "school", "caf\u00e9", "behind"):
        assert json.loads(program.must("search", words, "--json").out)["count"] == 1, words
    program.must("requests", "open", "--id", "R1", "--text", "everything")
    made = json.loads(program.must("requests", "bundle", "R1", "--json").out)
    with zipfile.ZipFile(made["file"]) as bundle:
        name = next(name for name in bundle.namelist() if name.endswith("data/items.jsonl"))
        rows = [json.loads(line) for line in bundle.read(name).split(b"\n") if line]
    exported = {row["remote_id"]: row["versions"][-1]["text"] for row in rows}
    assert exported == {str(number): text for number, text in enumerate(TEXTS.values())}


def test_a_thread_a_thousand_replies_deep_is_kept_whole(desk: Desk) -> None:
    """E8. Nothing in reading, writing or searching goes down with it."""
    post = desk.platform.post("deep")
    thread = [desk.platform.comment(post, str(number)) for number in range(1000)]
    for above, below in pairwise(thread):
        below.under = above.id
    desk.finish()
    assert desk.texts() == desk.platform.truth()
    deepest = desk.rows("SELECT parent FROM items WHERE remote_id = ?", thread[-1].id)
    assert deepest == [(thread[-2].id,)]


def test_a_thread_of_very_many_replies_is_kept_whole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """E8. All beside each other under one post; ARCHIVER_WIDE says how many (a hundred thousand take a minute)."""
    monkeypatch.setattr(published, "PAGE", 2000)
    desk.platform.post("wide", comments=int(os.environ.get("ARCHIVER_WIDE", "20000")))
    desk.finish()
    assert desk.texts() == desk.platform.truth()
    assert desk.gaps() == []


def test_a_comment_under_one_that_is_gone_is_kept(desk: Desk) -> None:
    """E8. It says under what it stood, though that is not shown any more."""
    below = desk.platform.comment(desk.platform.post("one"), "below")
    below.under = "c999"
    desk.finish()
    assert desk.rows("SELECT parent FROM items WHERE remote_id = ?", below.id) == [("c999",)]
    assert desk.gaps() == []


def test_an_edit_before_its_creation_is_kept_and_flagged(desk: Desk) -> None:
    """E20. What the platform's clocks say is not put right by us."""
    post = desk.platform.post("one")
    post.edited = "2020-01-01T00:00:00+00:00"
    desk.finish()
    flags, edited = desk.rows(
        "SELECT v.flags, v.edited FROM versions v JOIN items i ON i.id = v.item WHERE i.remote_id = ?", post.id
    )[0]
    assert ("edited-before-created" in flags, edited) == (True, "2020-01-01T00:00:00.000000Z")


def test_the_same_words_on_two_platforms_are_two_records(tmp_path: Path) -> None:
    """E18. Each was provided by itself, and each has its own account, times and bytes."""
    item = "<item><guid isPermaLink='false'>7</guid><title>Snow day</title></item>"
    body = f"<rss version='2.0'><channel>{item}</channel></rss>".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n" % len(body)
    with ExactServer(lambda _: [head + body]) as server:
        program = Program(folder=tmp_path)
        program.begin(f"{server.url}/first", f"{server.url}/second")
        program.must("poll", "--all")
    assert program.kept() == ["7", "7"]
    assert json.loads(program.must("search", "snow", "--json").out)["count"] == 2


def test_what_was_public_and_is_private_later_is_kept_as_it_was_captured(desk: Desk) -> None:
    """E19. The look that was refused is on record beside it, and is no absence."""
    post = desk.platform.post("shown to all")
    desk.finish()
    post.listed = False
    desk.platform.fail(f"/posts/{post.id}", said({}, 403))
    desk.later(QUARTER)
    desk.finish_run()
    assert desk.versions(post.id) == ["shown to all"]
    assert desk.rows(
        "SELECT v.visibility FROM versions v JOIN items i ON i.id = v.item WHERE i.remote_id = ?", post.id
    ) == [("public",)]
    assert desk.seen(post.id) != "absent"
