"""Dates and times as they are typed: a day means that day in the agency's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from archiver.cli.session import Session


class Moment(click.ParamType):  # type: ignore[type-arg]  # it takes no argument in click before 8.4
    """A day (2026-11-21) or a time (2026-11-21T14:00), in the agency's zone where none is written; aware, UTC.

    `after` true: a day means the moment at which it is over, so that the day is included in what ends there.
    """

    name = "date or time"

    def __init__(self, *, after: bool = False) -> None:
        self._after = after

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 - as click calls it
        """What stands for the value in help."""
        return "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment meant."""
        if isinstance(value, datetime):
            return value
        session = ctx.find_object(Session) if ctx else None
        zone = session.zone if session else ZoneInfo("UTC")
        try:
            return _read(value.strip(), zone, after=self._after).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no date or time. Write 2026-11-21 or 2026-11-21T14:00.", param, ctx)


def _read(text: str, zone: ZoneInfo, *, after: bool) -> datetime:
    if len(text) == len("2026-11-21"):
        day = date.fromisoformat(text) + timedelta(days=int(after))
        return datetime.combine(day, time.min, zone)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


FROM = Moment()
UNTIL = Moment(after=True)
