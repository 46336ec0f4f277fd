"""How the error in a reply is found and told, whatever platform it comes from."""

from __future__ import annotations

import re
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Reply
from connectors.json_body import parse_json

_ADDRESS = re.compile(r"(https?://[^\s?]+)\?\S*")


def body_of(reply: Reply) -> Any:
    """The JSON value of a reply, None where it is none: errors come in every form."""
    return value_of(reply.body)


def value_of(data: bytes) -> Any:
    """The value of a JSON text, None where it is none."""
    try:
        return parse_json(data).value
    except Unreadable:
        return None


def told(words: str, name: str, sentence: str = "") -> str:
    """What an error means, with the platform's name and own words of it, addresses in them without parameters."""
    own = _ADDRESS.sub(r"\1", sentence)[:200]
    return f"{words} ({name}: {own})" if own else f"{words} ({name})"
