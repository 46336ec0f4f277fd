"""Replies byte for byte, as the platform made for tests sends them."""

from __future__ import annotations

import json
from typing import Any

Wire = bytes | BaseException  # what comes over the wire; or that, and how it ends


def wire(status: int, body: bytes, *headers: tuple[str, str], content_type: str = "application/json") -> bytes:
    """A whole reply as it goes over the wire."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def said(value: Any, status: int = 200, *headers: tuple[str, str]) -> bytes:
    """A JSON reply."""
    return wire(status, json.dumps(value).encode(), *headers)


def cut(data: bytes, at: int) -> BaseException:
    """The reply, its connection closed after `at` bytes."""
    return ConnectionResetError(data[:at])


LOGIN_PAGE = wire(200, b"<html><title>Please log in</title></html>", content_type="text/html")
