"""Beside the daemon: a thread that shows each new checkpoint outside. It never blocks or fails capturing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from archiver.anchoring.standing import names
from archiver.clock import Clock
from archiver.config import Config
from archiver.errors import ArchiverError, Locked
from archiver.storage.archive import Archive

if TYPE_CHECKING:
    from archiver.anchoring.places import Place

LOG = logging.getLogger(__name__)

LOOK_SECONDS = 15.0
LEAVE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Looks for what is due, until `stop` is set."""

    archive: Archive
    config: Config
    clock: Clock
    environ: Mapping[str, str]
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look every few seconds; whatever goes wrong is told and looked at again."""
        from archiver.anchoring.places import places  # imported here: only who shows checkpoints pays for it

        try:
            with places(self.archive, self.config, self.clock, self.environ) as known:
                while not self.stop.wait(LOOK_SECONDS):
                    self.look(known)
        except (ArchiverError, OSError) as error:
            LOG.error("checkpoints are not shown outside error=%r", str(error))
        finally:
            self.archive.database.close_thread()

    def look(self, known: tuple[Place, ...]) -> None:
        """Show the newest checkpoint to those who are due."""
        try:
            self._show_what_is_due(known)
        except Locked:  # somebody does it by hand
            return
        except ArchiverError as error:
            LOG.error("checkpoint not shown outside error=%r", error.what)
        except Exception:  # the thread's edge: a fault here must not end what captures
            if not self.stop.is_set():  # else the archive was closed meanwhile
                LOG.exception("checkpoint not shown outside by a fault")

    def _show_what_is_due(self, known: tuple[Place, ...]) -> None:
        from archiver.anchoring.rounds import due, newest, shown

        found = newest(self.archive)
        if found is not None:
            wanted = due(self.archive.database.connection(), known, found[1], self.clock.now())
            retry = timedelta(minutes=self.config.ledger.retry_minutes)
            shown(self.archive, wanted, self.clock, retry=retry)


@contextmanager
def anchoring(archive: Archive, config: Config, clock: Clock, environ: Mapping[str, str]) -> Iterator[None]:
    """While the block runs, checkpoints are shown outside. An exchange under way at its end is soon left alone."""
    watch = Watch(archive=archive, config=config, clock=clock, environ=environ)
    thread = threading.Thread(target=watch.run, name="anchoring", daemon=True)
    if any(names(config.ledger)):
        thread.start()
    try:
        yield
    finally:
        watch.stop.set()
        if thread.ident is not None:
            thread.join(LEAVE_SECONDS)
