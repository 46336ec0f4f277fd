"""The operations that are broken off: how the archive is made, what is run, and what the next start is."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.breaking.holdings import rows
from tests.breaking.stage import Stage
from tests.breaking.tracing import SYNCS, calls, points, recording

MONTH_ENDS = 228.0  # hours after the beginning of the platforms
TORN = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\x03torn"


def nothing_else(_archive: Path, _answer: dict[str, Any]) -> Iterator[str]:
    """What was answered promises nothing that is not looked at anyway."""
    yield from ()


def _bundle_is_there(archive: Path, answer: dict[str, Any]) -> Iterator[str]:
    path = Path(answer["file"])
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != answer["sha256"]:
        yield f"the bundle {path.name} is not there as it was told"
    if (path.name, answer["sha256"]) not in rows(archive, "SELECT name, sha256 FROM bundles"):
        yield f"the bundle {path.name} is not on record"


def _made_anew(archive: Path, _answer: dict[str, Any]) -> Iterator[str]:
    if not rows(archive, "SELECT 1 FROM acts WHERE act = 'catalogue made anew'"):
        yield "the catalogue is not the one that was made anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One command on one archive.

    `again` is what runs at the next starts, and at last `hourly`, where there is something. `redone`: that finishes
    what was broken off; else it is there or it is not.
    """

    name: str
    before: Callable[[Stage], None]
    words: tuple[str, ...]
    again: tuple[str, ...]
    hourly: tuple[str, ...] = ()
    hours: float = 1.0
    starts: int = 1
    redone: bool = True
    kept: Callable[[Path, dict[str, Any]], Iterator[str]] = nothing_else


def _registered(stage: Stage) -> None:
    stage.begin()


def _captured(stage: Stage, hours: float = 1) -> None:
    stage.begin()
    stage.must(("poll", "social", "pictures"), hours=hours)


def _captured_before_the_month_ends(stage: Stage) -> None:
    _captured(stage, MONTH_ENDS - 0.1)


def _requested(stage: Stage, hours: float = 1) -> None:
    """Not all that is asked for is signed yet: the first poll signs, and the next checkpoint is due an hour later."""
    stage.begin()
    stage.must(("poll", "pictures"), hours=hours)
    stage.must(("poll", "social"), hours=hours + 0.02)
    words = ("requests", "open", "--id", "r-1", "--text", "All about the board", "--words", "board")
    stage.must(words, hours=hours + 0.05)


def _under_way(stage: Stage) -> None:
    """Sealed files, a growing one, a request, and a run that is not over."""
    _requested(stage, MONTH_ENDS - 0.1)
    stage.must(("poll", "pictures"), hours=MONTH_ENDS + 0.1)
    killed = ("-o", "/dev/null", "-e", "trace=sendto", "-e", "inject=sendto:signal=KILL:when=3")
    stage.run(("poll", "social"), hours=MONTH_ENDS + 0.2, strace=killed)


def _torn(stage: Stage) -> None:
    """Killed between the sync of an exchange and its transaction; behind the exchange lies the beginning of another."""
    stage.begin()
    base = stage.world.folder / "base-torn-at-first"
    shutil.copytree(stage.world.archive, base)
    poll = ("poll", "social")
    log = stage.world.folder / "calls-at-first"
    stage.run(poll, hours=1, strace=recording(log))
    recorded = list(calls(log))
    syncs = [number for number, call in enumerate(recorded) if _syncs_warc(call.name, call.said)]
    point = points(recorded[: syncs[7] + 2], stage.world.archive)[-1]
    stage.world.place(base)
    ended = stage.run(poll, hours=1, strace=point.options("signal=KILL"))
    assert ended.code == -9
    (growing,) = (stage.world.archive / "spool").glob("*.warc.gz")
    with growing.open("ab") as file:
        file.write(TORN)


def _signed(stage: Stage) -> None:
    """A ledger with a checkpoint, and more in it since."""
    _captured(stage)
    stage.must(("ledger", "checkpoint"), hours=1.5)
    stage.must(("requests", "open", "--id", "r-1", "--text", "All about buses", "--words", "buses"), hours=2)


def _of_the_first_version(stage: Stage) -> None:
    """What the program of schema 1 left: a sealed file, a growing one, a request and its bundle."""
    shutil.rmtree(stage.world.archive, ignore_errors=True)
    with tarfile.open(Path(__file__).with_name("schema_1.tar.xz")) as kept:
        kept.extractall(stage.world.archive, filter="data")


def _checkpoint_is_there(archive: Path, answer: dict[str, Any]) -> Iterator[str]:
    path = archive / "ledger" / "checkpoints" / f"{answer['size']:012}"
    if not path.is_file() or path.read_text() != answer["checkpoint"]:
        yield f"the checkpoint of {answer['size']} leaves is not there as it was told"


def _syncs_warc(name: str, said: str) -> bool:
    return name in SYNCS and ".warc.gz" in said


PAGES = Operation(name="pages", before=_registered, words=("poll", "social"), again=("poll", "social"), starts=2)
MEDIA = Operation(name="media", before=_registered, words=("poll", "pictures"), again=("poll", "pictures"), starts=2)
SEAL = Operation(
    name="seal",
    before=_captured_before_the_month_ends,
    words=("poll", "pictures"),
    again=("poll", "pictures"),
    hours=MONTH_ENDS + 0.1,
    starts=2,
)
BUNDLE = Operation(
    name="bundle",
    before=_requested,
    words=("requests", "bundle", "r-1"),
    again=("requests", "bundle", "r-1"),
    hourly=("ledger", "checkpoint"),
    hours=3,
    kept=_bundle_is_there,
)
ACT = Operation(
    name="act",
    before=_captured,
    words=("requests", "open", "--id", "r-2", "--text", "All about buses", "--words", "buses"),
    again=("requests", "list"),
    hours=3,
    redone=False,
)
REBUILD = Operation(
    name="rebuild", before=_under_way, words=("rebuild",), again=("rebuild",), hours=MONTH_ENDS + 1, kept=_made_anew
)
RECOVERY = Operation(
    name="recovery", before=_torn, words=("poll", "social"), again=("poll", "social"), starts=2, hours=2
)

CHECKPOINT = Operation(
    name="checkpoint",
    before=_signed,
    words=("ledger", "checkpoint"),
    again=("ledger", "checkpoint"),
    hours=3,
    kept=_checkpoint_is_there,
)
MIGRATION = Operation(
    name="migration", before=_of_the_first_version, words=("gaps",), again=("verify", "--deep"), hours=MONTH_ENDS + 2
)

OPERATIONS = {one.name: one for one in (PAGES, MEDIA, SEAL, BUNDLE, ACT, REBUILD, RECOVERY, CHECKPOINT, MIGRATION)}
