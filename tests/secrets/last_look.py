"""The last thing of a whole run: what its tests left is searched for the credentials they lent to the program."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.secrets.left_behind import Leak, left_behind

_STARTED = time.time()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run where a credential was left; once, where several processes ran the tests."""
    if hasattr(session.config, "workerinput"):
        return
    found = [leak for folder in _folders(session.config) for leak in left_behind(folder)] + list(_in_reports())
    if not found:
        return
    session.exitstatus = pytest.ExitCode.TESTS_FAILED
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    for leak in found if reporter else ():
        reporter.write_line(
            f"CREDENTIAL LEFT BEHIND: number {leak.number} of TOKENS, {leak.form}, in {leak.path}", red=True
        )


def _folders(config: pytest.Config) -> Iterator[Path]:
    """The folder below which every test of this run had its files, if any had."""
    base = getattr(getattr(config, "_tmp_path_factory", None), "_basetemp", None)
    if base is not None and base.is_dir():
        yield base


def _in_reports() -> Iterator[Leak]:
    """In the reports of faults that the program wrote during this run, which lie beside."""
    for path in Path(tempfile.gettempdir()).glob("archiver-fault-*.txt"):
        if path.stat().st_mtime >= _STARTED:
            with tempfile.TemporaryDirectory() as alone:
                (Path(alone) / path.name).write_bytes(path.read_bytes())
                yield from left_behind(Path(alone))
