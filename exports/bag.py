"""A BagIt 1.0 bag (RFC 8493) written forward into a ZIP, its manifest kept while the files pass."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from exports.zip_stream import Scratch, Staged, Writable, Written, ZipStream

TAG_MANIFEST = "tagmanifest-sha256.txt"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


class Bag:
    """Payload, `close_payload`, tag files, `close_tags`, unlisted files, `finish`; all names below one directory."""

    def __init__(self, sink: Writable, *, directory: str, made: datetime, scratch: Scratch) -> None:
        self._zip = ZipStream(sink, made=made, scratch=scratch)
        self._directory = directory
        self._manifest: Staged = self._zip.stage(deflate=True)
        self._tags: list[str] = []
        self.files = 0
        self.bytes = 0
        self.tag("bagit.txt", DECLARATION)

    def stage(self, *, deflate: bool) -> Staged:
        """A payload file to be filled while others are written."""
        return self._zip.stage(deflate=deflate)

    def payload(self, name: str, chunks: Iterable[bytes], *, deflate: bool) -> Written:
        """Write a payload file; `name` is below `data/`."""
        return self._count(name, self._zip.add(f"{self._directory}/data/{name}", chunks, deflate=deflate))

    def commit(self, name: str, staged: Staged) -> Written:
        """Write a payload file that was staged."""
        return self._count(name, self._zip.commit(f"{self._directory}/data/{name}", staged))

    def tag(self, name: str, content: bytes) -> None:
        """Write a tag file: one that describes the bag."""
        self._tags.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        self._write_tag(name, content, deflate=True)

    def close_payload(self) -> str:
        """Write the manifest: no payload after it. Its SHA-256 (hex)."""
        name = "manifest-sha256.txt"
        written = self._zip.commit(f"{self._directory}/{name}", self._manifest)
        self._tags.append(f"{written.sha256}  {name}\n")
        return written.sha256

    def close_tags(self) -> str:
        """Write the manifest of the tag files: those after it are in no manifest. Its SHA-256 (hex)."""
        content = "".join(self._tags).encode()
        self._write_tag(TAG_MANIFEST, content, deflate=True)
        return hashlib.sha256(content).hexdigest()

    def unlisted(self, name: str, content: bytes) -> None:
        """Write a tag file that speaks of the manifests, or of every byte before it; never compressed."""
        self._write_tag(name, content, deflate=False)

    def so_far(self) -> tuple[str, int]:
        """SHA-256 (hex) and length of the ZIP until now."""
        return self._zip.so_far()

    def finish(self) -> tuple[str, int]:
        """SHA-256 (hex) and length of the whole ZIP."""
        return self._zip.finish()

    def close(self) -> None:
        """Close every scratch file, finished or not."""
        self._zip.close()

    def _write_tag(self, name: str, content: bytes, *, deflate: bool) -> None:
        self._zip.add(f"{self._directory}/{name}", (content,), deflate=deflate)

    def _count(self, name: str, written: Written) -> Written:
        self._manifest.write(f"{written.sha256}  data/{name}\n".encode())
        self.files += 1
        self.bytes += written.size
        return written


def bag_info(fields: Iterable[tuple[str, str]]) -> bytes:
    """The bag's metadata as `Label: value` lines; white space in a value, line ends too, becomes one space."""
    lines = [f"{label}: {' '.join(value.split())}\n" for label, value in fields if value.strip()]
    return "".join(lines).encode("utf-8", "replace")
