"""A bucket as a store: each file a version that is locked from its first moment, and compared after it was put."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from archiver.clock import Clock
from archiver.config_stores import Store as Options
from archiver.errors import DiskError, StoreDown, VerificationError
from archiver.storage import files, s3_locks
from archiver.storage.s3_client import Client
from archiver.storage.s3_errors import STAYS, code_of, missing, named_errors
from archiver.storage.s3_read import PIECE, fetcher, whole_or_part
from archiver.storage.s3_upload import PART, Stop, Upload, never, version_in
from archiver.storage.stores import Placed, checked_name, other_bytes

_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_NOT_KNOWN = ("NotImplemented", "501")
_TRIES = 3  # where somebody else puts the same name at the same moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a file, or of its name being marked as removed: when it came to be, and its size in bytes."""

    id: str | None
    size: int
    at: datetime
    newest: bool
    marker: bool


class S3Store:
    """The files of a bucket below a prefix. `version_of` says which version of a name is ours, where that is known.

    Raises StoreDown where the service does not answer or refuses, AuthError where it refuses the credential.
    """

    def __init__(
        self,
        options: Options,
        connect: Callable[[], Client],
        *,
        clock: Clock,
        version_of: Callable[[str], str | None] = lambda _name: None,
        part: int = PART,
    ) -> None:
        self.options = options
        self.place = f"The bucket {options.bucket}"
        self._connect = connect
        self._clock = clock
        self._version_of = version_of
        self._part = part
        self._made: Client | None = None
        self._making = threading.Lock()

    @property
    def client(self) -> Client:
        """The client, made when it is first needed: an archive opens without its bucket."""
        with self._making:
            if self._made is None:
                self._made = self._connect()
            return self._made

    def put(self, name: str, path: Path, stop: Stop = never) -> Placed:
        """Keep the file's bytes, locked, read back and compared. Done again after whatever happened, it ends the same.

        The same bytes are there: nothing. Other bytes: VerificationError, nothing changed.
        """
        with path.open("rb") as file:
            size, sha256 = files.measured(file)
        checked_name(name)
        for _ in range(_TRIES):
            found = self.find(name, size, sha256)
            if found is not None:
                return self._locked(name, found)
            if self.versions(name):
                raise other_bytes(name, self.place)
            sent = self._sent(self._upload(name, sha256), path, stop)
            if sent is not None:
                return self._proved(name, sent.version, size, sha256)
        raise StoreDown(f"{self.place} says both that {name} is there and that it is not.", means=STAYS)

    def put_again(self, name: str, path: Path) -> Placed:
        """Keep the file as a new version beside those that are there, to take the place of damaged ones."""
        with path.open("rb") as file:
            size, sha256 = files.measured(file)
        sent = self._sent(self._upload(name, sha256, only_new=False), path, never)
        if sent is None:
            raise StoreDown(f"{self.place} refuses a new version of {name}.", means=STAYS)
        return self._proved(name, sent.version, size, sha256)

    def find(self, name: str, size: int, sha256: str) -> Placed | None:
        """The oldest version that has these bytes; None where none has. Every one of that size is read."""
        for version in self.versions(name):
            if version.size == size and self._measured(name, version.id) == (size, sha256):
                return self._told(name, version.id)
        return None

    def open(self, name: str, start: int = 0, length: int | None = None) -> BinaryIO:
        """The bytes from `start`, at most `length` of them, of our version; of the newest where that is not known."""
        checked_name(name)
        return self._opened(name, self._version_of(name) or self._newest(name), start, length)

    def names(self, prefix: str = "") -> Iterator[str]:
        """The names that have a version, in order, also where somebody marked them as removed."""
        inside = len(self.options.prefix)
        last = ""
        for key, version in self._versions(prefix):
            name = key[inside:]
            if name != last and not version.marker and not name.startswith("."):
                last = name
                yield name

    def delete(self, name: str) -> None:
        """Remove every version, durably; nothing where there is none. DiskError where a lock stands in the way."""
        checked_name(name)
        for version in self._all_of(name):
            if not self.removed(name, version.id):
                raise DiskError(
                    f"{self.place} does not let go of {name}: it is locked.",
                    means="Its bytes are still there.",
                    do="Wait for the lock's end (archiver store show), or end the hold that keeps it.",
                )

    def removed(self, name: str, version: str | None) -> bool:
        """Remove one version without going round its lock; false where that is refused."""
        from botocore.exceptions import ClientError

        with named_errors(self.place):
            try:
                self.client.delete_object(**self.where(name, version))
            except ClientError as error:
                if code_of(error) not in ("AccessDenied", "403", "MethodNotAllowed", "InvalidRequest", "ObjectLocked"):
                    raise
                return False
        return True

    def versions(self, name: str) -> tuple[Version, ...]:
        """The versions of a file, the oldest first."""
        found = (one for one in self._all_of(name) if not one.marker)
        return tuple(sorted(found, key=lambda one: (one.at, one.newest)))

    def lock(self, name: str, version: str | None, until: datetime) -> datetime | None:
        """Lock a version up to a time, never for less long than it is; until when the bucket then says it is."""
        where, mode = self.where(name, version), self.options.lock
        with named_errors(self.place, name):
            s3_locks.lock(self.client, where, mode, until)
            return s3_locks.locked_until(self.client, where)

    def hold(self, name: str, version: str | None, *, on: bool) -> bool:
        """Set or end the legal hold of a version; whether the bucket then says that it holds."""
        with named_errors(self.place, name):
            s3_locks.hold(self.client, self.where(name, version), on=on)
            return s3_locks.is_held(self.client, self.where(name, version))

    def lock_end(self) -> datetime | None:
        """Until when a file that is put now is locked; None where none is."""
        if self.options.lock == "none":
            return None
        return self._clock.now().replace(microsecond=0) + timedelta(days=self.options.lock_days)

    def where(self, name: str, version: str | None = None) -> dict[str, str]:
        """Bucket, key and version, as the client takes them."""
        at = {"Bucket": self.options.bucket, "Key": self.options.prefix + name}
        return at if version is None else at | {"VersionId": version}

    def _upload(self, name: str, sha256: str, *, only_new: bool = True) -> Upload:
        checked_name(name)
        said: dict[str, Any] = {"Metadata": {"sha256": sha256}} | s3_locks.said(self.options.lock, self.lock_end())
        return Upload(
            where=self.where(name), said=said, checksums=self.options.checksums, only_new=only_new, part=self._part
        )

    def _sent(self, upload: Upload, path: Path, stop: Stop) -> Placed | None:
        """The version a file became; None where its name is taken."""
        from botocore.exceptions import ClientError

        with named_errors(self.place):
            try:
                return Placed(version=upload.send(self.client, path, stop))
            except ClientError as error:
                if code_of(error) in _TAKEN:
                    return None
                raise

    def _proved(self, name: str, version: str | None, size: int, sha256: str) -> Placed:
        if self._measured(name, version) != (size, sha256):
            raise VerificationError(
                f"{self.place} gave back other bytes than were put into it as {name}.",
                means="The copy there does not count; nothing is lost.",
                do="Look at the service that keeps the bucket: archiver doctor",
            )
        return self._told(name, version)

    def _locked(self, name: str, found: Placed) -> Placed:
        """What was there already, locked for as long as if it had been put now."""
        until = self.lock_end()
        if until is None or (found.locked_until is not None and found.locked_until >= until):
            return found
        return Placed(version=found.version, locked_until=self.lock(name, found.version, until))

    def _told(self, name: str, version: str | None) -> Placed:
        if self.options.lock == "none":
            return Placed(version=version)
        with named_errors(self.place, name):
            return Placed(version=version, locked_until=s3_locks.locked_until(self.client, self.where(name, version)))

    def _measured(self, name: str, version: str | None) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        with self._opened(name, version) as file:
            while chunk := file.read(PIECE):
                digest.update(chunk)
                size += len(chunk)
        return size, digest.hexdigest()

    def _opened(self, name: str, version: str | None, start: int = 0, length: int | None = None) -> BinaryIO:
        where = self.where(name, version)
        with named_errors(self.place, name):
            size = int(self.client.head_object(**where)["ContentLength"])
        return whole_or_part(fetcher(self.client, self.place, name, where), size, start, length)

    def _newest(self, name: str) -> str | None:
        found = self.versions(name)
        if not found:
            raise missing(self.place, name)
        return found[-1].id

    def _all_of(self, name: str) -> tuple[Version, ...]:
        key = self.options.prefix + name
        return tuple(version for found, version in self._versions(name) if found == key)

    def _versions(self, prefix: str) -> Iterator[tuple[str, Version]]:
        from botocore.exceptions import ClientError

        with named_errors(self.place):
            try:
                yield from self._listed("list_object_versions", prefix)
            except ClientError as error:
                if code_of(error) not in _NOT_KNOWN:
                    raise
                yield from self._listed("list_objects_v2", prefix)  # it keeps no versions

    def _listed(self, how: str, prefix: str) -> Iterator[tuple[str, Version]]:
        asked = {"Bucket": self.options.bucket, "Prefix": self.options.prefix + prefix}
        for page in self.client.get_paginator(how).paginate(**asked):
            found = [one for part in ("Versions", "DeleteMarkers", "Contents") for one in page.get(part, ())]
            for said in sorted(found, key=lambda one: str(one["Key"])):
                yield str(said["Key"]), _version(said)


def _version(said: dict[str, Any]) -> Version:
    return Version(
        id=version_in(said),
        size=int(said.get("Size", 0)),
        at=said["LastModified"],
        newest=bool(said.get("IsLatest", True)),
        marker="Size" not in said,
    )
