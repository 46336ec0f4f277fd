"""What a gap says of its edges, and a kept exchange of its oddities."""

from __future__ import annotations

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
