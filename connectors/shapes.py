"""Items by declaration: which field of a platform's node becomes which field of an item.

A `Shape` is a table: for each field of a `Snapshot` where in the node it is told, or a function of the node where there
is more to it. Where it is told is written so:

    snippet.title     the text at this path; a whole number as its digits; nothing for anything else
    a.b|c             the first of several paths that says something
    tags[]            each text of a list;  to.data[].id  the text at a path in each of its members
    hidden?           `yes` where it is true;  published!  `no` where it is false
    state -usual -ok  the text, but for these words
    state +odd        the text, where it is one of these words
    words &           the text, where `&amp;` and the like stand for signs: those signs
    link @ https://a  the text as an address, a relative one below this
    https://a/{b.c}   these words with what is told at the places in braces; nothing where one of them is not told
    = live chat       this text, of every such node
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from html import unescape
from typing import Any, cast

from archiver.model import Author, Kind, Media, Snapshot, Unread, Visibility
from connectors.fields import another, at, count, rows, text
from connectors.links import web_address
from connectors.times import read_time

Get = str | Callable[[Any], Any]
Reads = Callable[[Any], Any]
Given = tuple[datetime | None, str]
_PLACE = re.compile(r"\{([^{}]+)\}")


@lru_cache(maxsize=4096)
def steps(path: str) -> tuple[tuple[str | int, ...], ...]:
    """The steps of each of the paths in `a.0.b|c`."""
    return tuple(tuple(int(step) if step.isdigit() else step for step in one.split(".")) for one in path.split("|"))


def said(node: Any, path: str) -> str:
    """The first text at one of the paths; empty where there is none."""
    for one in steps(path) if path else ():
        if found := text(node, *one):
            return found
    return ""


def filled(told: str, node: Any, written: Callable[[str], str] = str) -> str:
    """The words with what a node tells at the places in braces, each `written` in its way."""
    return _PLACE.sub(lambda place: written(said(node, place[1])), told)


def fills(told: str, node: Any) -> bool:
    """Whether a node tells something at each of the places in braces."""
    return all(said(node, place) for place in _PLACE.findall(told))


@lru_cache(maxsize=4096)
def getter(told: str) -> Callable[[Any], str | list[str]]:
    """What reads a node where it is told so."""
    if told.startswith("= "):
        return lambda _node: told[2:]
    if "{" in told:
        return _words(told)
    if told.endswith(" &"):
        return lambda node: unescape(said(node, told[:-2]))
    path, _, site = told.partition(" @ ")
    if site:
        return lambda node: web_address(site, said(node, path))
    path, *chosen = told.split(" +")
    if chosen:
        return lambda node: found if (found := said(node, path)) in chosen else ""
    path, *usual = told.split(" -")
    if path.endswith(("?", "!")):
        place, when, word = steps(path[:-1])[0], path.endswith("?"), "yes" if path.endswith("?") else "no"
        return lambda node: word if at(node, *place) is when else ""
    if "[]" in path:
        head, _, inner = path.partition("[]")
        place, inner = steps(head)[0] if head else (), inner.removeprefix(".")
        return lambda node: [said(one, inner) if inner else text([one], 0) for one in rows(node, *place)]
    if usual:
        return lambda node: found if (found := said(node, path)) not in usual else ""
    first, *others = steps(path) if path else ((),)
    return _either(first, *others) if others else (lambda node: text(node, *first))


def _either(*paths: tuple[str | int, ...]) -> Callable[[Any], str]:
    """`said`, for many nodes."""

    def read(node: Any) -> str:
        for path in paths:
            if found := text(node, *path):
                return found
        return ""

    return read


def _words(told: str) -> Callable[[Any], str]:
    """What `filled` makes of each of many nodes, or nothing where one of the places is not told."""
    *heads, end = _PLACE.split(told)[::2]
    getters = list(zip(heads, map(getter, _PLACE.findall(told)), strict=True))

    def read(node: Any) -> str:
        found = [(head, get(node)) for head, get in getters]
        return "".join(f"{head}{part}" for head, part in found) + end if all(part for _, part in found) else ""

    return read


def choice(path: str, values: Mapping[str, Visibility]) -> Callable[[Any], Visibility]:
    """Who may see it, by the platform's word at a path; unknown for other words."""
    return lambda node: values.get(said(node, path), Visibility.UNKNOWN)


def seen_by(told: Mapping[Visibility, Sequence[str]]) -> Callable[[Any], Visibility]:
    """Who may see it: the first of the visibilities that the node tells at one of its places, else everybody."""
    getters = [(seen, getter(place)) for seen, places in told.items() for place in places]
    return lambda node: next((seen for seen, get in getters if get(node)), Visibility.PUBLIC)


def files(told: Sequence[Mapping[str, str]]) -> Callable[[Any], Iterator[Media]]:
    """The files of a node by rows of where `id`, `url`, `type` and `alt` are told; one without address is left out."""
    getters = [{name: getter(place) for name, place in row.items()} for row in told]

    def read(node: Any) -> Iterator[Media]:
        for row in getters:
            if row["url"](node):
                yield Media(**{name: str(get(node)) for name, get in row.items()})

    return read


