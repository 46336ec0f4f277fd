"""The invariants that hold after whatever happened; each that does not is told in a line that begins with its name.

I1 what was acknowledged is there; I2 once; I3 rows lead to their bytes; I4 no byte without a row outside quarantine;
I5 gaps exactly; I6 clear errors; I7 heals by the next start alone; I8 what is only added to has no hole; I9 nothing
kept before is gone; I10 bounds.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite

from archiver.acts.bundle_check import check_bundle
from archiver.checks.ledger_check import verify_ledger
from archiver.checks.verify import Scope, verify
from archiver.errors import ArchiverError
from archiver.storage.archive import Archive
from archiver.storage.ledger.custody import place_of
from tests.breaking.holdings import ALL_RECORDS, ALL_RUNS, differences, holdings, leaves, rows
from tests.breaking.operations import Operation
from tests.breaking.running import Ended
from tests.breaking.stage import AT_MOST, Prepared, Stage

MOST_KIBIBYTES = 512 << 10
_PLACES = "SELECT s.name, r.offset, r.length, hex(r.sha256) FROM records r JOIN segments s ON s.number = r.segment"
_FILES = "SELECT s.name, s.month, s.state, a.id FROM segments s JOIN accounts a ON a.number = s.account"
_OF_THE_LEDGER = re.compile(
    r"ledger/(\.lock|acts\.jsonl|checkpoint|keys|signing-key|checkpoints/\d{12}|tile/(\d+|entries)/(x\d{3}/)*\d{3}(\.p/\d+)?)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """What was promised before it ended: the requests whose replies were followed by another, and what was printed."""

    asked: tuple[str, ...] = ()
    out: str = ""


def restarted(stage: Stage, operation: Operation, promised: Acknowledged, planted: Sequence[str] = ()) -> list[str]:
    """Start again as one normally would, and see what does not hold then."""
    prepared = stage.prepared(operation)
    stage.world.forget()
    problems: list[str] = []
    finished = 0
    for start in range(AT_MOST):
        ended = stage.run(operation.again, hours=operation.hours + (1 + start) / 8, planted=planted)
        problems += _not_clear(ended, (0,))
        if start == 0:
            problems += _asked_again(stage, prepared, promised)
        finished += _is_finished(ended)
        if ended.code != 0 or finished == operation.starts:
            break
    else:
        problems.append(f"I7 it is not finished after {AT_MOST} starts")
    if operation.hourly:
        problems += _not_clear(stage.run(operation.hourly, hours=operation.hours + 1), (0,))
    try:
        problems += _violations(stage, operation, prepared, promised)
    except (ArchiverError, sqlite.Error) as error:
        problems.append(f"I7 the archive cannot be read any more: {error}")
    return problems


def _is_finished(ended: Ended) -> bool:
    polled = ended.answer.get("accounts")
    return all(one["finished"] for one in polled) if isinstance(polled, list) else True


def _not_clear(ended: Ended, codes: Sequence[int]) -> list[str]:
    """I6: the exit code is one that was to be expected, and nobody is shown a traceback."""
    problems = []
    if ended.code not in codes:
        problems.append(f"I6 exit code {ended.code}: {ended.err[-300:]}")
    if "Traceback" in ended.err:
        problems.append(f"I6 a traceback: {ended.err[-600:]}")
    if ended.kibibytes > MOST_KIBIBYTES:
        problems.append(f"I10 {ended.kibibytes} KiB of memory")
    return problems


def failed_clearly(ended: Ended, codes: Sequence[int]) -> list[str]:
    """I6 of a command to which something was done: where it failed, it says why in one line."""
    problems = _not_clear(ended, codes)
    if ended.code not in (0, 8, 12) and not any(_is_error(line) for line in ended.err.splitlines()):
        problems.append(f"I6 it failed with {ended.code} and did not say why: {ended.err[-300:]}")
    return problems


def _is_error(line: str) -> bool:
    try:
        error = json.loads(line)["error"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(error["what"]) and "\n" not in error["what"]


def _asked_again(stage: Stage, prepared: Prepared, promised: Acknowledged) -> Iterator[str]:
    """I1: the place in the walk had moved on, so that nothing is asked twice in a run."""
    begun = {row[0] for row in rows(stage.world.archive, ALL_RUNS)} - prepared.runs
    if len(begun) <= prepared.begins:  # else the run was over, and this is the next one
        for line in sorted(set(promised.asked) & set(stage.world.asked())):
            yield f"I1 asked again although it was kept: {line}"


def _violations(stage: Stage, operation: Operation, prepared: Prepared, promised: Acknowledged) -> Iterator[str]:
    archive = stage.world.archive
    found = holdings(archive)
    told = differences(found, prepared.after)
    if told and not operation.redone and not promised.out:
        told = differences(found, prepared.before)
    yield from (f"{_invariant(one)} {one}" for one in told[:5])
    if promised.out:
        yield from (f"I1 {one}" for one in operation.kept(archive, json.loads(promised.out)))
    with closing(Archive.open(archive)) as opened:
        yield from (f"I3 {finding.what}" for finding in verify(opened, Scope(deep=True)).findings)
        yield from (f"I8 {finding.what}" for finding in verify_ledger(opened, place_of(opened, "", {})).findings)
    if leaves(archive)[: len(prepared.leaves)] != prepared.leaves:
        yield "I8 the ledger does not continue what it was"
    yield from bytes_and_rows(archive)
    yield from (f"I4 left lying: {name}" for name in strangers(archive))
    gone = prepared.records - {row[0] for row in rows(archive, ALL_RECORDS)}
    yield from (f"I9 gone: record {record}" for record in sorted(gone))
    if (most := 3 * _size(prepared.base) + (8 << 20)) < _size(archive):
        yield f"I10 {_size(archive)} bytes of disk, more than {most}"


def _invariant(difference: str) -> str:
    table = difference.split(" from " if difference.startswith("missing") else " in ")[1].split(":")[0]
    if table == "gaps":
        return "I5"
    return "I1" if difference.startswith("missing") else "I2"


def bytes_and_rows(archive: Path) -> Iterator[str]:
    """I3 and I4, found out without our own readers: each gzip member has one row, and each row one member."""
    told = [(str(n), int(o), int(length), str(sha).lower()) for n, o, length, sha in rows(archive, _PLACES)]
    there = [member for path in sorted(archive.rglob("*.warc.gz")) for member in _members(path)]
    yield from (f"I3 no bytes for the row {row}" for row in sorted(set(told) - set(there)))
    yield from (f"I4 no row for the bytes {member}" for member in sorted(set(there) - set(told)))
    if len(there) != len(set(there)):
        yield "I4 a file is there twice"


def _members(path: Path) -> Iterator[tuple[str, int, int, str]]:
    data, at = path.read_bytes(), 0
    while at < len(data):
        inflating = zlib.decompressobj(31)
        try:
            inflating.decompress(data[at:])
        except zlib.error:
            pass
        if not inflating.eof:
            yield path.name, at, len(data) - at, "torn"
            return
        end = len(data) - len(inflating.unused_data)
        yield path.name, at, end - at, hashlib.sha256(data[at:end]).hexdigest()
        at = end


def strangers(archive: Path) -> list[str]:
    """Files that nobody is known to need: not of the layout, not in a row, not in quarantine."""
    known = {"archive.toml", "README.txt", ".lock", "warc/.archiver-store"}
    known |= {f"catalogue.sqlite{suffix}" for suffix in ("", "-wal", "-shm")}
    for name, month, state, account in rows(archive, _FILES):
        where = f"warc/{account}/{month}" if state == "sealed" else "spool"
        known |= {f"{where}/{name}", *((f"{where}/{name}.index.json",) if state == "sealed" else ())}
    known |= {f"bundles/{row[0]}" for row in rows(archive, "SELECT name FROM bundles")}
    there = {path.relative_to(archive).as_posix() for path in archive.rglob("*") if path.is_file()}
    unknown = {name for name in there - known if not _OF_THE_LEDGER.fullmatch(name)}
    return sorted(name for name in unknown if not name.startswith("quarantine/") and not _whole_bundle(archive / name))


def _whole_bundle(path: Path) -> bool:
    """A bundle that got its name but not its row: nobody was told of it, and it is whole (docs/evidence.md)."""
    if path.parent.name != "bundles" or path.name.startswith("."):
        return False
    check_bundle(path)
    return True


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
