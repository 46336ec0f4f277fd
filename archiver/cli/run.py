"""`archiver run`: the daemon, in the foreground, as a service manager wants it."""

from __future__ import annotations

import logging
import os
import signal
from types import FrameType

import click

from archiver.cli.session import Session, pass_session


@click.command()
@pass_session
def run(session: Session) -> None:
    """Poll every account when it is due, until stopped (SIGTERM, or Ctrl-C).

    One process captures into an archive at a time; a second one ends with exit code 11. Under systemd, use the unit
    in docs/operations/archiver.service.
    """
    from archiver.anchoring.beside import anchoring
    from archiver.cli.ledger_checkpoint import place
    from archiver.logs import log_to_stderr
    from archiver.polling.capturing import capturing
    from archiver.polling.daemon import Daemon
    from archiver.polling.notify import ServiceManager
    from archiver.polling.registry import connectors
    from archiver.polling.signing import signing

    log_to_stderr(session.config.logging)
    if os.geteuid() == 0:
        logging.getLogger(__name__).warning("running as root; give Archiver a user of its own (docs/operations.md)")
    manager = ServiceManager(session.environ)
    with capturing(
        session.archive, session.config, session.clock, connectors=connectors(), environ=session.environ
    ) as engine:
        daemon = Daemon(engine, session.config, manager)

        def stop(_number: int, _frame: FrameType | None) -> None:
            daemon.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        with (
            signing(session.archive, place(session), session.clock),
            anchoring(session.archive, session.config, session.clock, session.environ),
        ):
            daemon.run()