def counted(node: Any, paths: Mapping[str, str]) -> dict[str, int]:
    """The counts at the paths, by our names; of several paths the first that holds one. What is missing is left out."""
    found: dict[str, int] = _counter(paths)(node)
    return found


def _counter(paths: Mapping[str, str]) -> Reads:
    flat = [(name, path) for name, several in paths.items() for path in reversed(steps(several))]

    def read(node: Any) -> dict[str, int]:
        found = {}
        for name, path in flat:
            if (number := count(node, *path)) is not None:
                found[name] = number
        return found

    return read


def _named(details: Mapping[str, Get], more: Reads) -> Reads:
    """The details of a node that have a text, each text of a list by itself."""
    getters = [(name, reader(get)) for name, get in details.items()]

    def read(node: Any) -> tuple[tuple[str, str], ...]:
        kept: list[tuple[str, str]] = []
        for name, get in getters:
            found = get(node)
            kept += ((name, one) for one in ([found] if isinstance(found, str) else found) if one)
        return (*kept, *more(node))

    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How nodes of one kind become items.

    `what` names one of them where it cannot be read. `author` is where id, handle and name are told. `details` are
    named texts, and `more` further ones. The times are paths.
    """

    what: str
    kind: Kind | Callable[[Any], Kind]
    id: Get = "id"
    prefix: str = ""
    author: tuple[str, str, str] | Callable[[Any], Author] = ("", "", "")
    created: str | Callable[[Any], Given] = ""
    edited: str | Callable[[Any], datetime | None] = ""
    title: Get = ""
    text: Get = ""
    markup: Get = ""
    link: Get = ""
    parent: Get = ""
    thread: Get = ""
    language: Get = ""
    media: Callable[[Any], Iterable[Media]] = lambda _node: ()
    visibility: Visibility | Callable[[Any], Visibility] = Visibility.PUBLIC
    counters: Mapping[str, str] | Callable[[Any], dict[str, int]] = field(default_factory=dict)
    details: Mapping[str, Get] = field(default_factory=dict)
    more: Callable[[Any], Iterable[tuple[str, str]]] = lambda _node: ()
    _number: Reads = field(init=False, repr=False)
    _reads: tuple[tuple[str, Reads], ...] = field(init=False, repr=False)

    def __call__(
        self,
        node: Any,
        source: str,
        *,
        and_counters: Mapping[str, int] | None = None,
        and_details: Iterable[tuple[str, str]] = (),
        **given: Any,
    ) -> Snapshot | Unread:
        """The item of a node that stands at `source`; what is `given` goes before what the node says."""
        number = self._number(node)
        if not number:
            return Unread(source=source, reason=f"{self.what} without an id")
        fields: dict[str, Any] = {"remote_id": f"{self.prefix}{number}", "source": source}
        for name, read in self._reads:
            if name not in given:
                fields[name] = read(node)
        if "created" in fields:
            fields["created"], fields["created_raw"] = fields["created"]
        fields |= given
        fields["parent"] = another(fields.get("parent"), fields["remote_id"])
        fields["thread"] = fields.get("thread") or None
        if and_counters:
            fields["counters"] = fields["counters"] | and_counters
        fields["details"] = (*fields["details"], *and_details)
        return Snapshot(**fields)

    def __post_init__(self) -> None:
        """What is told is read many times: each place is looked up once."""
        object.__setattr__(self, "_number", reader(self.id))
        object.__setattr__(self, "_reads", tuple(self._readers()))

    def _readers(self) -> Iterator[tuple[str, Reads]]:
        yield "kind", _always(self.kind) if isinstance(self.kind, Kind) else self.kind
        yield "author", _people(self.author) if isinstance(self.author, tuple) else self.author
        yield "created", _moment(self.created) if isinstance(self.created, str) else self.created
        if self.edited:
            moment = _moment(self.edited) if isinstance(self.edited, str) else None
            yield "edited", (lambda node: moment(node)[0]) if moment else cast(Reads, self.edited)
        yield from ((name, reader(get)) for name in _TEXTS if (get := getattr(self, name)))
        yield "media", lambda node: tuple({one.id: one for one in self.media(node)}.values())
        seen, counts = self.visibility, self.counters
        yield "visibility", _always(seen) if isinstance(seen, Visibility) else seen
        yield "counters", _counter(counts) if isinstance(counts, Mapping) else counts
        yield "details", _named(self.details, self.more)


_TEXTS = ("title", "text", "markup", "link", "parent", "thread", "language")


def reader(get: Get) -> Reads:
    """What reads a node where it is told so, or by a function."""
    return getter(get) if isinstance(get, str) else get


def _always(value: Any) -> Reads:
    return lambda _node: value


def _moment(path: str) -> Callable[[Any], Given]:
    place = steps(path)[0] if path else ()
    return (lambda node: read_time(at(node, *place))) if place else (lambda _node: (None, ""))


def _people(paths: tuple[str, str, str]) -> Callable[[Any], Author]:
    number, handle, name = (reader(path) for path in paths)
    return lambda node: Author(id=number(node), handle=handle(node), name=name(node))
