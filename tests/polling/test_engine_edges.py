"""What a gap says of its edges, and a kept exchange of its oddities."""

from __future__ import annotations

from archiver.storage.run_rows import Depth
from tests.polling.desk import HOUR, QUARTER, Desk
from tests.polling.replies import said


def test_a_closed_gap_names_the_items_at_its_edges(desk: Desk) -> None:
    """The last one known before, and the oldest that was shown first when the stream was walked again."""
    before = desk.platform.post("before")
    desk.poll()
    desk.platform.fail("/posts", said({}, 500))
    for _ in range(4):
        desk.later(QUARTER)
    first = desk.platform.post("first of the hole")
    desk.clock.move(HOUR)
    desk.platform.post("second of the hole")
    desk.platform.heal()
    desk.finish()
    gap = next(known for known in desk.all_gaps() if known.stream == "posts" and known.closed)
    assert (gap.last_known, gap.first_known) == (before.id, first.id)


def test_what_went_round_in_circles_is_asked_for_again_by_a_walk_back(desk: Desk) -> None:
    """The earlier versions of a post are asked for once for each edit; while a gap stands about them, again."""
    post = desk.platform.post("one")
    desk.platform.edit(post, "two")
    desk.platform.fail("/history", said({"items": [], "next": 1}))
    desk.finish()
    assert desk.gaps() == [("history", post.id, "paging loop", False)]

    desk.platform.heal()
    desk.later(HOUR, depth=Depth.REWALK)

    assert desk.gaps() == [("history", post.id, "paging loop", True)]
    assert sorted(desk.versions(post.id)) == ["one", "two"]
