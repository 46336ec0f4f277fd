"""Small PNG pictures, drawn by rule: the photographs of the sample district."""

from __future__ import annotations

import struct
import zlib

WIDTH, HEIGHT = 96, 64


def picture(seed: int) -> bytes:
    """A PNG of stripes that differ by `seed`; the same bytes for the same seed."""
    rows = b"".join(b"\x00" + b"".join(_pixel(x, y, seed) for x in range(WIDTH)) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)  # 8 bits a channel, true colour
    parts = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _pixel(x: int, y: int, seed: int) -> bytes:
    band = (x + y * (seed % 5 + 1)) // 8
    return bytes(((band * 40 + seed * 60) % 256, (y * 3 + seed * 90) % 256, (x * 2 + seed * 30) % 256))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
