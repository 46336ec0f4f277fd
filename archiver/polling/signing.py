"""Beside the daemon: a thread that makes a checkpoint each hour where there is something to sign."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from archiver.clock import Clock
from archiver.errors import ArchiverError, Locked
from archiver.storage.archive import Archive
from archiver.storage.ledger.keys import KeyPlace
from archiver.storage.ledger.making import due, make

LOG = logging.getLogger(__name__)

LOOK_SECONDS = 20.0
LEAVE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Looks whether a checkpoint is due, until `stop` is set. It never blocks or fails capturing."""

    archive: Archive
    place: KeyPlace
    clock: Clock
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look at once, then every few seconds."""
        try:
            self.look()
            while not self.stop.wait(LOOK_SECONDS):
                self.look()
        finally:
            self.archive.database.close_thread()

    def look(self) -> None:
        """Make a checkpoint if one is due. A refusal is told, and remembered for status and doctor."""
        try:
            if due(self.archive, self.place, self.clock.now()):
                made = make(self.archive, self.place, at=self.clock.now())
                LOG.info("checkpoint size=%s new=%s", made.checkpoint.size, made.new)
        except Locked:  # somebody makes one by hand, or the catalogue is busy; the next look sees
            return
        except ArchiverError as error:
            LOG.error("no checkpoint was signed error=%r", error.what)
        except Exception:  # the thread's edge: a fault here must not end what captures
            if not self.stop.is_set():  # else the archive was closed meanwhile
                LOG.exception("no checkpoint was signed by a fault")


@contextmanager
def signing(archive: Archive, place: KeyPlace, clock: Clock) -> Iterator[None]:
    """While the block runs, checkpoints are made. One under way at its end is left: the next one completes it."""
    signer = Signer(archive=archive, place=place, clock=clock)
    thread = threading.Thread(target=signer.run, name="signing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        signer.stop.set()
        thread.join(LEAVE_SECONDS)
