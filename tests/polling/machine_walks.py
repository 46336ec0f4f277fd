"""The state machine of polling: what a walk that ended had to meet is held, or told as a gap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from archiver.storage.run_rows import GOING_BACK
from tests.polling.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Where an item is listed, and since when."""

    stream: str
    created: str


class Walks:
    """Keeps, for each run, what was there from its beginning to its end."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._there: dict[str, Listed] = {}
        self._run = ""  # under way, with what was there when it began
        self._slipped = self._goes_far_back = False
        self._due: dict[str, Listed] = {}  # what walks had to meet, and is not held
        self._set_back = timedelta(0)
        self._left_out: set[str] = set()  # of earlier walks: a walk that does not go so far back need not meet it

    def clock_is_set_back(self, by: timedelta) -> None:
        """By so much it cannot be told any more what was before and what after."""
        self._set_back += by

    def an_item_goes(self) -> None:
        """In a listing that is paged by number an item slips past a walk under way; the next one meets it."""
        self._slipped = True

    def there(self) -> dict[str, Listed]:
        """What the listings have to show now."""
        platform = self.desk.platform
        posts = {post.id: Listed(stream="posts", created=post.created) for post in platform.posts if not post.removed}
        return posts | {id_: Listed(stream="messages", created=at) for id_, at, _ in platform.messages}

    def polled(self, there: dict[str, Listed]) -> None:
        """A poll ended, before which this was there."""
        row = self.desk.rows("SELECT id, ended IS NOT NULL, depth FROM runs ORDER BY rowid DESC LIMIT 1")
        for run, ended, depth in row:
            if run != self._run:
                self._run, self._there, self._slipped = run, there, False
                self._goes_far_back = depth in GOING_BACK
            if ended:
                self._end()

    def require_held_or_told(self) -> None:
        """What has been listed since before a walk that ended, and was not withheld from it."""
        held, now = self.desk.texts(), self.there()
        self._due = {item: at for item, at in self._due.items() if item in now and item not in held}
        gaps = [gap for gap in self.desk.all_gaps(standing=True) if gap.subject is None] if self._due else []
        for item, at in self._due.items():
            told = [gap for gap in gaps if gap.stream in (at.stream, "profile")]
            by_then = datetime.fromisoformat(at.created) + self._set_back
            assert any(not gap.start or gap.start <= by_then for gap in told), (item, at)

    def _end(self) -> None:
        withheld = self.desk.platform.withheld
        if not self._slipped:
            spared = set() if self._goes_far_back else self._left_out
            self._due |= {item: at for item, at in self._there.items() if item not in spared}
        self._due = {item: at for item, at in self._due.items() if item not in withheld}
        self._left_out |= withheld
        self._there = {}
        withheld.clear()
