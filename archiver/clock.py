"""Time, as something that can be handed in."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time for records, monotonic time for budgets, and waiting."""

    def now(self) -> datetime:
        """The time of day, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The host's clock."""

    def now(self) -> datetime:
        """The time of day, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class SetClock:
    """A clock that moves only when told; for tests and for simulated years."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._monotonic = 0.0

    def now(self) -> datetime:
        """The time it was set to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds it was moved forward."""
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        """Move forward."""
        self.move(timedelta(seconds=seconds))

    def move(self, by: timedelta) -> None:
        """Move the wall clock by any amount; monotonic time follows only forward."""
        self._now += by
        self._monotonic += max(by.total_seconds(), 0.0)
