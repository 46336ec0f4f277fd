"""What happens to a host, as events of its year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.polling.desk import HOUR, START
from tests.simulated.host import Event, Host, PowerCut

NONE = timedelta(0)


def restarted(at: datetime) -> Event:
    """The service is killed and started again at once."""

    def happen(_host: Host) -> None:
        raise PowerCut

    return Event(at=at, happen=happen)


def suspended(at: datetime, by: timedelta) -> Event:
    """The host is suspended, and wakes up after so long."""
    return Event(at=at, happen=lambda host: host.clock.sleep_through(by), leap=by)


def off(at: datetime, by: timedelta) -> Event:
    """The host is off for so long; its daemon is started when it is on again."""

    def happen(host: Host) -> None:
        host.clock.sleep_through(by)
        raise PowerCut

    return Event(at=at, happen=happen, leap=by)


def clock_set(at: datetime, by: timedelta, *, while_off: bool = False) -> Event:
    """The host's clock is set by so much, forward or back; before the daemon is started, or while it runs."""

    def happen(host: Host) -> None:
        host.clock.be_set(by)
        if while_off:
            raise PowerCut

    return Event(at=at, happen=happen, leap=by)


def posted(at: datetime) -> Event:
    """The agency posts something."""

    def happen(host: Host) -> None:
        host.desk.platform.post(f"news of {at:%d %B}")

    return Event(at=at, happen=happen)


def summer_time(zone: ZoneInfo, days: int) -> Iterator[Event]:
    """At each change of summer time a host that takes local time for UTC is wrong for two hours, then set right."""
    for hour in range(days * 24):
        at = START + hour * HOUR
        change = _offset(zone, at + HOUR) - _offset(zone, at)
        if change:
            yield clock_set(at + HOUR, change)
            yield clock_set(at + 3 * HOUR, -change)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or NONE
