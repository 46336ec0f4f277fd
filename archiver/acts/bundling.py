"""The act of making a disclosure bundle: written aside from one state of the archive, checked, named, recorded."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast
from zoneinfo import ZoneInfo

from archiver import __version__
from archiver.acts import proving
from archiver.acts.bundle_check import check_bundle
from archiver.acts.proving import Prover
from archiver.errors import Locked, UsageError
from archiver.model import BundleCase, DisclosedAccount, PublicRecordsRequest, Selector, iso
from archiver.model.disclosure import DisclosedItem, DisclosedMedia
from archiver.storage import files, request_rows, responsive
from archiver.storage.acts import record_act
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.kept_bytes import KeptBytes
from archiver.storage.ledger.making import make
from archiver.storage.registers import Act
from archiver.storage.request_rows import BundleRow
from exports.bundle import write_bundle
from exports.media_files import MediaFile
from exports.media_names import media_name
from exports.summary import BundleSummary

_CHECKPOINTS = 4  # tries to have one that reaches as far as what is captured meanwhile

_RECORDS_NOTE = (
    "Each record is part of a whole exchange with a platform, as it was received. A page of a platform shows several "
    "items together, so the records can hold public items beside those that answer the request."
)
_SHOW_MORE = " {count:,} of the exchanges also show items that were not public and do not answer the request."
_LEFT_OUT = (
    " {count:,} exchanges are not copied, because their pages also show items that were not public and do not answer "
    "the request; what they show of the items here stands on the pages and in the tables."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a bundle is to be made. `output` None: below the archive's bundles/. `include_later`: what came after.

    `every_record` copies also exchanges whose pages show items that were not public and were not asked for. Without
    `prover` the bundle proves nothing.
    """

    request_id: str
    agency: str
    records_officer: str
    zone: ZoneInfo
    made_at: datetime
    output: Path | None = None
    include_later: bool = False
    every_record: bool = False
    prover: Prover | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A finished bundle: where it is, and what it counts.

    `show_more` is the number of exchanges that also show items that were not public and do not answer the request;
    they are in it only where every record was wanted.
    """

    path: Path
    summary: BundleSummary
    selector: Selector
    show_more: int


def make_bundle(archive: Archive, wanted: Wanted, *, who: str, now: datetime) -> Bundle:
    """Write a bundle for a request. The same state of the archive and `made_at` give the same bytes.

    Raises VerificationError where kept bytes are not what they were, or are not in the ledger: then there is no bundle.
    """
    request = request_rows.request_called(archive.database.connection(), wanted.request_id)
    path = _new_path(archive, wanted)
    part = path.with_name(f".{path.name}.part")
    selector = replace(request.selector, captured_until=None) if wanted.include_later else request.selector
    try:
        with files.disk_errors(path), part.open("wb") as sink:
            summary, show_more = _written(archive, sink, wanted, replace(request, selector=selector), now)
            sink.flush()
            os.fsync(sink.fileno())
        check_bundle(part)
        part.rename(path)
        files.sync_directory(path.parent)
    finally:
        part.unlink(missing_ok=True)
    _record(archive, wanted, path, summary, who=who, now=now)
    return Bundle(path=path, summary=summary, selector=selector, show_more=show_more)


def _new_path(archive: Archive, wanted: Wanted) -> Path:
    if wanted.output is not None:
        if wanted.output.exists():
            raise UsageError(
                f"{wanted.output} is there already.", means="Nothing was written.", do="Name a new file: --output PATH"
            )
        if not wanted.output.parent.is_dir():
            raise UsageError(
                f"The folder {wanted.output.parent} is not there.", means="Nothing was written.", do="Make it first."
            )
        return wanted.output
    number = 1
    while (path := archive.bundles / f"{wanted.request_id}-{number}.zip").exists():
        number += 1
    return path


def _written(
    archive: Archive, sink: BinaryIO, wanted: Wanted, request: PublicRecordsRequest, now: datetime
) -> tuple[BundleSummary, int]:
    """Write it; where the ledger's newest checkpoint does not have everything yet, after another one was made."""
    for _ in range(_CHECKPOINTS):
        if written := _write(archive, sink, wanted, request):
            return written
        if wanted.prover:
            make(archive, wanted.prover.place, at=now)
    raise Locked(
        "So much is being captured that no checkpoint had everything the bundle would hold.",
        means="No bundle was made.",
        do="Make it again; or without what came later: leave --include-later out.",
    )


