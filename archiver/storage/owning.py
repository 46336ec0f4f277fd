"""Whose a store is: it bears the name of the archive that copies to it, so that no second one does."""

from __future__ import annotations

from pathlib import Path

from archiver.errors import VerificationError
from archiver.storage.ledger.checkpoints import origin_of
from archiver.storage.s3_store import S3Store
from archiver.storage.stores import DiskStore

OWNER = "ledger/archive"
_MOST_BYTES = 200


def claim(store: DiskStore | S3Store, archive_id: str, scratch: Path, role: str) -> None:
    """Let a store be this archive's, where it is nobody's yet. Raises VerificationError where it is another's."""
    mine, there = f"{origin_of(archive_id)}\n".encode(), _owner(store)
    if there is None:
        file = scratch / "owner"
        file.write_bytes(mine)
        store.put(OWNER, file)
    elif there != mine:
        name = there.decode("ascii", "replace").strip()
        raise VerificationError(
            f"The store under [{role}] is that of another archive ({name}).",
            means="Nothing was copied there: files of both would lie there, under names that may be the same.",
            do=f"Give each archive a folder, a bucket or a prefix of its own: [{role}] in the configuration.",
        )


def _owner(store: DiskStore | S3Store) -> bytes | None:
    try:
        with store.open(OWNER) as file:
            return file.read(_MOST_BYTES)
    except VerificationError:
        return None
