"""`archiver platforms`: what each connector captures, and what not."""

from __future__ import annotations

from typing import Any

import click

from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import safe
from archiver.model import Connector, NoAuth


@click.command()
@click.argument("name", required=False)
@pass_session
def platforms(session: Session, *, name: str | None) -> None:
    """List the platforms that can be captured, or tell what is captured of one."""
    from archiver.polling.registry import registry
    from connectors.describe import describe

    found = registry()
    chosen = [found.connector(name)] if name else list(found.connectors.values())
    answer: dict[str, Any] = {"platforms": [_as_json(one) for one in chosen]}
    if not name:
        answer["broken"] = [{"name": one.name, "target": one.target, "reason": one.reason} for one in found.broken]
    lines = safe(describe(chosen[0])).splitlines() if name else _listed(chosen)
    session.show(answer, lines)


def _listed(chosen: list[Connector]) -> list[str]:
    width = max((len(one.platform) for one in chosen), default=0)
    lines = [f"{one.platform:<{width}}  {one.title}" for one in chosen]
    return [*lines, "What is captured of one: archiver platforms NAME"]


def _as_json(one: Connector) -> dict[str, Any]:
    return {
        "platform": one.platform,
        "title": one.title,
        "version": one.version,
        "credential": "none" if isinstance(one.auth, NoAuth) else type(one.auth).__name__.lower(),
        "pace": {"requests": one.pace.requests, "seconds": one.pace.seconds}
        | ({"day_ends": one.pace.day.words} if one.pace.day else {}),
        "streams": [
            {
                "name": stream.name,
                "holds": stream.holds,
                "history": stream.history,
                "changes": stream.changes,
                "not_captured": stream.not_captured,
                "costs": stream.costs,
            }
            for stream in one.streams
        ],
    }