def _write(
    archive: Archive, sink: BinaryIO, wanted: Wanted, request: PublicRecordsRequest
) -> tuple[BundleSummary, int] | None:
    """Summary, and how many exchanges show more; None where nothing was written because a checkpoint is needed."""
    scratch = partial(_scratch, archive)
    kept = KeptBytes(archive, scratch)
    until = request.selector.captured_until
    try:
        with archive.database.snapshot() as db, responsive.gathered(db, request.selector) as count:
            proved = proving.Wanted(until=until, every_record=wanted.every_record)
            proof = proving.proof(archive, db, wanted.prover, proved) if wanted.prover else None
            if wanted.prover and not proof:
                return None
            show_more = responsive.exchanges_that_show_more(db, until)
            summary = write_bundle(
                sink,
                _case(db, wanted, request, count, show_more),
                items=(_with_names(item) for item in responsive.items(db, until)),
                records=(
                    kept.record(stored) for stored in responsive.records(db, until, every_one=wanted.every_record)
                ),
                media=_media(db, kept),
                scratch=scratch,
                proof=proof,
            )
            return summary, show_more
    finally:
        kept.close()


def _scratch(archive: Archive) -> BinaryIO:
    """A nameless file on the archive's disk: /tmp may be memory."""
    return cast(BinaryIO, tempfile.TemporaryFile(dir=archive.bundles))


def _case(db: Connection, wanted: Wanted, request: PublicRecordsRequest, count: int, show_more: int) -> BundleCase:
    accounts = responsive.accounts_in(db, request.selector)
    more = _SHOW_MORE if wanted.every_record else _LEFT_OUT
    return BundleCase(
        request=request,
        agency=wanted.agency or "the agency",
        records_officer=wanted.records_officer or "the agency's public records officer",
        made_at=wanted.made_at,
        as_of=responsive.state_time(db) or request.received,
        zone=wanted.zone,
        software=f"Archiver {__version__}",
        items=count,
        accounts=tuple(
            DisclosedAccount(id=one.id, platform=one.platform, handle=one.handle, unit=one.unit, url=one.url)
            for one in accounts
        ),
        gaps=responsive.gaps_in(db, accounts, request.selector),
        coverage=responsive.coverage_in(db, accounts, request.selector),
        records_note=_RECORDS_NOTE + (more.format(count=show_more) if show_more else ""),
    )


def _with_names(item: DisclosedItem) -> DisclosedItem:
    return replace(item, media=tuple(_named(medium) for medium in item.media)) if item.media else item


def _named(medium: DisclosedMedia) -> DisclosedMedia:
    return replace(medium, name=media_name(medium.sha256, medium.type)) if medium.sha256 else medium


def _media(db: Connection, kept: KeptBytes) -> Iterator[MediaFile]:
    """Each file once: the same bytes of the same kind may have come to two accounts."""
    given, content = set[str](), ""
    for held in responsive.held_files(db):
        if held.sha256 != content:
            given, content = set(), held.sha256
        name = media_name(held.sha256, held.type)
        if name not in given:
            given.add(name)
            yield MediaFile(name=name, size=held.size, chunks=kept.content(held))


def _record(archive: Archive, wanted: Wanted, path: Path, summary: BundleSummary, *, who: str, now: datetime) -> None:
    row = BundleRow(
        request=wanted.request_id,
        made=wanted.made_at,
        name=path.name,
        sha256=summary.sha256,
        size=summary.bytes,
        items=summary.items,
    )
    detail = {
        "name": path.name,
        "made_at": iso(wanted.made_at),
        "sha256": summary.sha256,
        "size": summary.bytes,
        "items": summary.items,
        "include_later": wanted.include_later,
        "every_record": wanted.every_record,
    }
    with archive.database.transaction() as db:
        request_rows.add_bundle(db, row)
        record_act(db, at=now, actor=who, act=Act.BUNDLED, subject=wanted.request_id, detail=detail)
