"""After the last test: no file that the tests left holds a credential that any of them lent to the program.

A credential may stand only where a test put it: in a file of its own. Every other byte that is left below the folder of
temporary files is looked through, packed ones too, each piece once however often it was copied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.secret_scan import Leak, forms, layers

TOKENS = (
    "marked-token-4f1c9d2e8a7b",  # tests/checks/scenes.py
    "another-marked+token/91b7e0c4d2",  # tests/secrets
    "token-that-must-not-be-kept",  # tests/polling/platform.py
    "EAAGm0PX4ZCps/BAKd+oh=42",  # tests/polling/test_transport_secrets.py
    "EAAB-facebook-token-of-the-page",  # tests/platforms/facebook.py
    "marked-token-0c4e7a91d2f6",  # tests/breaking/world.py
    "canary-Z8g-mail",  # tests/anchoring/test_mailing.py
    "demo-token-opens-nothing-real",  # archiver/demo/district.py
    "IGAA-token-that-was-stored",  # tests/platforms/instagram.py, and what it is exchanged for
    "IGAA-token-that-was-prolonged",
    "app-password-of-the-office",  # tests/platforms/bluesky.py
)
_PIECE = 1 << 13  # a page of the catalogue: copies of one archive share most of them
_LARGEST_CREDENTIAL = 4096


def left_behind(folder: Path, tokens: Sequence[str] = TOKENS) -> tuple[Leak, ...]:
    """Every place below the folder where one of the tokens stands in any form."""
    sought = [(number, form) for number, token in enumerate(tokens) for form in forms(token).items()]
    overlap = max(len(form) for _, (_, form) in sought)
    files: set[bytes] = set()
    pieces: set[bytes] = set()
    return tuple(
        Leak(path=f"{path.relative_to(folder)}{inside}", form=name, number=number)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and not _is_credential(path, tokens)
        for inside, data in _new(path.read_bytes(), files)
        for piece in _pieces(data, pieces, overlap)
        for number, (name, form) in sought
        if form in piece
    )


def _is_credential(path: Path, tokens: Sequence[str]) -> bool:
    """Whether the file is one that a credential is read from: nothing but it, for its owner alone."""
    status = path.stat()
    if status.st_size > _LARGEST_CREDENTIAL or status.st_mode & 0o077:
        return False
    held = path.read_text(encoding="utf-8", errors="replace").strip()
    return held.startswith('{"') or any(held == token or held.endswith(f":{token}") for token in tokens)


def _new(data: bytes, seen: set[bytes]) -> Iterator[tuple[str, bytes]]:
    digest = hashlib.sha256(data).digest()
    if digest not in seen:
        seen.add(digest)
        yield from layers(data)


def _pieces(data: bytes, seen: set[bytes], overlap: int) -> Iterator[bytes]:
    for at in range(0, len(data), _PIECE):
        piece = data[at : at + _PIECE + overlap]
        digest = hashlib.sha256(piece).digest()
        if digest not in seen:
            seen.add(digest)
            yield piece
