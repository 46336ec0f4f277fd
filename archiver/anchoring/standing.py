"""Which places the configuration names, and which of them take no checkpoint at present; loads nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from archiver.config_ledger import Ledger
from archiver.storage import anchors
from archiver.storage.anchors import AnchorGap, AnchorKind
from archiver.storage.database import Connection


def standing(db: Connection, config: Ledger) -> tuple[AnchorGap, ...]:
    """The gaps that stand of places the configuration names, and every alarm, which stays whatever it names."""
    named = set(names(config))
    found = anchors.anchor_gaps(db, standing=True)
    return tuple(gap for gap in found if gap.alarm or (gap.kind, gap.name) in named)


def names(config: Ledger) -> Iterator[tuple[AnchorKind, str]]:
    """Every place that the configuration names."""
    yield from ((AnchorKind.AUTHORITY, one.name) for one in config.authorities)
    yield from ((AnchorKind.WITNESS, one.name) for one in config.witnesses)
    yield from ((AnchorKind.MAILBOX, one.name) for one in config.mailboxes)
