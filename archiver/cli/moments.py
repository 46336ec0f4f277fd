"""Dates and times as they are typed: a day means that day in the agency's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from archiver.cli.session import Session


class Moment(click.ParamType):  # type: ignore[type-arg]  # it takes no argument in click before 8.4
    """A day (2026-11-21) or a time (2026-11-21T14:00), in the agency's zone where none is written; aware, UTC.

    A day alone means its beginning and `plus`.
    """

    name = "date or time"

    def __init__(self, plus: timedelta = timedelta(0)) -> None:
        self._plus = plus

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
            return _read(value.strip(), zone, self._plus).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no date or time. Write 2026-11-21 or 2026-11-21T14:00.", param, ctx)


def _read(text: str, zone: ZoneInfo, plus: timedelta) -> datetime:
    if len(text) == len("2026-11-21"):
        return datetime.combine(date.fromisoformat(text), time.min, zone) + plus  # by the calendar, not by 24 hours
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


FROM = Moment()
UNTIL = Moment(timedelta(days=1))  # the day is included in what ends there
RECEIVED = Moment(timedelta(days=1, seconds=-1))  # nothing that existed on the day is left out
