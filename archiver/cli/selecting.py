"""Options that say which items are meant, shared by search and requests; and the selector they make."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from archiver.cli.moments import FROM, UNTIL
from archiver.model import Kind, Selector

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--account", "accounts", multiple=True, metavar="ACCOUNT", help="Of this account (repeatable)."),
    click.option("--kind", "kinds", multiple=True, type=click.Choice([str(kind) for kind in Kind]), help="This kind."),
    click.option("--author", "authors", multiple=True, metavar="NAME", help="By this author: handle or platform id."),
    click.option("--thread", "threads", multiple=True, metavar="ID", help="In the conversation of this remote id."),
    click.option("--since", type=FROM, help="Dated on or after this day or time."),
    click.option("--until", type=UNTIL, help="Dated up to and including this day, or before this time."),
)


def selecting(command: _Command) -> _Command:
    """Give a command the options of a selector."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def selector(
    words: str,
    *,
    accounts: tuple[str, ...],
    kinds: tuple[str, ...],
    authors: tuple[str, ...],
    threads: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
) -> Selector:
    """The selector of these options."""
    return Selector(
        words=words,
        accounts=accounts,
        kinds=tuple(Kind(kind) for kind in kinds),
        authors=authors,
        threads=threads,
        since=since,
        until=until,
    )
