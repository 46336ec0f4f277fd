"""Sizes and progress as people read them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import click

_UNITS = ("KB", "MB", "GB", "TB")


def size(count: int) -> str:
    """So many bytes, in a unit that fits: `1.5 GB`."""
    if count < 1000:
        return f"{count} bytes"
    power = min(len(_UNITS), int(math.log10(count)) // 3)
    return f"{count / 1000**power:.1f} {_UNITS[power - 1]}"


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
