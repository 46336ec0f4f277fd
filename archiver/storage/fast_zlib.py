"""The fastest zlib there is on this host, chosen in one place."""

from __future__ import annotations

import zlib
from typing import Any

fast: Any
try:
    from isal import isal_zlib as fast
except ImportError:  # a platform without ISA-L: slower, the same format
    fast = zlib

ERRORS: tuple[type[Exception], ...] = tuple({zlib.error, fast.error})
