"""A time stamp judged by the openssl program, which shares no code with the library that judges it first."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ACCEPTED, REFUSED, ABSENT = "accepted", "refused", "openssl is not installed"
_SECONDS = 20
_TIME = re.compile(rb"^Time stamp: ([A-Z][a-z]{2} [ 0-9]{2} \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4}) GMT", re.M)
_REASON = re.compile(rb"(?:Verify error:|:(?:ts|time stamp) routines:[^:]*:)([^:\n]{1,200})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What openssl says. `asserted` is the time it reads in an answer that it accepts."""

    verdict: str
    why: str = ""
    asserted: datetime | None = None


def opinion(query: bytes, answer: bytes, roots: Path, *, at: datetime | None) -> Verdict:
    """Whether `answer` (DER) is a stamp for `query` (DER), nonce included, under one of the roots (PEM).

    Certificates must be good at the time `at`; None: now. Says ABSENT where there is no openssl to ask.
    """
    program = shutil.which("openssl")
    if program is None:
        return Verdict(verdict=ABSENT)
    moment = ["-attime", str(int(at.timestamp()))] if at else []
    with tempfile.TemporaryDirectory(prefix="archiver-") as folder:
        asked, given = Path(folder) / "query.tsq", Path(folder) / "answer.tsr"
        asked.write_bytes(query)
        given.write_bytes(answer)
        files = ["-queryfile", str(asked), "-in", str(given), "-CAfile", str(roots)]
        judged = _run(program, "ts", "-verify", *files, *moment)
        if judged is None or judged.returncode != 0 or b"Verification: OK" not in judged.stdout:
            return Verdict(verdict=REFUSED, why=_reason(judged))
        return Verdict(verdict=ACCEPTED, asserted=_asserted(_run(program, "ts", "-reply", "-in", str(given), "-text")))


def _run(program: str, *words: str) -> subprocess.CompletedProcess[bytes] | None:
    """What openssl says; None where it does not end. Nothing of our environment reaches it."""
    try:
        return subprocess.run(
            [program, *words],
            env={"LC_ALL": "C"},
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return None


def _reason(judged: subprocess.CompletedProcess[bytes] | None) -> str:
    if judged is None:
        return "it did not end in time"
    reasons = [found.decode("ascii", "replace").strip() for found in _REASON.findall(judged.stderr)]
    return reasons[-1] if reasons else "no reason given"


def _asserted(told: subprocess.CompletedProcess[bytes] | None) -> datetime | None:
    found = _TIME.search(told.stdout) if told else None
    if not found:
        return None
    return datetime.strptime(b" ".join(found.groups()).decode(), "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
