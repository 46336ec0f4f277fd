"""Has a bucket show that it keeps what it promises, with a small file of ours: what it says counts for nothing here."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from archiver.errors import VerificationError
from archiver.storage import s3_locks
from archiver.storage.s3_errors import code_of, named_errors, status_of
from archiver.storage.s3_store import S3Store
from archiver.storage.s3_upload import version_in

PROBE = ".archiver-probe"  # begins with a dot, so that no store takes it for a name
LOCKED_SECONDS = 300  # more than the clocks of two honest hosts differ by
_BUSY = ("SlowDown", "ServiceUnavailable", "503", "RequestTimeout", "RequestTimeTooSkewed")


class Promise(StrEnum):
    """What a bucket is relied on for."""

    READ_BACK = "read back"
    VERSIONS = "versions"
    OLD_BYTES = "old bytes"
    LOCK_TOLD = "lock told"
    LOCK_KEPT = "lock kept"
    HOLD = "hold"
    CHECKSUM = "checksum"
    ONLY_NEW = "only new"


# Without these a lock is a word only.
_OF_A_LOCK = frozenset(
    {Promise.READ_BACK, Promise.VERSIONS, Promise.OLD_BYTES, Promise.LOCK_TOLD, Promise.LOCK_KEPT, Promise.HOLD}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a bucket did not keep; `asked_to_lock` as the configuration has it."""

    asked_to_lock: bool
    broken: tuple[Promise, ...]

    @property
    def locked(self) -> bool:
        """Whether a file in it counts as locked."""
        return self.asked_to_lock and not _OF_A_LOCK & set(self.broken)


def prove(store: S3Store, now: datetime, *, seconds: int = LOCKED_SECONDS) -> Proof:
    """Put a probe with a short lock, try to lose it in every way, clean up what may be. Raises StoreDown, AuthError.

    A probe whose lock has not ended yet is left for the next proof.
    """
    trial = _Trial(store, now.replace(microsecond=0) + timedelta(seconds=seconds))
    tidy(store)
    try:
        with named_errors(store.place):
            broken = [promise for promise, holds in trial.questions() if not holds()]
    finally:
        tidy(store)
    return Proof(asked_to_lock=store.options.lock != "none", broken=tuple(broken))


def tidy(store: S3Store) -> None:
    """Remove the probes whose lock has ended."""
    for version in store.versions(PROBE):
        store.removed(PROBE, version.id)


class _Trial:
    """Two versions of the probe, the first one locked, and the questions about them, in order."""

    def __init__(self, store: S3Store, until: datetime) -> None:
        self._store = store
        self._until = until
        self._first, self._second = secrets.token_bytes(64), secrets.token_bytes(64)
        self._versions: list[str | None] = []

    def questions(self) -> list[tuple[Promise, Callable[[], bool]]]:
        """Each promise with what shows whether it is kept."""
        asked: list[tuple[Promise, Callable[[], bool]]] = []
        if self._locking:
            asked.append((Promise.LOCK_TOLD, self._put_locked))
        else:
            asked.append((Promise.READ_BACK, self._put_first))
        asked += [(Promise.READ_BACK, self._reads_back), (Promise.VERSIONS, self._has_versions)]
        asked.append((Promise.OLD_BYTES, self._reads_back))
        if self._store.options.checksums:
            asked.append((Promise.CHECKSUM, lambda: not self._accepted(**_wrong_sum(self._second))))
        asked.append((Promise.ONLY_NEW, lambda: not self._accepted(IfNoneMatch="*")))
        if self._locking:  # last, since a bucket that fails these has lost the probe
            asked += [(Promise.LOCK_KEPT, self._keeps_the_lock), (Promise.HOLD, self._holds)]
        return asked

    @property
    def _locking(self) -> bool:
        return self._store.options.lock != "none"

    def _put(self, body: bytes, **said: Any) -> str | None:
        return version_in(self._store.client.put_object(**self._store.where(PROBE), Body=body, **said))

    def _put_first(self) -> bool:
        self._versions.append(self._put(self._first))
        return True

    def _put_locked(self) -> bool:
        """Locked from its first moment, and the bucket says so of itself."""
        mode = self._store.options.lock
        if not _done(lambda: self._versions.append(self._put(self._first, **s3_locks.said(mode, self._until)))):
            return not self._put_first()  # without a lock then, so that the rest can be asked
        told = s3_locks.locked_until(self._store.client, self._where(0))
        return told is not None and told >= self._until

    def _reads_back(self) -> bool:
        return self._bytes(0) == self._first

    def _has_versions(self) -> bool:
        self._versions.append(self._put(self._second))
        return None not in self._versions and len(set(self._versions)) == 2 and self._bytes(1) == self._second

    def _keeps_the_lock(self) -> bool:
        """Neither removed nor shortened."""
        sooner = self._until - timedelta(seconds=1)
        shortened = _done(lambda: s3_locks.lock(self._store.client, self._where(0), self._store.options.lock, sooner))
        return not self._store.removed(PROBE, self._versions[0]) and not shortened and self._reads_back()

    def _holds(self) -> bool:
        """A hold can be set, is told, keeps the version from being removed, and can be lifted."""
        client, where = self._store.client, self._where(1)
        if not _done(lambda: s3_locks.hold(client, where, on=True)):
            return False
        told = s3_locks.is_held(client, where)
        kept = not self._store.removed(PROBE, self._versions[1])
        lifted = _done(lambda: s3_locks.hold(client, where, on=False))
        return told and kept and lifted and not s3_locks.is_held(client, where)

    def _accepted(self, **said: Any) -> bool:
        return _done(lambda: self._put(self._second, **said))

    def _where(self, number: int) -> dict[str, str]:
        return self._store.where(PROBE, self._versions[number])

    def _bytes(self, number: int) -> bytes | None:
        try:
            with named_errors(self._store.place, PROBE):
                data: bytes = self._store.client.get_object(**self._where(number))["Body"].read()
        except VerificationError:  # not there any more
            return None
        return data


def _done(act: Callable[[], object]) -> bool:
    """Whether the bucket did it. That it is too busy for an answer is none: raises what the client raised."""
    from botocore.exceptions import ClientError

    try:
        act()
    except ClientError as error:
        if code_of(error) in _BUSY or status_of(error) == 503:
            raise
        return False
    return True


def _wrong_sum(data: bytes) -> dict[str, str]:
    return {"ChecksumSHA256": base64.b64encode(hashlib.sha256(data + b"?").digest()).decode()}
