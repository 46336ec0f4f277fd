"""How fast a platform may be asked: its own limit kept, and what its replies say about it obeyed."""

from __future__ import annotations

import threading
from collections import deque

from archiver.model import Pace

_LONGEST_PAUSE = 3600.0
_SCARCE = 0.1


class Limiter:
    """At most so many requests (or units) in any `seconds`, over all threads. Times are monotonic seconds."""

    def __init__(self, pace: Pace) -> None:
        self._seconds = 0.0 if pace.day else float(pace.seconds)  # a day's are counted where a restart keeps them
        self._quota = max(pace.requests, 1)
        self._reserved: deque[float] = deque(maxlen=self._quota)
        self._not_before = 0.0
        self._gap = 0.0
        self._gap_until = 0.0
        self._lock = threading.Lock()

    def reserve(self, now: float, units: int = 1) -> float:
        """Take the next moment in which so many units are free; the seconds to wait for it.

        Whoever reserves must ask or let the moment pass. What takes no unit waits for nothing but a pause.
        """
        with self._lock:
            moment = max(now, self._not_before)
            units = min(units, self._quota)
            taken = len(self._reserved) + units - self._quota  # so many of the oldest must be out of the window
            if units and taken > 0:
                moment = max(moment, self._reserved[taken - 1] + self._seconds)
            if units and self._reserved and self._reserved[-1] + self._gap > moment and moment < self._gap_until:
                moment = self._reserved[-1] + self._gap
            if units and self._reserved:
                moment = max(moment, self._reserved[-1])
            self._reserved.extend([moment] * units)
            return moment - now

    def pause(self, seconds: float, now: float) -> None:
        """Ask nothing for so long (an hour at most): the platform said to wait."""
        with self._lock:
            self._not_before = max(self._not_before, now + min(seconds, _LONGEST_PAUSE))

    def learn(
        self, remaining: int | None, reset_seconds: float | None, now: float, *, allowed: int | None = None
    ) -> None:
        """Obey what a reply says is left of the quota: none, wait for its reset; little, spread it until then.

        `allowed` is how much the quota is of which that is left, where the reply says it.
        """
        if remaining is None or reset_seconds is None or reset_seconds <= 0:
            return
        if remaining <= 0:
            self.pause(reset_seconds, now)
            return
        with self._lock:
            scarce = remaining <= (allowed or self._quota) * _SCARCE
            self._gap = min(reset_seconds, _LONGEST_PAUSE) / remaining if scarce else 0.0
            self._gap_until = now + min(reset_seconds, _LONGEST_PAUSE) if scarce else 0.0


class Limiters:
    """One limiter for each platform and origin, shared by all threads and accounts."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Limiter] = {}
        self._lock = threading.Lock()

    def of(self, platform: str, origin: str, pace: Pace) -> Limiter:
        """The limiter of a platform at an origin; made at first use."""
        with self._lock:
            return self._known.setdefault((platform, origin), Limiter(pace))
