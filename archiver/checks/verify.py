"""Verifies an archive: every kept byte against its row, every row against the others. Changes nothing."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from archiver.checks import checkpoint_copies
from archiver.checks.findings import Finding, Kind
from archiver.checks.leaf_check import leaf_findings
from archiver.checks.segment_check import FIRST, SECOND, Checked, Task, check_segment, store_of
from archiver.checks.warc_files import SUFFIX
from archiver.errors import AuthError, DiskError, Locked
from archiver.storage import segments_table, soundness
from archiver.storage.accounts import account_called, account_numbers
from archiver.storage.archive import Archive
from archiver.storage.copies import CHECKPOINTS, INDEX, copies_in
from archiver.storage.database import Connection
from archiver.storage.owning import OWNER
from archiver.storage.segments import account_and_month
from archiver.storage.stores import stored_name

WORTH_PROCESSES = 64 << 20  # bytes; less is checked sooner than processes start
ROUTINE, DEEP = "verify", "verify --deep"

_PUT_BACK = "an older state of the archive was put back, or another archive uses this store"

Progress = Callable[[int, int], None]  # bytes done, bytes in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How much was read, and everything that is not as it was kept."""

    deep: bool
    segments: int
    records: int
    size: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is verified, and how. `account` None: everything. `copies`: which of the two, "store" and "second_store"."""

    deep: bool = False
    account: str | None = None
    jobs: int = 1
    copies: tuple[str, ...] = (FIRST,)


def verify(archive: Archive, scope: Scope, progress: Progress = lambda _done, _total: None) -> Verified:
    """Compare every kept byte with its row, and rows with each other. NotFound for an account that is not there."""
    db = archive.database.connection()
    if scope.account is not None:
        account_called(db, scope.account)
    findings = list(_catalogue_findings(db, scope))
    if any(found.kind is Kind.CATALOGUE for found in findings):
        return _summed(scope, [], findings)
    if scope.account is None:  # the ledger is one, of all accounts
        findings += leaf_findings(archive, scope.jobs)
    names, unread = _names(archive, scope)
    findings += unread.values()
    tasks = _tasks(archive, replace(scope, copies=tuple(one for one in scope.copies if one not in unread)))
    done = list(_checked(tasks, scope.jobs, progress))
    findings += _checkpoints(archive, scope, [one for one in scope.copies if one not in unread])
    for copy, held in names.items():
        findings += _strangers(archive, scope, copy, held)
    findings += sorted((found for one in done for found in one.findings), key=_place)
    return _summed(scope, done, findings)


def note_result(archive: Archive, scope: Scope, result: Verified, at: datetime) -> None:
    """Remember when the whole archive was verified; an archive that cannot be written to is left as it is."""
    if scope.account is not None or FIRST not in scope.copies:
        return
    said = {"findings": len(result.findings), "records": result.records, "segments": result.segments}
    try:
        with archive.database.transaction() as db:
            for name in (ROUTINE, DEEP) if scope.deep else (ROUTINE,):
                soundness.note_check(db, name, at, said | {"bytes": result.size})
    except (DiskError, Locked):
        return


def _catalogue_findings(db: Connection, scope: Scope) -> Iterator[Finding]:
    try:
        for problem in soundness.structure_problems(db, deep=scope.deep):
            yield Finding(kind=Kind.CATALOGUE, what=f"The catalogue is damaged: {problem}.", file="catalogue.sqlite")
        for problem in soundness.schema_problems(db):
            yield Finding(kind=Kind.SCHEMA, what=f"In the catalogue, {problem}.", file="catalogue.sqlite")
        for problem in soundness.act_problems(db):
            yield Finding(kind=Kind.ACTS, what=f"The acts have a hole: {problem}.", file="catalogue.sqlite")
        for problem in soundness.reference_problems(db):
            yield Finding(kind=Kind.DISAGREES, what=f"In the catalogue, {problem}.", file="catalogue.sqlite")
        for broken in soundness.broken_rules(db):
            if scope.account in (None, broken.account):
                what = f"In the catalogue, {broken.rule}: {broken.subject} of {broken.account}."
                yield Finding(kind=Kind.DISAGREES, what=what, file="catalogue.sqlite", account=broken.account)
    except soundness.DatabaseError as error:
        what = f"The catalogue cannot be read: {error}."
        yield Finding(kind=Kind.CATALOGUE, what=what, file="catalogue.sqlite")


def _names(archive: Archive, scope: Scope) -> tuple[dict[str, list[str]], dict[str, Finding]]:
    """The files that each copy has, asked for before the rows, so that each has one by then; and what has no answer."""
    names: dict[str, list[str]] = {}
    unread = {}
    for copy in scope.copies:
        try:
            names[copy] = list(store_of(archive, copy).names())
        except (DiskError, AuthError) as error:
            unread[copy] = Finding(kind=Kind.UNREAD, what=error.what, copy=copy)
    if FIRST in names:
        names[FIRST] += sorted(path.name for path in archive.spool.glob(f"*{SUFFIX}"))
    return names, unread


def _checkpoints(archive: Archive, scope: Scope, copies: Sequence[str]) -> Iterator[Finding]:
    """The copies of checkpoints in the stores; those of the ledger itself are compared with its leaves."""
    if scope.account is not None:
        return
    try:
        yield from checkpoint_copies.findings(archive, copies)
    except (DiskError, AuthError) as error:
        yield Finding(kind=Kind.UNREAD, what=error.what)


def _tasks(archive: Archive, scope: Scope) -> list[Task]:
    db = archive.database.connection()
    accounts = {number: name for name, number in account_numbers(db).items()}
    rows = [row for row in segments_table.segments(db) if scope.account in (None, accounts[row.account])]
    capturing = archive.is_captured()
    tasks = [
        Task(
            directory=archive.directory,
            places=archive.places,
            segment=row,
            account=accounts[row.account],
            deep=scope.deep,
            growing=capturing and row.state == segments_table.OPEN,
            copy=copy,
        )
        for copy in scope.copies
        for row in rows
        if copy == FIRST or row.state == segments_table.SEALED
    ]
    if SECOND in scope.copies:
        noted = copies_in(db, archive.places.second.place)
        tasks = [task for task in tasks if task.copy == FIRST or task.stored in noted]
    return sorted(tasks, key=lambda task: -task.segment.size)


def _checked(tasks: Sequence[Task], jobs: int, progress: Progress) -> Iterator[Checked]:
    total, done = sum(task.segment.size for task in tasks), 0
    with ExitStack() as stack:
        if jobs > 1 and len(tasks) > 1 and total >= WORTH_PROCESSES:
            context = multiprocessing.get_context("spawn")
            pool = stack.enter_context(ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context))
            waiting = [pool.submit(check_segment, task) for task in tasks]
            results: Iterator[Checked] = (future.result() for future in as_completed(waiting))
        else:
            results = map(check_segment, tasks)
        for result in results:
            done += result.size
            progress(done, total)
            yield result


def _strangers(archive: Archive, scope: Scope, copy: str, names: Sequence[str]) -> Iterator[Finding]:
    """Files that no row knows. One that is being begun has its row only with its first reply."""
    db = archive.database.connection()
    accounts = {number: name for name, number in account_numbers(db).items()}
    rows = segments_table.segments(db)
    known = {stored_name(accounts[row.account], row.month, row.name) for row in rows}
    known |= {row.name for row in rows if row.state != segments_table.SEALED}
    known |= {f"{name}{INDEX}" for name in known}
    known |= checkpoint_copies.known_names(archive) | {OWNER}
    capturing = archive.is_captured()
    for name in names:
        account = name.partition("/")[0] if "/" in name else account_and_month(name)[0]
        begun = capturing and "/" not in name
        if name in known or begun or scope.account not in (None, account):
            continue
        if name.startswith(CHECKPOINTS):
            what = f"{name} is a checkpoint that this ledger does not know: {_PUT_BACK}."
            yield Finding(kind=Kind.LEDGER, what=what, file=name, copy=copy)
        else:
            what = f"{name} is not known to the catalogue."
            yield Finding(kind=Kind.STRANGER, what=what, file=name, account=account or None, copy=copy)


def _place(found: Finding) -> tuple[str, str, int, str]:
    return found.account or "", found.file or "", found.offset or 0, found.copy or ""


def _summed(scope: Scope, done: Sequence[Checked], findings: Sequence[Finding]) -> Verified:
    return Verified(
        deep=scope.deep,
        segments=len(done),
        records=sum(one.records for one in done),
        size=sum(one.size for one in done),
        findings=tuple(findings),
    )
