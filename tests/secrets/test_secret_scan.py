"""The scanner can fail: a credential planted in any form and wrapping is found."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sqlite3
import urllib.parse
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.secret_scan import leaks

TOKEN = 'planted+token/with=odd"signs-0123456789'


def zipped(data: bytes) -> bytes:
    """A ZIP with one deflated file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("bag/data.json", data)
    return out.getvalue()


WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda data: data,
    "in JSON": lambda data: json.dumps({"echo": data.decode()}).encode(),
    "in an address": lambda data: b"/?q=" + urllib.parse.quote(data.decode(), safe="").encode(),
    "in Basic": lambda data: base64.b64encode(b"user:" + data + b":x"),
    "in Basic, otherwise aligned": lambda data: base64.b64encode(b"users:" + data),
    "in hex": lambda data: data.hex().encode(),
    "in the second member of a WARC": lambda data: gzip.compress(b"first") + gzip.compress(b"WARC " + data),
    "in a packed body in a member": lambda data: gzip.compress(b"HTTP/1.1 200 OK\r\n\r\n" + gzip.compress(data)),
    "in a bundle": zipped,
    "in a WARC in a bundle": lambda data: zipped(gzip.compress(data)),
    "in UTF-16": lambda data: data.decode().encode("utf-16"),
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_planted_credential_is_found(tmp_path: Path, name: str) -> None:
    """In the form and the wrapping given, with the file named."""
    path = tmp_path / "deep" / "down.bin"
    path.parent.mkdir()
    path.write_bytes(b"before " + WRAPPINGS[name](TOKEN.encode()) if name != "in a bundle" else zipped(TOKEN.encode()))
    if name == "in a WARC in a bundle":
        path.write_bytes(WRAPPINGS[name](TOKEN.encode()))

    assert {leak.path.split("!")[0] for leak in leaks(tmp_path, ["another-token-0123", TOKEN])} == {"deep/down.bin"}


def test_a_credential_over_two_pages_of_a_database_is_found(tmp_path: Path) -> None:
    """No page holds it whole; the row does."""
    db = sqlite3.connect(tmp_path / "x.sqlite")
    db.execute("PRAGMA page_size = 512")
    db.execute("CREATE TABLE t (x TEXT)")
    for length in range(380, 560, 7):
        db.execute("INSERT INTO t VALUES (?)", ("." * length + TOKEN,))
    db.commit()
    db.close()

    assert any(leak.path == "x.sqlite!t" for leak in leaks(tmp_path, [TOKEN]))


def test_what_is_spared_and_what_is_clean_gives_nothing(tmp_path: Path) -> None:
    """The file a credential is kept in is where it belongs."""
    (tmp_path / "credential").write_text(TOKEN)
    (tmp_path / "clean").write_text("planted+token/with=odd")

    assert leaks(tmp_path, [TOKEN], spare=lambda path: path.name == "credential") == ()
