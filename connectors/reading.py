"""A reply in the hands of a connector: its rows with their places, and the page that what was found in it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Cause, Fetch, Identity, Notice, Page, Reply, Snapshot, Unread
from connectors.fields import at, text, unique
from connectors.json_body import read_json

Found = Snapshot | Unread | Fetch | Notice | None
"""What a reader finds in a reply: items, parts that could not be read, what to ask next, what people should know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A JSON object that answered a request. `value` is the object, `flags` what had to be repaired to read it."""

    account: Account
    fetch: Fetch
    reply: Reply
    value: Any
    flags: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """What the request was about; empty for a listing."""
        return self.fetch.subject or ""

    def says(self, *path: str | int) -> str:
        """The text at a path of the object."""
        return text(self.value, *path)

    def rows(self, name: str, what: str = "") -> list[tuple[str, Any]]:
        """The members of a list, each with its place. Raises Unreadable where there is none: an empty one is there."""
        found = at(self.value, name)
        if not isinstance(found, list):
            own = (self.says("error", "message") or self.says("error"))[:200]
            told = f"holds no list of {what or name}{f': it says {own!r}' if own else ''}"
            raise Unreadable(f"The reply to '{self.fetch.stream}' {told}.", do="Poll again; see the gap.")
        return [(f"/{name}/{n}", node) for n, node in enumerate(found)]

    def page(
        self,
        found: Iterable[Found],
        *,
        step: Fetch | Unread | None = None,
        distinct: Callable[[Iterable[Snapshot]], tuple[Snapshot, ...]] = unique,
        flags: Iterable[str] = (),
        **more: Any,
    ) -> Page:
        """The page that was found; `step` is the next one, or why it cannot be asked for."""
        kept = list(found)
        if isinstance(step, Unread):
            kept.append(step)
        return Page(
            items=distinct(one for one in kept if isinstance(one, Snapshot)),
            unread=tuple(one for one in kept if isinstance(one, Unread)),
            also=tuple(one for one in kept if isinstance(one, Fetch)),
            notices=tuple(one for one in kept if isinstance(one, Notice)),
            more=step if isinstance(step, Fetch) else None,
            flags=(*self.flags, *flags),
            **more,
        )


def reading(account: Account, fetch: Fetch, reply: Reply) -> Reading:
    """The reply as a JSON object. Raises Unreadable where it is none."""
    body = read_json(fetch, reply, expect=dict)
    return Reading(account=account, fetch=fetch, reply=reply, value=body.value, flags=body.flags)


def stepped(fetch: Fetch, name: str, cursor: str, *, source: str = "") -> Fetch | Unread | None:
    """The same request from where the page ended; None where it was the last.

    A page that names itself as the next one is told, so that the end of the reply is not taken for the end of the list.
    """
    if not cursor:
        return None
    page = replace(fetch, params=(*(pair for pair in fetch.params if pair[0] != name), (name, cursor)))
    return page if page.key != fetch.key else Unread(source=source, reason="the next page named is this page itself")


def spoken_for(account: Account, told: Identity, *, nobody: str, other: str, do: str, names: Iterable[str]) -> Identity:
    """Whom a reply speaks for. A credential of somebody else must not be pinned by its first use.

    `nobody` and `other` are what is wrong where it names no account, or one that is called by none of the `names`.
    """
    if not told.platform_id:
        raise Unreadable(nobody, do=do)
    expected = account.handle.removeprefix("@").casefold()
    if account.platform_id is None and expected not in {one.removeprefix("@").casefold() for one in names if one}:
        raise Unreadable(f"{other}, not for {account.handle}.", cause=Cause.IDENTITY, do=do)
    return told
