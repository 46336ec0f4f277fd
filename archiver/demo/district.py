"""The sample school district: its people, statuses and blog entries, and the changes that can be made to them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from archiver.demo.entries import ENTRIES, Written
from archiver.demo.posts import DISTRICT, PEOPLE, STATUSES, Told
from archiver.demo.statuses import Done, Entry, Shown, Status, Version

TOKEN = "demo-token-opens-nothing-real"
_STEP = timedelta(minutes=1)


class District:
    """Everything the demo server shows. Hold `lock` while reading several things that belong together.

    Time stands still between changes: each change happens one minute after the one before, beginning at `start`.
    """

    def __init__(self, start: datetime, token: str = TOKEN) -> None:
        self.lock = threading.RLock()
        self.start = start
        self.now = start
        self.token: str | None = token
        self._account_ids = {person.username: _person_id(start, place) for place, person in enumerate(PEOPLE)}
        self._statuses: dict[str, Status] = {}
        self._entries = {one.slug: Entry(written=one, versions=(_said(start, one),)) for one in ENTRIES}
        self._tell_all()

    # -- reading

    def account_id(self, username: str) -> str:
        """The id that the handle answers with now."""
        return self._account_ids[username]

    def knows(self, username: str) -> bool:
        """Whether there is such a handle."""
        return username in self._account_ids

    def username(self, account_id: str) -> str | None:
        """The handle behind an id; None where there is no such account (any more)."""
        return next((name for name, known in self._account_ids.items() if known == account_id), None)

    def status(self, status_id: str) -> Status | None:
        """A status that is shown now."""
        found = self._statuses.get(status_id)
        return found if found and not found.removed else None

    def statuses(self) -> list[Status]:
        """All statuses that are shown now, newest first."""
        return sorted((one for one in self._statuses.values() if not one.removed), key=_age)

    def replies(self, status_id: str) -> list[Status]:
        """The direct replies to a status, oldest first."""
        return [one for one in reversed(self.statuses()) if one.reply_to == status_id]

    def entry(self, slug: str) -> Entry | None:
        """A blog entry that is shown now."""
        found = self._entries.get(slug)
        return found if found and not found.removed else None

    def entries(self) -> list[Entry]:
        """All blog entries that are shown now, newest first."""
        shown = (one for one in self._entries.values() if not one.removed)
        return sorted(shown, key=lambda one: one.versions[0].at, reverse=True)

    def blog_changed(self) -> datetime:
        """When an entry of the blog last appeared, changed or went away."""
        times = [one.removed or one.versions[-1].at for one in self._entries.values()]
        return max(times)

    @property
    def truth(self) -> tuple[Shown, ...]:
        """Everything ever shown, with all versions and removals."""
        with self.lock:
            return (*self._shown_statuses(), *self._shown_entries())

    # -- changes by id

    def publish(self, told: Told, *, reply_to: str | None = None) -> Done:
        """A new status appears, in answer to the status `reply_to` where that is given."""
        with self.lock:
            at = self._tick()
            added = self._add(told, at, reply_to, None)
        return Done(act="added", place="mastodon", id=added.id, at=at, after=told.text)

    def edit(self, status_id: str, text: str) -> Done:
        """A status gets a new text; the old one stays in its edit history. KeyError where it is not shown."""
        with self.lock:
            before, at = self._shown_now(status_id), self._tick()
            self._statuses[status_id] = before.edited(text, at)
        return Done(act="edited", place="mastodon", id=status_id, at=at, before=before.text, after=text)

    def remove(self, status_id: str) -> Done:
        """A status is shown no more; its replies stay and answer nothing any more, as Mastodon does it."""
        with self.lock:
            gone, at = self._shown_now(status_id), self._tick()
            self._statuses[status_id] = replace(gone, removed=at)
        return Done(act="removed", place="mastodon", id=status_id, at=at, before=gone.text)

    def edit_entry(self, slug: str, text: str) -> Done:
        """A blog entry gets a new text. KeyError where there is none."""
        with self.lock:
            before, at = self._entries[slug], self._tick()
            self._entries[slug] = before.edited(text, at)
        return Done(act="edited", place="blog", id=slug, at=at, before=before.versions[-1].text, after=text)

    def remove_entry(self, slug: str) -> Done:
        """A blog entry leaves the feed and its page is gone. KeyError where there is none."""
        with self.lock:
            gone, at = self._entries[slug], self._tick()
            self._entries[slug] = replace(gone, removed=at)
        return Done(act="removed", place="blog", id=slug, at=at, before=gone.versions[-1].text)

    # -- changes of the story

    def edit_a_post(self) -> Done:
        """The district rewrites its newest announcement of a meeting."""
        return self.edit(
            self.id_of("meeting"), "The board meets WEDNESDAY at 6 pm. One item: the boundary study. #SchoolBoard"
        )

    def remove_a_comment(self) -> Done:
        """An angry comment below that announcement goes away."""
        return self.remove(self.id_of("c8"))

    def remove_a_post(self) -> Done:
        """The district's post about the boundary goes away; the comments below it stay."""
        return self.remove(self.id_of("boundary"))

    def add_a_comment(self) -> Done:
        """A parent answers the announcement of the meeting."""
        told = Told(key="late", days=0, by="odessa_fennimore", to="meeting", text="Will there be child care?")
        return self.publish(told, reply_to=self.id_of("meeting"))

    def edit_a_blog_entry(self) -> Done:
        """The agenda changes after it was published."""
        return self.edit_entry("agenda-tuesday", "Call to order. Boundary study. Adjournment.")

    def remove_a_blog_entry(self) -> Done:
        """The minutes of a meeting leave the blog."""
        return self.remove_entry("board-minutes-january")

    # -- changes of the account

    def revoke_token(self) -> None:
        """The token is refused from now on."""
        with self.lock:
            self.token = None

    def give_handle_to_another(self) -> str:
        """The district's handle answers with another account id from now on, which is returned."""
        with self.lock:
            self._account_ids[DISTRICT.username] = _snowflake(self._tick(), 0xFFFF)
            return self._account_ids[DISTRICT.username]

    def id_of(self, key: str) -> str:
        """The id of the status that the content calls `key`. KeyError where there is none."""
        for one in self._statuses.values():
            if one.told.key == key:
                return one.id
        raise KeyError(key)

    # -- inside

    def _tell_all(self) -> None:
        ids: dict[str, str] = {}
        for told in sorted(STATUSES, key=lambda one: -one.days):
            at = self.start - timedelta(days=told.days)
            ids[told.key] = self._add(told, at, ids.get(told.to), ids.get(told.boosts)).id

    def _add(self, told: Told, at: datetime, reply_to: str | None, boosts: str | None) -> Status:
        parent = self._statuses.get(reply_to or "")
        named = dict.fromkeys((*([parent.told.by] if parent else ()), *told.audience))
        added = Status(
            id=_snowflake(at, len(self._statuses)),
            told=told,
            versions=(Version(at=at, text=told.text),),
            reply_to=reply_to,
            boosts=boosts,
            mentions=tuple(name for name in named if name != told.by),
        )
        self._statuses[added.id] = added
        return added

    def _shown_now(self, status_id: str) -> Status:
        found = self.status(status_id)
        if found is None:
            raise KeyError(status_id)
        return found

    def _tick(self) -> datetime:
        self.now += _STEP
        return self.now

    def _shown_statuses(self) -> Iterator[Shown]:
        for one in self._statuses.values():
            yield Shown(
                place="mastodon",
                id=one.id,
                author=one.told.by,
                visibility=one.told.visibility,
                versions=one.versions,
                removed=one.removed,
            )

    def _shown_entries(self) -> Iterator[Shown]:
        for slug, one in self._entries.items():
            yield Shown(
                place="blog",
                id=slug,
                author=one.written.author,
                visibility="public",
                versions=one.versions,
                removed=one.removed,
            )


def _said(start: datetime, written: Written) -> Version:
    return Version(at=start - timedelta(days=written.days), text=written.text)


def _age(status: Status) -> int:
    return -int(status.id)


def _person_id(start: datetime, place: int) -> str:
    return _snowflake(start - timedelta(days=768), place)


def _snowflake(at: datetime, sequence: int) -> str:
    # Mastodon's ids: milliseconds since 1970, then 16 bits, so that ids sort as times do.
    return str((int(at.timestamp() * 1000) << 16) + sequence)
