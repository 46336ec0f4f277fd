"""`archiver ledger`: the append-only ledger over everything kept and done."""

from __future__ import annotations

import click

from archiver.cli.ledger_anchors import anchors, print_, stamp


@click.group()
def ledger() -> None:
    """The ledger over everything that was kept and done."""


for command in (anchors, print_, stamp):
    ledger.add_command(command)
