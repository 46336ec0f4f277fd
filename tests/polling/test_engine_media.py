"""Files: their bytes, or why they are missing; never in the way of posts, comments or other files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from archiver.config import Config
from tests.polling.desk import DAY, Desk, desk_in
from tests.polling.replies import LOGIN_PAGE, Wire, cut, said, wire


def _files(desk: Desk) -> dict[str, tuple[str | None, str]]:
    return {row[0]: (row[1], row[2]) for row in desk.rows("SELECT media_id, sha256, missing FROM item_media")}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("answer", "cause", "missing"),
    [
        (said({}, 404), "not there", "the server answered 404"),
        (said({}, 403), "not allowed", "the server answered 403"),
        (LOGIN_PAGE, "unreadable", "the server sent a page (text/html) in place of the file"),
        (wire(200, b""), "unreadable", "the server sent nothing in place of the file"),
        (said({}, 500), "server error", "the platform answered 500"),
    ],
)
def test_a_file_that_cannot_be_had_is_missing_with_its_reason(
    desk: Desk, answer: Wire, cause: str, missing: str
) -> None:
    """The item is kept, its other file too; the gap names the item and closes when the file comes."""
    post = desk.platform.post("pictured", files=2)
    (lost, name), (other, _) = post.files
    desk.platform.fail(f"/{name}", answer)

    desk.finish()

    assert _files(desk)[lost] == (None, missing)
    assert _files(desk)[other][0] is not None
    assert desk.gaps() == [("media", post.id, cause, False)]

    desk.platform.heal()
    desk.later()
    assert _files(desk)[lost] == (_digest(desk.platform.files[name]), "")
    assert desk.gaps() == [("media", post.id, cause, True)]


def test_a_file_that_is_cut_off_is_asked_again_and_not_kept_in_part(desk: Desk) -> None:
    """Half a picture is no picture."""
    post = desk.platform.post("pictured", files=1)
    media_id, name = post.files[0]
    desk.platform.fail(f"/{name}", cut(wire(200, b"0123456789", content_type="image/png"), 90), times=2)

    desk.finish()

    assert _files(desk)[media_id] == (_digest(desk.platform.files[name]), "")
    assert desk.count("media") == 1


def test_a_file_larger_than_allowed_is_kept_as_far_as_it_goes_and_marked(tmp_path: Path) -> None:
    """A megabyte is allowed, three come: the beginning is kept, marked in the WARC and the catalogue, and a gap."""
    small = replace(Config(), polling=replace(Config().polling, interval_minutes=15))
    with desk_in(tmp_path, config=small, media_megabytes=1) as desk:
        post = desk.platform.post("filmed")
        post.files = [desk.platform.file(b"x" * (3 << 20)), desk.platform.file(b"small")]

        desk.poll()
        desk.later()

        assert desk.rows("SELECT truncated FROM media ORDER BY size DESC") == [("length",), ("",)]
        assert desk.gaps() == [("media", post.id, "too large", False)]


def test_a_file_whose_host_does_not_answer_keeps_nobody_waiting(desk: Desk) -> None:
    """Five attempts, then it is missing on record; the run is done."""
    desk.platform.post("pictured", files=3, comments=1)
    desk.platform.fail("files.example", cut(b"", 0))

    polled = desk.finish()

    assert polled.finished
    assert desk.texts() == desk.platform.truth()
    assert {missing for _, missing in _files(desk).values()} == {
        "files.example:443 closed the connection without a reply."
    }


def test_a_file_at_an_address_that_may_not_be_asked_is_missing(desk: Desk) -> None:
    """A post names a file of another scheme: refused, on record, and nothing else is."""
    post = desk.platform.post("odd")
    post.files = [("odd", "file:///etc/passwd")]

    desk.finish()

    assert [gap[:3] for gap in desk.gaps()] == [("media", post.id, "address refused")]


def test_a_redirected_file_is_kept_under_its_id(desk: Desk) -> None:
    """The address leads on to another host."""
    post = desk.platform.post("pictured", files=1)
    media_id, name = post.files[0]
    desk.platform.fail(f"files.example/{name}", wire(302, b"", ("Location", "https://cdn.example/real")))
    desk.platform.fail("cdn.example/real", wire(200, b"the picture", content_type="image/png"))

    desk.poll()

    assert _files(desk)[media_id] == (_digest(b"the picture"), "")
    assert desk.gaps() == []


def test_a_circle_of_redirects_before_a_file_is_a_gap_and_breaks_no_walk(desk: Desk) -> None:
    """The run is done all the same."""
    post = desk.platform.post("pictured", files=1)
    name = post.files[0][1]
    desk.platform.fail(f"/{name}", wire(302, b"", ("Location", f"/{name}")))

    polled = desk.poll()

    assert polled.finished
    assert desk.gaps() == [("media", post.id, "paging loop", False)]


def test_a_missing_file_of_an_old_post_is_asked_for_again_by_the_walk_back(desk: Desk) -> None:
    """Two weeks ago it was not there; now it is."""
    post = desk.platform.post("pictured", files=1)
    media_id, name = post.files[0]
    desk.platform.fail(f"/{name}", said({}, 404))
    desk.poll()
    for _ in range(14):
        desk.later(DAY)
    desk.platform.heal()

    desk.later(DAY)

    assert _files(desk)[media_id][0] == _digest(desk.platform.files[name])
    assert [gap for gap in desk.gaps() if gap[0] == "media"] == [("media", post.id, "not there", True)]


def test_without_media_no_file_is_asked_for(tmp_path: Path) -> None:
    """[polling] media = false: posts only."""
    words_only = replace(Config(), polling=replace(Config().polling, media=False))
    with desk_in(tmp_path, config=words_only) as desk:
        desk.platform.post("pictured", files=2)

        desk.poll()

        assert [line for line in desk.platform.lines() if line.startswith("/f")] == []
        assert desk.texts() == desk.platform.truth()
