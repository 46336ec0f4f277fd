"""What was written on one account of a platform: six posts on three pages, a thread, a conversation, a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
PER_PAGE = 2

Naming = Callable[[str, int, datetime, str], str]
Row = TypeVar("Row")


@dataclass(slots=True, kw_only=True)
class Note:
    """A post, a comment or a message as it stands. `names` are the ids of its versions where an edit makes a new id."""

    id: str
    text: str
    at: datetime
    ours: bool
    answers: str = ""
    hidden: bool = False
    picture: bool = False
    before: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


class Told:
    """Everything that was written, newest first; `named` gives an id by kind, number, time and what is answered."""

    def __init__(self, named: Naming) -> None:
        self._named = named
        self._count = 0
        self.unseen = 0  # posts that are counted and not shown
        ages = [timedelta(hours=1), timedelta(hours=20), *(timedelta(days=n) for n in (5, 6, 9, 10))]
        self.posts = [self._note("post", START - age, f"post {n}") for n, age in enumerate(ages)]
        self.posts[0].picture = True
        self.comments: list[Note] = []
        first = self.comment("comment 0", 50)
        self.comment("answer to it", 45, answers=first)
        self.comment("another answer", 40, answers=first, ours=True)
        self.comment("comment 1", 30)
        self.messages = [
            self._note("message", START - timedelta(minutes=n), f"message {n}", ours=n == 5) for n in (5, 6, 7)
        ]

    def post(self, text: str, at: datetime) -> Note:
        """Something new is published."""
        self.posts.insert(0, note := self._note("post", at, text))
        return note

    def comment(self, text: str, minutes: int, *, answers: Note | None = None, ours: bool = False) -> Note:
        """Somebody answers the newest of the first posts, or another comment, so many minutes before the start."""
        above = answers.id if answers else ""
        note = self._note("comment", START - timedelta(minutes=minutes), text, ours=ours, answers=above)
        self.comments.insert(0, note)
        return note

    def message(self, text: str, at: datetime) -> Note:
        """Somebody writes in private."""
        self.messages.insert(0, note := self._note("message", at, text, ours=False))
        return note

    def edit(self, note: Note, text: str, at: datetime) -> None:
        """The note says something else now."""
        note.before.append(note.text)
        note.text = text
        note.names.append(self._named("post", len(note.names) + 100, at, ""))

    @property
    def root(self) -> Note:
        """The post that the comments stand under."""
        return next(note for note in self.posts if note.picture)

    def remove_comment(self) -> Note:
        """The newest comment is taken away."""
        return self.comments.pop(0)

    def parents(self) -> dict[str, str]:
        """What each comment stands directly under."""
        return {note.id: note.answers or self.root.id for note in self.comments}

    def truth(self) -> dict[str, str]:
        """The text of everything, by its id."""
        return {note.id: note.text for note in (*self.posts, *self.comments, *self.messages)}

    def _note(self, kind: str, at: datetime, text: str, *, ours: bool = True, answers: str = "") -> Note:
        self._count += 1
        name = self._named(kind, self._count, at, answers)
        return Note(id=name, text=text, at=at, ours=ours, answers=answers, names=[name])


def paged(rows: Sequence[Row], cursor: str | None, size: int = PER_PAGE) -> tuple[list[Row], str]:
    """One page of a listing, and the cursor of the next; empty where there is none."""
    start = int(cursor or 0)
    end = start + size
    return list(rows[start:end]), str(end) if end < len(rows) else ""
