"""One byte form for the same JSON value, so that its digest can be compared."""

from __future__ import annotations

import json
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_json(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no white space; RFC 8785 for strings, integers, lists and objects.

    Floats are not used in what we hash. Lone surrogates must have been taken out before (`archiver.model.text`).
    """
    return _ENCODER.encode(value).encode()
