"""Archiver keeps the social media of Washington's public agencies as public records."""

from __future__ import annotations

__version__ = "0.1.0"
