"""Every benchmark, each in a process of its own, its figures beside their floors: `make bench`.

Only ratios within one run mean anything on a machine that others use too; that is what the goals are.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NAMES = (
    *("warc_append", "capture", "ledger", "idle", "rows", "large", "bundle", "bundle_act", "http_tee", "verify"),
    *("polls", "start"),
)
Row = Mapping[str, Any]


def main() -> int:
    """Run them, print the table, write the JSON. The exit code is 1 where a benchmark could not be run."""
    chosen, rest = _arguments()
    said: dict[str, Any] = {"machine": machine(), "figures": [], "failed": [], "options": rest}
    print(*(f"{name}: {value}" for name, value in said["machine"].items()), sep="\n", flush=True)
    for name in chosen.only or NAMES:
        began = time.monotonic()
        found = figures(name, rest)
        if found is None:
            said["failed"].append(name)
            print(f"\n{name} could not be run", flush=True)
            continue
        said["figures"] += found
        print(f"\n{name} ({time.monotonic() - began:.0f} s)", *lines(found), sep="\n", flush=True)
    said["machine"]["load average at the end"] = load()
    print(f"\nload average at the end: {load()}", *summary(said), sep="\n")
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return 1 if said["failed"] else 0


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, in about a minute")
    parser.add_argument("--big", action="store_true", help="five million items instead of one, where that is the size")
    parser.add_argument("--tiny", action="store_true", help="the smallest sizes: only whether it runs")
    parser.add_argument(
        "--processor", action="store_true", help="processor time in place of time that passes, where one process works"
    )
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help=f"one of {', '.join(NAMES)}")
    parser.add_argument("--json", metavar="PATH", help="write the figures to this file")
    chosen = parser.parse_args()
    return chosen, [f"--{name}" for name in ("quick", "big", "tiny", "processor") if getattr(chosen, name)]


def figures(name: str, options: Sequence[str]) -> list[dict[str, Any]] | None:
    """The figures of one benchmark, run in a process of its own; None where it failed."""
    command = [sys.executable, "-m", f"benchmarks.{name}", "--json", *options]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode:
        return None
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    from pysqlite3 import dbapi2 as sqlite

    return {
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count()} cores",
        "Python": platform.python_version(),
        "SQLite": sqlite.sqlite_version,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "isal": _version("isal"),
        "load average": load(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def load() -> str:
    """How busy the machine is, ours and everybody's work together, over 1, 5 and 15 minutes."""
    return " ".join(f"{each:.2f}" for each in os.getloadavg())


def lines(found: Sequence[Row]) -> Iterator[str]:
    """A line for each figure, what was beside it below."""
    for row in found:
        yield f"  {row['name']:36} {_number(row['value']):>10} {row['unit']:18} {_goal(row):34} {row['what']}"
        if row["beside"]:
            yield f"    {', '.join(f'{name} {_number(value)}' for name, value in row['beside'].items())}"


def summary(said: Mapping[str, Any]) -> Iterator[str]:
    """What was missed, by name, and how many were met."""
    judged = [row for row in said["figures"] if row["met"] is not None]
    missed = [row["name"] for row in judged if not row["met"]]
    yield f"{len(judged) - len(missed)} of {len(judged)} goals met"
    if missed:
        yield f"missed: {', '.join(missed)}"
    if said["failed"]:
        yield f"could not be run: {', '.join(said['failed'])}"


def _goal(row: Row) -> str:
    if row["met"] is None:
        return ""
    sign, bound = (">=", row["at_least"]) if row["at_least"] is not None else ("<=", row["at_most"])
    return f"{'met' if row['met'] else 'MISSED'} (goal {sign} {bound:g})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


if __name__ == "__main__":
    sys.exit(main())
