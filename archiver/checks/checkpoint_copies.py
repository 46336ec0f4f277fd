"""Compares every copy of each checkpoint with the one that was signed, byte for byte, and restores what is not so.

Checkpoints lie in the archive's own `ledger/`, and in every store that sealed files go to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.checks.findings import Finding, Kind
from archiver.checks.mending import LEDGER, Hopeless, Mended, Repaired, Work, put_back
from archiver.errors import AuthError, DiskError, VerificationError
from archiver.storage.archive import Archive
from archiver.storage.copies import CHECKPOINTS, copies_in
from archiver.storage.copying import Target, targets
from archiver.storage.ledger.checkpoints import DIGITS, sizes
from archiver.storage.ledger.on_record import on_record

_NO_COPY = "No copy of it is the checkpoint that was signed."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A checkpoint by its name in the stores: the SHA-256 (hex) it must have, and what each copy holds instead.

    `copies`: None where the file is missing. What was not copied yet is not among them.
    """

    name: str
    digest: str
    copies: Mapping[str, bytes | None]

    def is_good(self, copy: str) -> bool:
        """Whether a copy is the checkpoint that was signed."""
        data = self.copies[copy]
        return data is not None and hashlib.sha256(data).hexdigest() == self.digest


def findings(archive: Archive, roles: Sequence[str]) -> Iterator[Finding]:
    """Where the copy of a checkpoint in one of these stores is gone, or not what was signed. DiskError, AuthError."""
    for kept in _all(archive, [target for target in targets(archive) if target.role in roles]):
        for copy in kept.copies:
            if copy != LEDGER and not kept.is_good(copy):
                how = "is not there any more" if kept.copies[copy] is None else "is not the one that was signed"
                what = f"The copy of the checkpoint {Path(kept.name).name} {how}."
                yield Finding(kind=Kind.CHECKPOINT, what=what, file=kept.name, copy=copy)


def known_names(archive: Archive) -> set[str]:
    """The names that checkpoints of this ledger have in a store."""
    on_disk = sizes(archive.directory / LEDGER)
    return {_name(size) for size in (*on_disk, *on_record(archive.database.connection()))}


def repair(archive: Archive, roles: Sequence[str], work: Work, scratch: Path, done: Repaired) -> None:
    """Have back from another copy whatever one lacks; what is done, or can be, is added to `done`."""
    try:
        for kept in _all(archive, [target for target in targets(archive) if target.role in roles]):
            _repair(archive, kept, work, scratch, done)
    except (DiskError, AuthError) as error:
        done.troubles.append(error.what)


def _repair(archive: Archive, kept: _Kept, work: Work, scratch: Path, done: Repaired) -> None:
    done.files += 1
    good = [copy for copy in kept.copies if kept.is_good(copy)]
    if not good:
        done.hopeless.append(Hopeless(file=kept.name, why=_NO_COPY))
        return
    whole = scratch / "checkpoint"
    whole.write_bytes(kept.copies[good[0]] or b"")
    for copy in kept.copies:
        if copy not in good:
            mended = Mended(file=kept.name, copy=copy, records=None, source=good[0])
            if work.carry_out:
                mended = put_back(archive, mended, whole, actor=work.actor, at=work.now())
            done.mended.append(mended)


def _all(archive: Archive, places: Sequence[Target]) -> Iterator[_Kept]:
    """Every checkpoint that the ledger has on record, or that a store was seen to hold."""
    db = archive.database.connection()
    noted = {target.role: _checkpoints_in(archive, target) for target in places}
    known = {name: digest for held in noted.values() for name, digest in held.items()}
    known |= {_name(size): digest for size, digest in on_record(db).items()}
    for name, digest in sorted(known.items()):
        path = archive.directory / name
        copies = {LEDGER: path.read_bytes() if path.is_file() else None}
        copies |= {target.role: _bytes(target, name) for target in places if name in noted[target.role]}
        yield _Kept(name=name, digest=digest, copies=copies)


def _name(size: int) -> str:
    return f"{CHECKPOINTS}{size:0{DIGITS}}"


def _checkpoints_in(archive: Archive, target: Target) -> dict[str, str]:
    noted = copies_in(archive.database.connection(), target.place).values()
    return {copy.name: copy.sha256 for copy in noted if copy.name.startswith(CHECKPOINTS)}


def _bytes(target: Target, name: str) -> bytes | None:
    try:
        with target.store.open(name) as file:
            return file.read()
    except VerificationError:
        return None
