"""The first walk of an account: everything the platform shows is kept, item by item."""

from __future__ import annotations

import gzip
import hashlib
from datetime import timedelta

from tests.polling.desk import START, Desk


def _publish(desk: Desk) -> None:
    platform = desk.platform
    for number in range(10):
        desk.clock.move(timedelta(minutes=1))
        post = platform.post(f"post {number}", files=number % 3, comments=number)
        for comment in post.comments[:2]:
            reply = platform.comment(comment, f"reply in {number}")
            platform.comment(reply, f"reply to a reply in {number}")
    platform.edit(platform.posts[3], "post 3, corrected")
    platform.edit(platform.posts[3], "post 3, corrected again")
    for number in range(6):
        platform.message(f"message {number}")


def test_a_first_walk_keeps_what_the_platform_shows_item_by_item(desk: Desk) -> None:
    """Posts and comments over pages, nested replies, messages and the profile: nothing more, nothing less."""
    _publish(desk)

    polled = desk.poll()

    assert polled.finished
    assert desk.texts() == desk.platform.truth()
    assert desk.gaps() == []


def test_a_first_walk_keeps_every_earlier_version_the_platform_tells(desk: Desk) -> None:
    """The current text is the item's version; those of the edit history stand beside it, marked as historic."""
    _publish(desk)

    desk.poll()

    edited = desk.platform.posts[3].id
    rows = desk.rows(
        "SELECT v.text, v.historic, v.number = i.version FROM versions v JOIN items i ON i.id = v.item"
        " WHERE i.remote_id = ? ORDER BY v.number",
        edited,
    )
    assert rows == [("post 3, corrected again", 0, 1), ("post 3", 1, 0), ("post 3, corrected", 1, 0)]
    assert desk.count("versions") == desk.count("items") + 2


def test_a_first_walk_keeps_each_file_byte_for_byte(desk: Desk) -> None:
    """Each file's digest is that of the bytes the platform serves, linked to the item that carries it."""
    _publish(desk)

    desk.poll()

    served = desk.platform.files
    carried = {
        (p.id, name, hashlib.sha256(served[name]).hexdigest()) for p in desk.platform.posts for _, name in p.files
    }
    held = desk.rows("SELECT i.remote_id, m.media_id, m.sha256 FROM item_media m JOIN items i ON i.id = m.item")
    assert set(held) == carried
    assert desk.count("media") == len(served)


def test_a_first_walk_keeps_parents_and_threads(desk: Desk) -> None:
    """A comment names its post, a reply the comment it answers."""
    post = desk.platform.post("one")
    comment = desk.platform.comment(post, "first")
    reply = desk.platform.comment(comment, "second")

    desk.poll()

    assert desk.rows("SELECT remote_id, parent FROM items WHERE kind = 'comment' ORDER BY remote_id") == [
        (comment.id, post.id),
        (reply.id, comment.id),
    ]


def test_a_first_walk_covers_every_stream_from_the_beginning(desk: Desk) -> None:
    """Every stream is covered from the beginning to when the walk began."""
    _publish(desk)

    desk.poll()

    begun = START + timedelta(minutes=10)
    assert desk.covered() == {
        stream: [(None, begun)] for stream in ("comments", "history", "messages", "posts", "profile")
    }


def test_an_empty_account_is_covered_and_has_no_gap(desk: Desk) -> None:
    """Nothing there is an answer too: the account's profile is held, and its streams are covered."""
    polled = desk.poll()

    assert polled.finished
    assert desk.texts() == {"account:42": "the office"}
    assert desk.gaps() == []
    assert desk.covered() == {stream: [(None, START)] for stream in ("messages", "posts", "profile")}


def test_the_account_is_pinned_at_first_contact(desk: Desk) -> None:
    """The platform's id of the account is stored, with an act that says so."""
    desk.poll()

    assert desk.rows("SELECT platform_id FROM accounts") == [("42",)]
    assert desk.rows("SELECT act, subject FROM acts") == [("account pinned", "office")]


def test_a_thread_two_hundred_replies_deep_is_kept_whole(desk: Desk) -> None:
    """Depth is no limit of ours."""
    post = desk.platform.post("deep")
    under = desk.platform.comment(post, "0")
    for number in range(1, 200):
        under = desk.platform.comment(under, str(number))

    desk.poll()

    assert desk.texts() == desk.platform.truth()


def test_requests_carry_the_credential_and_the_archive_does_not(desk: Desk) -> None:
    """The token reaches the account's own host only, and no file of the archive holds it."""
    desk.platform.post("one", files=1)

    desk.poll()

    carried = {asked.host: asked.authorization for asked in desk.platform.asked}
    assert carried == {"platform.example": f"Bearer {desk.platform.token}", "files.example": None}
    desk.close()
    for path in desk.warc_files():
        assert desk.platform.token.encode() not in gzip.decompress(path.read_bytes())
    for path in desk.archive.directory.rglob("catalogue.sqlite*"):
        assert desk.platform.token.encode() not in path.read_bytes()
