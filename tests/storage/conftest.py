"""An archive filled from the demo district."""

from __future__ import annotations

from tests.archives import filled, filled_once

__all__ = ["filled", "filled_once"]
