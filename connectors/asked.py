"""Requests by declaration: what is asked of a platform, written as its stream, its path and its parameters.

    posts = "posts users/{me}/tweets?max_results=20&<of_posts>"

`<of_posts>` stands for the row of that name in the table `fields`. `{me}` is filled in when the request is made: in the
path as one part of it, as a parameter whole; a list fills in as many parameters of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from archiver.model import Fetch
from connectors.links import part

_ROW, _PLACE = re.compile(r"<(\w+)>"), re.compile(r"\{(\w+)\}")
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it is declared, with the places in it that are still to be filled in."""

    stream: str
    path: str
    params: tuple[tuple[str, str], ...]

    def __call__(self, root: str, given: Mapping[str, str | Iterable[str]] = _NOTHING, **about: Any) -> Fetch:
        """The request below `root`; `about` are fields of the fetch, and go before what is declared."""
        path = _PLACE.sub(lambda place: part(str(given[place[1]])), self.path)
        params = tuple((name, one) for name, value in self.params for one in _filled(value, given))
        return Fetch(**{"stream": self.stream, "url": f"{root}{path}", "params": params} | about)


def asked(told: str, rows: Mapping[str, str]) -> Ask:
    """The request that is written so; `rows` are what `<names>` in it stand for, and may hold further ones."""
    stream, _, rest = written_out(told, rows).partition(" ")
    path, _, query = rest.partition("?")
    params = (one.partition("=") for one in query.split("&") if one)
    return Ask(stream, path, tuple((name, value) for name, _, value in params))


def written_out(told: str, rows: Mapping[str, str]) -> str:
    """The words with the row that each `<name>` in them stands for."""
    while _ROW.search(told):
        told = _ROW.sub(lambda row: rows[row[1]], told)
    return told


def _filled(value: str, given: Mapping[str, str | Iterable[str]]) -> Iterable[str]:
    place = _PLACE.fullmatch(value) if value.startswith("{") else None
    told = given[place[1]] if place else value
    return (told,) if isinstance(told, str) else told
