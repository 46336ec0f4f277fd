"""Whether a bundle is whole: every file against its manifest, every record against its digests, every count."""

from __future__ import annotations

import errno
import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from archiver.errors import NotFound, VerificationError
from archiver.storage.members import walk

_CHUNK = 1 << 20
_LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)")
_BEFORE_END = re.compile(r"SHA-256 of the ([0-9]+) bytes of the ZIP file before this file: ([0-9a-f]{64})\r\n$")
_MANIFEST, _TAGS, _END = "manifest-sha256.txt", "tagmanifest-sha256.txt", "end-of-bundle.txt"
_NOTE = "bundle.note"  # what the agency signed; verify_bundle.py, which is in each bundle, checks it
_RECORDS, _FIGURES, _ITEMS = "data/records/records.warc.gz", "data/bundle.json", "data/items.jsonl"

# What the ZIP library raises for a file that is damaged or forged, whatever is wrong with it.
_NOT_WHOLE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, ArithmeticError, LookupError, RuntimeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A bundle that is whole: the request it answers, its counts, and the SHA-256 (hex) of its manifest."""

    request: str
    items: int
    records: int
    files: int
    manifest_sha256: str


def check_bundle(path: Path) -> Checked:
    """Read a bundle from end to end. Raises VerificationError naming the file that is not what was written."""
    try:
        with zipfile.ZipFile(path) as bundle:
            return _Check(path, bundle).run()
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.", means="Nothing was checked.", do="Name the bundle.") from error
    except _NOT_WHOLE as error:
        raise _wrong(path, f"it is no whole ZIP file ({error})") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise _wrong(path, "it is no whole ZIP file (it points outside of itself)") from error


class _Check:
    """One look through a bundle."""

    def __init__(self, path: Path, bundle: zipfile.ZipFile) -> None:
        self._path = path
        self._zip = bundle
        names = bundle.namelist()
        self._root = names[0].partition("/")[0] + "/" if names else ""
        self._names = [name.removeprefix(self._root) for name in names]
        if len(set(names)) != len(names) or not all(name.startswith(self._root) for name in names):
            self._fail("its files do not all stand once, in one directory")

    def run(self) -> Checked:
        if not self._names or self._names[-1] != _END:
            self._fail(f"{_END} is missing: the copy is not complete")
        payload, tags = self._manifest(_MANIFEST), self._manifest(_TAGS)
        self._same_names(payload, tags)
        for name, digest in (payload | tags).items():
            if self._sha256(name) != digest:
                self._fail(f"{name} is not what was written: its SHA-256 is another one than the manifest's")
        self._require_whole_before_end()
        figures = self._figures()
        counts = figures["counts"]
        self._count("files below data/", counts["files"], len(payload))
        self._count("items", counts["items"], sum(1 for _ in self._lines(_ITEMS)))
        self._count("records", counts["records"], self._records())
        return Checked(
            request=str(figures["request"]["id"]),
            items=counts["items"],
            records=counts["records"],
            files=counts["files"],
            manifest_sha256=tags[_MANIFEST],
        )

    def _manifest(self, name: str) -> dict[str, str]:
        if name not in self._names:
            self._fail(f"{name} is missing")
        found = [_LINE.fullmatch(line) for line in self._zip.read(self._root + name).decode().splitlines()]
        listed = {one[2]: one[1] for one in found if one}
        if len(listed) != len(found):
            self._fail(f"{name} cannot be read as a manifest")
        return listed

    def _same_names(self, payload: dict[str, str], tags: dict[str, str]) -> None:
        """Every file is in one manifest, and every name of a manifest is there; the tag manifest lists not itself."""
        listed, there = {*payload, *tags, _TAGS, _END}, set(self._names) - {_NOTE}
        if missing := sorted(listed - there):
            self._fail(f"{missing[0]} is missing")
        if stray := sorted(there - listed):
            self._fail(f"{stray[0]} is in no manifest")

    def _require_whole_before_end(self) -> None:
        """The last file tells how many bytes stand before it in the ZIP, and their SHA-256."""
        told = _BEFORE_END.search(self._zip.read(self._root + _END).decode())
        start = self._zip.getinfo(self._root + _END).header_offset
        with self._path.open("rb") as file:
            if not told or (start, _sha256(file, start)) != (int(told[1]), told[2]):
                self._fail(f"the bytes before {_END} are not those that it tells of")

    def _sha256(self, name: str) -> str:
        with self._zip.open(self._root + name) as file:
            return _sha256(file)

    def _figures(self) -> dict[str, Any]:
        try:
            figures: dict[str, Any] = json.loads(self._zip.read(self._root + _FIGURES))
            _ = figures["request"]["id"], [int(figures["counts"][name]) for name in ("files", "items", "records")]
        except (KeyError, TypeError, ValueError):
            self._fail(f"{_FIGURES} does not say what the bundle counts")
        return figures

    def _lines(self, name: str) -> Iterator[bytes]:
        with self._zip.open(self._root + name) as file:
            yield from file

    def _records(self) -> int:
        """How many records were copied: all but the warcinfo at the start. Each is inflated, its digests compared."""
        found = -1
        with self._zip.open(self._root + _RECORDS) as file:
            for member in walk(file):  # type: ignore[arg-type]  # it can be sought in and read, which is all that is done
                if member.problem:
                    self._fail(f"{_RECORDS}: the record at offset {member.offset} is not sound: {member.problem}")
                found += 1
        return found

    def _count(self, what: str, declared: int, found: int) -> None:
        if declared != found:
            self._fail(f"it declares {declared:,} {what}, and holds {found:,}")

    def _fail(self, why: str) -> NoReturn:
        raise _wrong(self._path, why)


def _sha256(file: IO[bytes], length: int | None = None) -> str:
    digest = hashlib.sha256()
    while data := file.read(_CHUNK if length is None else min(_CHUNK, length)):
        digest.update(data)
        length = None if length is None else length - len(data)
    return digest.hexdigest()


def _wrong(path: Path, why: str) -> VerificationError:
    return VerificationError(
        f"The bundle {path.name} is not whole: {why}.",
        means="This copy must not be relied on. The archive is not affected.",
        do="Make the bundle again, or copy it again from where it was made.",
    )
