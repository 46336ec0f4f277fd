"""Puts together what captures: lock, recovery, writer, transport, engine; and takes it apart again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from archiver.clock import Clock
from archiver.config import Config
from archiver.model import Connector
from archiver.polling.credentials import secret_of
from archiver.polling.engine import Engine
from archiver.polling.guard import Guard
from archiver.polling.pace import Limiters
from archiver.polling.recovering import Recovery
from archiver.polling.replaying import Replayer
from archiver.polling.tokens import Tokens
from archiver.polling.transport import Transport
from archiver.polling.writer import CaptureWriter
from archiver.storage import schedule
from archiver.storage.archive import Archive

_MEGABYTE = 1 << 20


@contextmanager
def capturing(
    archive: Archive,
    config: Config,
    clock: Clock,
    *,
    connectors: Mapping[str, Connector],
    environ: Mapping[str, str],
    threaded: bool = True,
    jitter: Callable[[], float] = random.random,
) -> Iterator[Engine]:
    """An engine over an archive that nobody else writes to, after recovery. Raises Locked.

    `threaded` False writes in the caller's thread, for tests that step through.
    """
    with archive.only_writer():
        replayer = Replayer(archive=archive, connectors=connectors)
        writer = _recovered(replayer, config, clock)
        transport = _transport(archive, config, clock)
        try:
            writer.seal_finished()
            if threaded:
                writer.start()
            yield Engine(
                archive=archive,
                connectors=connectors,
                transport=transport,
                replayer=replayer,
                writer=writer,
                limiters=Limiters(),
                tokens=_tokens(config, clock, environ),
                policy=config.polling,
                clock=clock,
                jitter=jitter,
            )
        finally:
            writer.close()
            transport.close()


def _recovered(replayer: Replayer, config: Config, clock: Clock) -> CaptureWriter:
    """The writer, once files and catalogue agree again and nobody holds an account."""
    archive = replayer.archive
    recovery = Recovery(replayer=replayer, policy=config.polling, clock=clock)
    recovery.all()
    with archive.database.transaction() as db:
        schedule.release_all(db)
    size = config.archive.segment_megabytes * _MEGABYTE
    return CaptureWriter(archive, clock, segment_bytes=size, recover=recovery.one)


def _tokens(config: Config, clock: Clock, environ: Mapping[str, str]) -> Tokens:
    network = config.network
    found = partial(secret_of, environ=environ)
    return Tokens(found, clock, ca_bundle=network.ca_bundle, seconds=network.connect_seconds)


def _transport(archive: Archive, config: Config, clock: Clock) -> Transport:
    network = config.network
    return Transport(
        directory=archive.spool,
        clock=clock,
        guard=Guard(allow_loopback=network.allow_loopback),
        ca_bundle=network.ca_bundle,
        user_agent=config.polling.user_agent,
        connect_seconds=network.connect_seconds,
        total_seconds=network.total_seconds,
        api_bytes=network.api_megabytes * _MEGABYTE,
        media_bytes=network.media_megabytes * _MEGABYTE,
    )
