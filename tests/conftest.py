"""What holds for every test: nothing leaves this machine, and in CI nothing is skipped.

Test files may share a name, since pytest imports them by path. What several of them use stands in a module beside them
and is imported as `from tests.ROOM.module import name`.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.secrets.last_look import pytest_sessionfinish as pytest_sessionfinish  # what tests left is looked through

# What no machine of ours can do, and what is no part of the project: the replies that others recorded, and the notes
# its facts were taken from. A test may be skipped for these reasons even where everything is required.
ALLOWED_SKIPS = ("root may do anything", "no recorded files", "the source notes are not beside this checkout")

os.environ.pop("ARCHIVER_CONFIG", None)

# A busy machine is no reason to fail; the same examples in every run of CI make a red one repeatable.
settings.register_profile(
    "archiver", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("archiver")


def _stay_here(event: str, args: tuple[Any, ...]) -> None:
    """Refuses what would leave this machine: a name to resolve, or an address that is not a loopback one."""
    if event == "socket.getaddrinfo" and _text(args[0]) != "localhost" and _address(args[0]) is None:
        raise socket.gaierror(socket.EAI_NONAME, "tests do not resolve names")
    if event == "socket.connect" and isinstance(args[1], tuple) and _text(args[1][0]) != "localhost":
        address = _address(args[1][0])
        if address is None or not address.is_loopback:
            raise OSError(errno.ENETUNREACH, "tests do not leave this machine")


def _text(host: object) -> str:
    return host.decode() if isinstance(host, bytes) else str(host or "localhost")


def _address(host: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(_text(host))
    except ValueError:
        return None


sys.addaudithook(_stay_here)


def _refuse_a_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("ARCHIVER_REQUIRE_ALL") != "1" or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not any(allowed in reason for allowed in ALLOWED_SKIPS):
        report.outcome = "failed"
        report.longrepr = f"{reason} (ARCHIVER_REQUIRE_ALL=1: a test may not be skipped)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test is a failed one where everything is required."""
    report = yield
    _refuse_a_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A skipped module is a failed one where everything is required."""
    report = yield
    _refuse_a_skip(report)
    return report
