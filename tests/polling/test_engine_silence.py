"""Failing in silence: a listing that shows nothing it showed before, a count that grows alone."""

from __future__ import annotations

from datetime import timedelta

from archiver.model import Cause, Page
from archiver.polling.silence import silences
from archiver.polling.situation import Situation
from archiver.storage import notices, walks
from archiver.storage.run_rows import Depth, begin_run, open_run
from tests.polling.desk import HOUR, OFFICE, Desk
from tests.polling.replies import said

EMPTY = said({"items": [], "pages": 1})


def test_an_empty_listing_of_a_full_account_is_a_gap_until_it_shows_again(desk: Desk) -> None:
    """Status 200 and no posts, of which one was shown before: noticed in one poll, over when they are shown again."""
    desk.platform.post("one")
    desk.poll()
    desk.platform.fail("/posts", EMPTY)
    desk.platform.fail("/post/", said({}, 403))
    desk.later()
    assert [gap for gap in desk.gaps() if gap[2] == "shows less than it must"] == [
        ("posts", None, "shows less than it must", False)
    ]

    desk.later(HOUR)
    assert [gap[3] for gap in desk.gaps() if gap[2] == "shows less than it must"] == [False]

    desk.platform.heal()
    desk.later(timedelta(hours=25))
    assert [gap[3] for gap in desk.gaps() if gap[2] == "shows less than it must"] == [True]


def test_an_account_whose_posts_were_all_taken_away_is_no_gap(desk: Desk) -> None:
    """When the direct look finds them absent, an empty listing is what it should be."""
    post = desk.platform.post("one")
    desk.poll()
    desk.platform.posts.remove(post)
    desk.later()
    assert desk.gaps() == []


def test_a_count_that_grows_while_nothing_new_is_shown_is_a_gap(desk: Desk) -> None:
    """The platform says 5 where it said 4, and the listing is the old one: noticed; with a new item it is none."""
    desk.platform.post("one")
    desk.poll()
    db = desk.archive.database
    (number,) = desk.rows("SELECT number FROM accounts")[0]
    with db.transaction() as writing:
        notices.apply_page(writing, number, Page(totals={"posts": 4}), desk.clock.now())
    desk.clock.move(HOUR)
    begin_run(db.connection(), run="later", account=number, depth=Depth.POLL, begun=desk.clock.now())
    walks.begin_walk(db.connection(), "later", "posts", None)
    walks.note_page(db.connection(), "later", "posts", shown=1, met_known=True, oldest=None)
    with db.transaction() as writing:
        notices.apply_page(writing, number, Page(totals={"posts": 5}), desk.clock.now())
    run = open_run(db.connection(), number)
    assert run is not None
    at = Situation(account=OFFICE, number=number, run=run, media=True, now=desk.clock.now())
    words = "the platform counts 5 where it counted 4, and shows nothing new"
    assert silences(db.connection(), at) == {"posts": (Cause.SILENT, words)}

    db.connection().execute("UPDATE items SET first_seen = '2026-11-20T12:30:00.000000Z'")
    assert silences(db.connection(), at) == {}
    db.connection().execute("DELETE FROM runs WHERE id = 'later'")
