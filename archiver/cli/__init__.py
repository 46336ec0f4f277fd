"""The command line: `archiver NOUN VERB`, one small module per noun."""

from __future__ import annotations

import signal
from typing import NoReturn


def main() -> NoReturn:
    """The program `archiver`."""
    # Until a command runs there is nothing to finish or to undo: Ctrl-C just ends the process, without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from archiver.cli.frame import archiver

    signal.signal(signal.SIGINT, signal.default_int_handler)
    archiver.main()
