"""How fast a platform may be asked: its own limit kept, and what its replies say about it obeyed."""

from __future__ import annotations

import threading
from collections import deque

from archiver.model import Pace

_LONGEST_PAUSE = 3600.0
_SCARCE = 0.1


class Limiter:
    """At most `requests` in any `seconds`, over all threads. Times are monotonic seconds."""

    def __init__(self, pace: Pace) -> None:
        self._seconds = float(pace.seconds)
        self._quota = pace.requests
        self._reserved: deque[float] = deque(maxlen=max(pace.requests, 1))
        self._not_before = 0.0
        self._gap = 0.0
        self._gap_until = 0.0
        self._lock = threading.Lock()

    def reserve(self, now: float) -> float:
        """Take the next free moment; the seconds to wait for it. Whoever reserves must ask or let the moment pass."""
        with self._lock:
            moment = max(now, self._not_before)
            if len(self._reserved) == self._reserved.maxlen:
                moment = max(moment, self._reserved[0] + self._seconds)
            if self._reserved and self._reserved[-1] + self._gap > moment and moment < self._gap_until:
                moment = self._reserved[-1] + self._gap
            self._reserved.append(max(moment, self._reserved[-1] if self._reserved else moment))
            return self._reserved[-1] - now

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
