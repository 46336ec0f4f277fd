"""Has every place looked after in a thread beside the polling, which never waits for it."""

from __future__ import annotations

import logging
import threading

from archiver.clock import Clock
from archiver.errors import Locked
from archiver.storage.archive import Archive
from archiver.storage.copying import Stopped, targets
from archiver.storage.keeping import keep_places

LOG = logging.getLogger(__name__)


class StoreKeeper:
    """Begins a round when it is told to, unless one is under way."""

    def __init__(self, archive: Archive, clock: Clock) -> None:
        self._archive = archive
        self._clock = clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def round(self) -> None:
        """Begin a round. Returns at once."""
        under_way = self._thread is not None and self._thread.is_alive()
        if targets(self._archive) and not under_way and not self._stop.is_set():
            self._thread = threading.Thread(target=self._round, name="store-keeper", daemon=True)
            self._thread.start()

    def stop(self, seconds: float) -> None:
        """End soon; what is left undone is done in the next round, also after a sudden end of the process."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _round(self) -> None:
        try:
            for kept in keep_places(self._archive, self._clock.now, stop=self._ask):
                LOG.info("store kept role=%s put=%s waiting=%s", kept.role, kept.put, kept.waiting)
        except (Stopped, Locked):
            LOG.info("a round of the stores was left to the next")
        except Exception:  # the thread's edge: the next round begins anew
            LOG.exception("a round of the stores failed by a fault")
        finally:
            self._archive.database.close_thread()

    def _ask(self) -> None:
        if self._stop.is_set():
            raise Stopped
