"""What a fault script is, and the faults that need to know the platform they happen to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from archiver.model import Cause
from archiver.storage.run_rows import Depth
from tests.exact_server import Step
from tests.platforms import mangling as wrong
from tests.platforms.mangling import Does
from tests.platforms.wire import Asked, Said, Wire
from tests.platforms.world import Stage

ALWAYS = 1_000_000
ALL = ("facebook", "instagram", "x", "youtube", "bluesky", "instagram-by-page", "youtube-by-key")
RENEWING = ("x", "youtube", "bluesky")  # whose tokens are got anew by the archive itself
PAGING = ("facebook", "instagram", "x", "youtube", "instagram-by-page", "youtube-by-key")  # whose threads come in pages
WRITING = ("facebook", "instagram", "x", "bluesky", "instagram-by-page")  # that have private messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One fault: to which part of the account, on which page (by its cursor), how often, on which platforms.

    `gap` is what the part lacks while it lasts; None where it must leave none. `stops`: the account is stopped until a
    person looks. `fresh`: it happens to the first poll of all. `begin` and `mend` do what is no reply: to the servers,
    or on the account's side.
    """

    name: str
    does: Callable[[Stage], Does] | None = None
    part: str = "posts"
    page: str | None = None
    times: int = ALWAYS
    only: tuple[str, ...] = ALL
    gap: Cause | None = None
    depth: Depth | None = None
    stops: bool = False
    fresh: bool = False
    begin: Callable[[Stage], None] = lambda _stage: None
    mend: Callable[[Stage], None] = lambda _stage: None

    @property
    def costs(self) -> frozenset[str]:
        """What may be missing while it lasts: of the part itself, and what hangs on it or waits for it."""
        waits = self.stops or self.gap in (Cause.AUTH, Cause.RATE_LIMIT) or self.part in ("profile", "renewal")
        own = {"posts": {"posts", "comments"}, "file": set()}.get(self.part, {self.part})
        return frozenset({"posts", "comments", "messages"} if waits or self.mend is reconnect else own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """What one platform does otherwise than the rest, and why. `everywhere`: in all that is then outstanding."""

    gap: Cause | None
    why: str
    everywhere: bool = False


def plain(does: Does) -> Callable[[Stage], Does]:
    """A fault that is the same on every platform."""
    return lambda _stage: does


def own(name: str, code: int | None = None) -> Callable[[Stage], Does]:
    """An error in the platform's own form, under its own status or another."""

    def made(stage: Stage) -> Does:
        said = stage.site.errors[name]
        return wrong.instead(said if code is None else replace(said, status=code))

    return made


def rows(change: Callable[[list[Any]], list[Any]]) -> Callable[[Stage], Does]:
    """The items of a page, changed."""
    return lambda stage: wrong.changed(lambda value: value | {stage.site.rows: change(value[stage.site.rows])})


def leads_to(cursor: str) -> Callable[[Stage], Does]:
    """A page whose next one is that of this cursor."""
    return lambda stage: wrong.changed(lambda value: stage.site.onward(value, cursor))


def first_page_again(stage: Stage) -> Does:
    """The items of the first page, under the next page's cursor."""

    def does(asked: Asked, honest: Wire) -> list[Step]:
        query = {name: value for name, value in asked.query.items() if name != stage.site.step}
        first = stage.site.answer(replace(asked, query=query)).value
        return list(wrong.changed(lambda value: value | {stage.site.rows: first[stage.site.rows]})(asked, honest))

    return does


def elsewhere(stage: Stage) -> Does:
    """To another host, which answers something of its own."""
    return wrong.status(301, ("Location", f"{stage.servers.files.url}/elsewhere"))


def in_circles(_stage: Stage) -> Does:
    """To the same address, for ever."""

    def does(asked: Asked, _honest: Wire) -> list[Step]:
        return [Wire(status=302, headers=(("Location", asked.line),)).bytes()]

    return does


def revoked(stage: Stage) -> Does:
    """Answered, and from then on the token is no longer taken."""

    def does(_asked: Asked, honest: Wire) -> list[Step]:
        stage.site.valid = "token-of-another-day-0001"
        return [honest.bytes()]

    return does


def reconnect(stage: Stage) -> None:
    """A person stores the credential anew."""
    stage.reconnect()


def wrong_name(stage: Stage) -> None:
    """The certificate is for another host."""
    stage.serve_with(name="DNS:other.example")


def lapsed(stage: Stage) -> None:
    """The certificate is out of date."""
    stage.serve_with(end="20200201000000Z")


def unknown(stage: Stage) -> None:
    """The certificate is by an authority that nobody trusts."""
    stage.serve_with(authority=stage.servers.stranger)


def restarted(stage: Stage) -> None:
    """The archiver is started anew and holds no token."""
    stage.close()


def strange_signs(stage: Stage) -> None:
    """A text with half of a pair of surrogates, a zero, signs that turn the line around, and a word of 64 kilobytes."""
    stage.site.told.post("half \ud83d zero \x00 turned \u202e " + "w" * 65536, stage.clock.now())


def huge(value: Any) -> Any:
    """A field with a number that no database holds, beside everything."""
    if isinstance(value, dict):
        return {name: huge(part) for name, part in value.items()} | {"number_of_2031": 10**400}
    return [huge(part) for part in value] if isinstance(value, list) else value


def honest_again(stage: Stage) -> None:
    """The right certificate."""
    stage.serve_with()


def counted_more(stage: Stage) -> None:
    """The platform says that there are more posts than it shows."""
    stage.site.told.posts.pop(0)
    stage.site.told.unseen += 1


def shown_at_last(stage: Stage) -> None:
    """What was only counted is shown."""
    stage.site.told.unseen -= 1
    stage.site.told.post("shown late", stage.clock.now())


def stranger(stage: Stage) -> Does:
    """The profile of somebody else."""
    return wrong.instead(Said(value=stage.site.stranger()))


def in_minutes(stage: Stage) -> Does:
    """Too many requests, with the time of day from which on they are taken again."""
    moment = format_datetime(stage.clock.now() + timedelta(minutes=7), usegmt=True)
    return wrong.status(429, ("Retry-After", moment))


def empty(value: Any) -> Any:
    """Null for every value."""
    return wrong.leaves(value, lambda _leaf: None)


def of_other_types(value: Any) -> Any:
    """An object for every value."""
    return wrong.leaves(value, lambda leaf: {"value": leaf, "unit": "none"})


def fault_of(script: Script, stage: Stage) -> tuple[Callable[[Asked], bool], Does] | None:
    """To which requests a script happens on a stage, and what it is."""
    if script.does is None:
        return None

    def to(asked: Asked) -> bool:
        here = not script.part or stage.part(asked) == script.part
        return here and (script.page is None or asked.query.get(stage.site.step) == script.page)

    return to, script.does(stage)
