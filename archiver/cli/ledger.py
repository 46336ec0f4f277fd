"""`archiver ledger`: the append-only ledger over everything kept and done."""

from __future__ import annotations

import click

from archiver.cli.ledger_anchors import anchors, print_, stamp
from archiver.cli.ledger_checkpoint import checkpoint, consistency, verify
from archiver.cli.ledger_key import key


@click.group()
def ledger() -> None:
    """The ledger over everything that was kept and done."""


for command in (anchors, checkpoint, consistency, key, print_, stamp, verify):
    ledger.add_command(command)
