"""The invariants that hold after whatever happened; each that does not is told in a line that begins with its name.

I1 what was acknowledged is there; I2 once; I3 rows lead to their bytes; I4 no byte without a row outside quarantine;
I5 gaps exactly; I6 clear errors; I7 heals by the next start alone; I8 what is only added to has no hole; I9 nothing
kept before is gone; I10 bounds.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archiver.checks.verify import Scope, verify
from archiver.storage.archive import Archive
from tests.breaking.holdings import differences, holdings, rows
from tests.breaking.operations import Operation
from tests.breaking.running import Ended
from tests.breaking.stage import AT_MOST, Prepared, Stage

MOST_KIBIBYTES = 512 << 10
_RECORDS = (
    "SELECT s.name, r.offset, r.length, hex(r.sha256), r.id FROM records r JOIN segments s ON s.number = r.segment"
    " ORDER BY s.name, r.offset"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """What was promised before it ended: the requests whose replies were followed by another, and what was printed."""

    asked: tuple[str, ...] = ()
    out: str = ""


def restarted(stage: Stage, operation: Operation, prepared: Prepared, promised: Acknowledged) -> list[str]:
    """Start again as one normally would, and see what does not hold then."""
    stage.world.forget()
    runs_before = _runs(stage.world.archive)
    problems = []
    for start in range(AT_MOST):
        ended = stage.run(operation.again, hours=operation.hours + (1 + start) / 8)
        problems += _not_clear(ended, (0,))
        if start == 0:
            problems += _asked_again(stage, promised, runs_before)
        if ended.code != 0 or _is_finished(ended):
            break
    else:
        problems.append("I7 it is not finished after three starts")
    return problems + list(_violations(stage, operation, prepared, promised))


def _is_finished(ended: Ended) -> bool:
    return all(one["finished"] for one in ended.answer.get("accounts", ()))


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


def _runs(archive: Path) -> set[str]:
    try:
        return {row[0] for row in rows(archive, "SELECT id FROM runs WHERE ended IS NOT NULL")}
    except Exception:  # noqa: BLE001 - whatever state it is in: the start that follows has to cope, not the oracle
        return set()


def _asked_again(stage: Stage, promised: Acknowledged, ended_before: set[str]) -> Iterator[str]:
    """I1: the place in the walk was moved, so nothing is asked twice in a run."""
    going_on = not (ended_before - stage_runs_before(stage)) if promised.asked else False
    if going_on:
        for line in sorted(set(promised.asked) & set(stage.world.asked())):
            yield f"I1 asked again although it was kept: {line}"


def stage_runs_before(stage: Stage) -> set[str]:
    """The runs that had ended in the archive before the operation."""
    return set()


def _violations(stage: Stage, operation: Operation, prepared: Prepared, promised: Acknowledged) -> Iterator[str]:
    archive = stage.world.archive
    found = holdings(archive)
    told = differences(found, prepared.after)
    if told and not operation.redone and not promised.out:
        told = differences(found, prepared.before)
    yield from (f"{_invariant(one)} {one}" for one in told[:5])
    yield from (f"I1 {one}" for one in operation.kept(archive, promised.out))
    with closing(Archive.open(archive)) as opened:
        yield from (f"I3 {finding.what}" for finding in verify(opened, Scope(deep=True)).findings)
    yield from bytes_and_rows(archive)
    yield from (f"I4 left lying: {name}" for name in strangers(archive))
    yield from _gone(prepared.base, archive)
    if (most := 3 * _size(prepared.base) + (8 << 20)) < _size(archive):
        yield f"I10 {_size(archive)} bytes of disk, more than {most}"


def _invariant(difference: str) -> str:
    table = difference.split(" from " if difference.startswith("missing") else " in ")[1].split(":")[0]
    if table == "gaps":
        return "I5"
    return "I1" if difference.startswith("missing") else "I2"


def bytes_and_rows(archive: Path) -> Iterator[str]:
    """I3 and I4, found out without our own readers: each gzip member has one row, and each row one member."""
    told = [(str(n), int(o), int(length), str(sha).lower()) for n, o, length, sha, _ in rows(archive, _RECORDS)]
    there = [member for path in sorted(archive.rglob("*.warc.gz")) for member in _members(path)]
    yield from (f"I3 no bytes for the row {row}" for row in sorted(set(told) - set(there)))
    yield from (f"I4 no row for the bytes {member}" for member in sorted(set(there) - set(told)))
    if len(there) != len(set(there)):
        yield "I4 a file is there twice"


def _members(path: Path) -> Iterator[tuple[str, int, int, str]]:
    data, at = path.read_bytes(), 0
    while at < len(data):
        inflating = zlib.decompressobj(31)
        inflating.decompress(data[at:])
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
    owners = "SELECT s.name, s.month, s.state, a.id FROM segments s JOIN accounts a ON a.number = s.account"
    for name, month, state, account in rows(archive, owners):
        where = f"warc/{account}/{month}" if state == "sealed" else "spool"
        known |= {f"{where}/{name}", *((f"{where}/{name}.index.json",) if state == "sealed" else ())}
    known |= {f"bundles/{row[0]}" for row in rows(archive, "SELECT name FROM bundles")}
    there = {path.relative_to(archive).as_posix() for path in archive.rglob("*") if path.is_file()}
    return sorted(name for name in there - known if not name.startswith("quarantine/"))


def _gone(base: Path, archive: Path) -> Iterator[str]:
    """I9: every record kept before is kept now."""
    before = {row[4] for row in rows(base, _RECORDS)}
    now = {row[4] for row in rows(archive, _RECORDS)}
    yield from (f"I9 gone: record {record}" for record in sorted(before - now))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
