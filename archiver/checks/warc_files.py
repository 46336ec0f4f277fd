"""Finds the WARC files of an archive without its catalogue, and what they say of their accounts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from archiver.errors import VerificationError
from archiver.model import Account, Level, StoredRecord
from archiver.model.account import AccountState
from archiver.storage import files
from archiver.storage.archive import Archive
from archiver.storage.members import read_record
from archiver.storage.segments import account_and_month
from archiver.storage.stores import stored_name
from archiver.storage.units import FoundWarcinfo, Unit, units

SUFFIX = ".warc.gz"
UNREGISTERED = "registered again from the WARC files: check and resume"
_GZIP = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcFile:
    """A WARC file where it lies: in the store (`sealed`) or growing in the spool."""

    account: str
    month: str
    name: str
    sealed: bool

    @property
    def place(self) -> tuple[int, str]:
        """What the files of an account are ordered by."""
        return int(self.name.removesuffix(SUFFIX).rpartition("-")[2]), self.name


def warc_files(archive: Archive) -> dict[str, tuple[WarcFile, ...]]:
    """Every WARC file, by account, in the order they were written. One that is in both places counts as growing."""
    found = {file.name: file for file in (*_sealed(archive), *_growing(archive))}
    owned: dict[str, list[WarcFile]] = {}
    for file in sorted(found.values(), key=lambda file: file.place):
        owned.setdefault(file.account, []).append(file)
    return {account: tuple(owned[account]) for account in sorted(owned)}


def open_file(archive: Archive, file: WarcFile) -> BinaryIO:
    """The file, for reading."""
    if file.sealed:
        return archive.store.open(stored_name(file.account, file.month, file.name))
    return (archive.spool / file.name).open("rb")


def size_of(archive: Archive, file: WarcFile) -> int:
    """Its size in bytes."""
    with open_file(archive, file) as opened:
        return opened.seek(0, os.SEEK_END)


def measured(archive: Archive, file: WarcFile) -> tuple[int, str]:
    """Size in bytes and SHA-256 (hex)."""
    with open_file(archive, file) as opened:
        return files.measured(opened)


def registered_in(archive: Archive, file: WarcFile, record: StoredRecord) -> Mapping[str, Any]:
    """What a file's warcinfo record says of its account. VerificationError where it cannot be read."""
    with open_file(archive, file) as opened:
        block = read_record(opened, record.offset, record.length, name=file.name).block
    fields = dict(line.partition(": ")[::2] for line in block.decode().splitlines())
    said = json.loads(fields.get("account", "{}"))
    return said if isinstance(said, dict) else {}


def account_from_files(archive: Archive, account_id: str, held: tuple[WarcFile, ...]) -> Account:
    """The account as its newest readable file registers it, stopped: nobody asked for it to be polled."""
    for file in reversed(held):
        said = first_registration(archive, file)
        if said.get("platform"):
            return _account(account_id, said)
    return Account(
        id=account_id, platform="unknown", handle="", url="", state=AccountState.STOPPED, state_reason=UNREGISTERED
    )


def as_registered(account: Account, said: Mapping[str, Any]) -> Account:
    """The account as it was when a file was begun, in all that reading its replies depends on."""
    known = {name: said[name] for name in ("handle", "url", "platform_id", "options") if name in said}
    asked_with = said.get("with_credential", account.credential is not None)
    return replace(account, **known, credential=(account.credential or "env:UNKNOWN") if asked_with else None)


def next_whole(opened: BinaryIO, after: int) -> int | None:
    """Where the next whole unit behind `after` begins; None where nothing whole follows."""
    position, tail = after + 1, b""
    while True:
        opened.seek(position + len(tail))
        chunk = opened.read(files.CHUNK)
        data = tail + chunk
        for start in _starts(data):
            if _is_whole(opened, position + start):
                return position + start
        if not chunk:
            return None
        tail = data[-len(_GZIP) + 1 :]
        position += len(data) - len(tail)


def _starts(data: bytes) -> Iterator[int]:
    at = data.find(_GZIP)
    while at >= 0:
        yield at
        at = data.find(_GZIP, at + 1)


def _is_whole(opened: BinaryIO, start: int) -> bool:
    try:
        next(units(opened, start))
    except VerificationError:
        return False
    return True


def _sealed(archive: Archive) -> Iterator[WarcFile]:
    for name in archive.store.names():
        parts = name.split("/")
        if len(parts) == 3 and parts[0] and account_and_month(parts[2])[0] == parts[0]:
            yield WarcFile(account=parts[0], month=parts[1], name=parts[2], sealed=True)


def _growing(archive: Archive) -> Iterator[WarcFile]:
    for path in sorted(archive.spool.glob(f"*{SUFFIX}")):
        account, month = account_and_month(path.name)
        if account:
            yield WarcFile(account=account, month=month, name=path.name, sealed=False)


def first_registration(archive: Archive, file: WarcFile) -> Mapping[str, Any]:
    """What the file says of its account at its beginning; nothing where that cannot be read."""
    try:
        with open_file(archive, file) as opened:
            first: Unit | None = next(units(opened, name=file.name), None)
        return registered_in(archive, file, first.records[0]) if isinstance(first, FoundWarcinfo) else {}
    except (VerificationError, ValueError, RecursionError):
        return {}


def _account(account_id: str, said: Mapping[str, Any]) -> Account:
    plain: dict[str, Any] = {name: str(said.get(name) or "") for name in ("platform", "handle", "url", "unit")}
    return Account(
        id=account_id,
        **plain,
        level=Level(said.get("level", Level.UNKNOWN)),
        platform_id=said.get("platform_id"),
        options=said.get("options", {}),
        state=AccountState.STOPPED,
        state_reason=UNREGISTERED,
    )
