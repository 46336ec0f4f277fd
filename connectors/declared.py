"""What a platform's connector declares as data, in the file `declared.toml` of its folder.

`streams`: what is kept, how far back, and what cannot be had. `errors`: rows of what an error means, words for people,
and the platform's names for it (`200..299` are numbers). `shapes`: where in a node each field of an item is told.
`known`: the fields of each kind of node (`video`) and of its parts (`video.snippet`), those of a row of `fields` by its
`<name>`; `values`: those of a field that are known. `asks`: the requests, as `connectors.asked` reads them. `identity`:
where a profile tells whose it is, by what an account may be `called` when it is registered, and the words where a
credential speaks for `nobody` or somebody `other`. Whatever else it holds (ends of versions, kinds) is `more`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from archiver.model import Account, Identity, Kind, Means, Stream, Visibility
from connectors.asked import Ask, asked, written_out
from connectors.fields import at
from connectors.reading import spoken_for
from connectors.shapes import Shape, files, filled, said, seen_by, steps


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an error means, and in words for people."""

    means: Means
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The declarations of one platform."""

    streams: tuple[Stream, ...]
    errors: Mapping[str, Meaning]
    known: Mapping[str, frozenset[str]]
    values: Mapping[str, frozenset[str]]
    asks: Mapping[str, Ask]
    more: Mapping[str, Any]

    def shape(self, name: str, **special: Any) -> Shape:
        """The shape of this name; `special` is what needs a function, also among the details by their names."""
        table = self.more["shapes"][name]
        told = table | special | {"details": table.get("details", {}) | special.get("details", {})}
        kind, author = told["kind"], told.get("author", ("", "", ""))
        told["kind"] = Kind(kind) if isinstance(kind, str) else kind
        told["author"] = tuple(author) if isinstance(author, list) else author
        told |= {"media": files(told["media"])} if isinstance(told.get("media"), list) else {}
        told["visibility"] = _seen(told.get("visibility", Visibility.PUBLIC))
        return Shape(**told)

    def shapes(self, **functions: Callable[[Any], Any]) -> dict[str, Shape]:
        """Every shape by its name; `name()` in a table stands for the function of this name."""

        def called(table: Mapping[str, Any]) -> dict[str, Any]:
            names = {field: told[:-2] for field, told in table.items() if isinstance(told, str) and told.endswith("()")}
            return {field: functions[name] for field, name in names.items()}

        tables = self.more["shapes"].items()
        return {name: self.shape(name, **called(one), details=called(one.get("details", {}))) for name, one in tables}

    def identity(self, account: Account, node: Any) -> Identity:
        """Whom a node tells the credential speaks for. Raises Unreadable where it is not for the account."""
        told = self.more["identity"]
        number, handle, name = (said(node, told[field]) for field in ("id", "handle", "name"))
        return spoken_for(
            account,
            Identity(platform_id=number, handle=handle, name=name),
            nobody=told["nobody"],
            other=filled(told["other"], node),
            do=told["do"],
            names=[said(node, place) for place in told["called"]],
        )

    def strange(self, kind: str, node: Any) -> Iterator[str]:
        """The names of fields and values of a node that are not known; they are kept raw."""
        for place, names in _of(kind, self.known):
            held, within = (at(node, *steps(place)[0]), f"{kind}.{place}.") if place else (node, f"{kind}.")
            yield from (f"{within}{name[:60]}" for name in held if name not in names) if isinstance(held, dict) else ()
        for place, values in _of(kind, self.values):
            if (value := said(node, place)) and value not in values:
                yield f"{kind}.{place}={value[:60]}"


def declared(package: str) -> Declared:
    """The declarations beside a package's code. Raises ValueError or TypeError where one is not as described above."""
    found = tomllib.loads(resources.files(package).joinpath("declared.toml").read_text(encoding="utf-8"))
    rows = found.get("fields", {})
    return Declared(
        streams=tuple(Stream(**stream) for stream in found.get("streams", ())),
        errors={
            name: Meaning(Means(means), words)
            for means, words, names in found.get("errors", ())
            for told in names.split()
            for name in _each(told)
        },
        known={place: _names(names, rows) for place, names in found.get("known", {}).items()},
        values={place: frozenset(words.split()) for place, words in found.get("values", {}).items()},
        asks={name: asked(told, rows) for name, told in found.get("asks", {}).items()},
        more=found,
    )


def _seen(told: Any) -> Any:
    """A visibility, where those are told that differ from node to node, or a function."""
    if isinstance(told, Mapping):
        return seen_by({Visibility(seen): places for seen, places in told.items()})
    return Visibility(told) if isinstance(told, str) else told


def _of(kind: str, places: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, frozenset[str]]]:
    for place, names in places.items():
        of, _, inner = place.partition(".")
        if of == kind:
            yield inner, names


def _names(told: str, rows: Mapping[str, str]) -> frozenset[str]:
    return frozenset(written_out(told, rows).replace(",", " ").split())


def _each(told: str) -> list[str]:
    first, _, last = told.partition("..")
    return [str(number) for number in range(int(first), int(last) + 1)] if last else [told]
