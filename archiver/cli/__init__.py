"""The command line: `archiver NOUN VERB`, one small module per noun."""

from __future__ import annotations

from archiver.cli.frame import archiver, main

__all__ = ["archiver", "main"]
