"""Bundles with proofs, and what somebody without the key can do to them."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from archiver.acts.bundling import Wanted, make_bundle
from archiver.acts.proving import Prover
from archiver.acts.requests import Opening, open_request
from archiver.model import Selector
from archiver.storage.archive import Archive
from archiver.storage.ledger.custody import place_of
from archiver.storage.ledger.signed_note import VerifierKey
from archiver.verifier import verify_bundle
from tests.archives import Filled

END, NOTE, TAGS, MANIFEST = "end-of-bundle.txt", "bundle.note", "tagmanifest-sha256.txt", "manifest-sha256.txt"


def asked(filled: Filled, selector: Selector) -> None:
    """Open a request for what the selector takes."""
    archive = Archive.open(filled.directory)
    opening = Opening(received=filled.now, text="Records", selector=selector, id="R1")
    open_request(archive, opening, closures=(), who="Rhea Quist", now=filled.now)
    archive.close()


def proved_bundle(
    filled: Filled,
    authorities: Mapping[str, Path] = MappingProxyType({}),
    witnesses: Sequence[VerifierKey] = (),
) -> Path:
    """A bundle of what was asked for, with proofs from the archive's own ledger."""
    archive = Archive.open(filled.directory)
    wanted = Wanted(
        request_id="R1",
        agency="District",
        records_officer="Rhea",
        zone=ZoneInfo("America/Los_Angeles"),
        made_at=filled.now,
        prover=Prover(place=place_of(archive, "", {}), authorities=authorities, witnesses=witnesses),
    )
    made = make_bundle(archive, wanted, who="Rhea Quist", now=filled.now)
    archive.close()
    return made.path


@dataclass(frozen=True, slots=True)
class Said:
    """What the verifier ended with, and its words."""

    code: int
    out: str


def verify(path: Path, *options: str) -> Said:
    """Have the verifier look at a bundle."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = verify_bundle.main([str(path), *options])
    return Said(code, out.getvalue())


def unpacked(path: Path, folder: Path) -> Path:
    """The bundle as a requester has it on disk."""
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(path) as file:
        file.extractall(folder)
    return next(folder.iterdir())


def made_to_fit(folder: Path) -> Path:
    """Make the manifests say what the files are now, as somebody without the key can."""
    below = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
    (folder / MANIFEST).write_text("".join(_line(folder, path) for path in below))
    unlisted = {END, NOTE, TAGS}
    beside = sorted(path for path in folder.iterdir() if path.is_file() and path.name not in unlisted)
    (folder / TAGS).write_text("".join(_line(folder, path) for path in beside))
    return folder


def _line(folder: Path, path: Path) -> str:
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
