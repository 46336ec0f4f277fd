"""Progress as people read it."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from exports.words import size


def progress(doing: str) -> Callable[[int, int], None]:
    """Tells bytes done of all on standard error: in place on a terminal, in steps of ten percent elsewhere."""
    told = -1

    def tell(done: int, total: int) -> None:
        nonlocal told
        percent = 100 * done // total if total else 100
        if sys.stderr.isatty():
            click.echo(f"\r{doing}: {percent} % of {size(total)}", err=True, nl=done >= total)
        elif percent // 10 > told:
            told = percent // 10
            click.echo(f"{doing}: {percent} % of {size(total)}", err=True)

    return tell
