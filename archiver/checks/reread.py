"""Reads every reply again that told a version of an item, and compares it with the version the catalogue has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from archiver.checks.findings import Finding, Kind
from archiver.checks.warc_files import as_registered, first_registration, warc_files
from archiver.errors import VerificationError
from archiver.model import Account, Connector, Snapshot
from archiver.polling.replaying import Replayer
from archiver.storage import captures, soundness
from archiver.storage.accounts import account_called
from archiver.storage.archive import Archive
from archiver.storage.soundness import VersionTold


def reread(archive: Archive, connectors: Mapping[str, Connector], account: str | None = None) -> Iterator[Finding]:
    """The versions that the kept replies, read again, do not show."""
    registrations = _Registrations(archive)
    replayer = Replayer(archive=archive, connectors=connectors)
    told = soundness.versions_told(archive.database.connection(), account)
    for capture, versions in groupby(told, key=lambda version: version.capture):
        try:
            yield from _compared(archive, replayer, registrations, capture, tuple(versions))
        except VerificationError as error:
            yield Finding(kind=Kind.UNSOUND, what=f"Capture {capture} cannot be read again: {error.what}")


def _compared(
    archive: Archive,
    replayer: Replayer,
    registrations: _Registrations,
    capture: str,
    versions: Sequence[VersionTold],
) -> Iterator[Finding]:
    kept = captures.capture_called(archive.database.connection(), capture)
    if kept is None:
        return
    account = registrations.of(versions[0].account, kept.response.segment)
    told = replayer.told_again(account, capture)
    shown = {(item.remote_id, item.digest): item for item in told.page.items} if told.page else {}
    for version in versions:
        if why := _difference(version, shown.get((version.remote_id, version.digest))):
            yield Finding(
                kind=Kind.DISAGREES,
                what=f"Version {version.number} of {version.remote_id} of {version.account} is not what capture"
                f" {capture} shows: {why}{told.problem and f' ({told.problem})'}.",
                file=kept.response.segment,
                offset=kept.response.record.offset,
                record=kept.response.record.record_id,
                account=version.account,
            )


def _difference(version: VersionTold, shown: Snapshot | None) -> str:
    if shown is None:
        return "no item of this digest is in it"
    return "" if (version.title, version.text) == (shown.title, shown.text) else "its words differ"


class _Registrations:
    """The accounts as the files say they were when they were begun."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._files = {file.name: file for files in warc_files(archive).values() for file in files}
        self._known: dict[str, Account] = {}

    def of(self, account_id: str, segment: str) -> Account:
        """The account a file's replies are read for; its platform id is the one pinned now, where none was then."""
        if segment not in self._known:
            now = account_called(self._archive.database.connection(), account_id)
            then = as_registered(now, first_registration(self._archive, self._files[segment]))
            self._known[segment] = replace(then, platform_id=then.platform_id or now.platform_id)
        return self._known[segment]
