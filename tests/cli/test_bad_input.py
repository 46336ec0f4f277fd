"""What nobody should type, and what no disk should do: an error of three lines, the code of its cause, no traceback."""

from __future__ import annotations

import os
import resource
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest

from archiver.clock import SetClock
from tests.archives import Filled
from tests.cli.calling import Caller

HUGE = "9" * 19  # more than SQLite's integers hold
LONG = "a" * 100_000

WORDS = [
    ("item show " + HUGE, 2),
    ("item show ''", 2),
    ("item show social/", 2),
    ("search x --before " + HUGE, 2),
    ("search x --before -1", 2),
    ("search x --limit 0", 2),
    ("search x --limit " + HUGE, 2),
    ("search x --kind tweet", 2),
    ("search x --account nobody", 2),
    ("search x --since yesterday", 2),
    ("search x --until 9999-12-31", 2),
    ("search '\"open'", 2),
    ("search !", 2),
    ("accounts show nobody", 2),
    ("accounts change nobody --level other", 2),
    ("accounts change social", 2),
    ("accounts change social --level boss", 2),
    ("accounts change social --interval " + HUGE, 2),
    ("accounts retire nobody", 2),
    ("accounts resume nobody", 2),
    ("accounts add nosuch --url https://a.example", 2),
    ("accounts add feed", 2),
    ("accounts add feed --url file:///etc/passwd", 2),
    ("accounts add feed --url https://a.example:99999/", 2),
    ("accounts add feed --url https://[::1/", 2),
    ("accounts add feed --url https://a.example/ --unit " + LONG, 2),
    ("poll nobody", 2),
    ("poll --depth further", 2),
    ("coverage nobody", 2),
    ("coverage --from x", 2),
    ("gaps nobody", 2),
    ("platforms nosuch", 2),
    ("retention due --account nobody", 2),
    ("retention unclassified --account nobody", 2),
    ("requests open", 2),
    ("requests open --text ''", 2),
    ("requests open --text-file /nonexistent", 2),
    ("requests open --text x --received 2099-01-01", 2),
    ("requests open --text x --id ../x", 2),
    ("requests open --text x --kind tweet", 2),
    ("requests show nope", 2),
    ("requests bundle nope", 2),
    ("requests close nope --note x", 2),
    ("bundle verify /nonexistent", 2),
    ("bundle verify /dev/null", 10),
    ("bundle verify /", 4),
    ("verify --jobs 0", 2),
    ("verify --account nobody", 2),
    ("rebuild now", 2),
    ("run now", 2),
    ("init", 4),
    ("nonsense", 2),
    ("status --archive /nonexistent", 4),
    ("status --config /nonexistent", 3),
    ("status --config /", 3),
    ("accounts retire social --actor=", 2),
]


@pytest.fixture(scope="module")
def shared(filled_once: Filled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A filled archive that none of these commands changes."""
    folder = tmp_path_factory.mktemp("bad-input")
    shutil.copytree(filled_once.directory, folder / "archive")
    yield Caller(folder=folder, clock=SetClock(filled_once.now))


@pytest.mark.parametrize(("words", "code"), WORDS, ids=lambda value: str(value)[:50])
def test_an_error_is_three_lines_and_the_code_of_its_cause(shared: Caller, words: str, code: int) -> None:
    """What happened, what it means for the records, what to do."""
    said = shared(*shlex.split(words))
    lines = said.err.splitlines()

    assert (said.code, len(lines)) == (code, 3)
    assert [word for word in ("Traceback", "fault in Archiver") if word in said.out + said.err] == []


def test_none_of_these_commands_left_anything(shared: Caller, filled_once: Filled) -> None:
    """No account, no request, no act, no bundle."""
    acts = "accounts", "requests", "acts", "bundles"
    before, after = (_counts(folder, acts) for folder in (filled_once.directory, shared.folder / "archive"))
    assert after == before


def _counts(archive: Path, tables: tuple[str, ...]) -> dict[str, int]:
    db = sqlite3.connect(archive / "catalogue.sqlite")
    try:
        return {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}  # noqa: S608
    finally:
        db.close()


# -- as a program of its own: bytes, closed pipes, full and read-only disks


@pytest.fixture
def program(full: Caller) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Calls the program over a filled archive."""

    def call(
        *words: bytes | str, before: Callable[[], None] | None = None, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "archiver.cli", *words],
            env={**os.environ, **full.environ, **(environ or {})},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            preexec_fn=before,
            timeout=60,
        )

    return call


def test_a_word_that_is_no_text_is_refused(program: Callable[..., subprocess.CompletedProcess[bytes]]) -> None:
    """It could neither be recorded nor be shown; nothing was done."""
    done = program("requests", "open", "--text", "x", "--requester", b"Ren\xe9")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().splitlines() == [
        "Word 6 of the command is not UTF-8 text.",
        "Nothing was done.",
        "Type it in a UTF-8 terminal, or rename the file.",
    ]


def test_without_a_standard_output_a_command_is_carried_out(
    program: Callable[..., subprocess.CompletedProcess[bytes]],
) -> None:
    """Some schedulers close it."""
    done = program("accounts", "list", before=lambda: os.close(1))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_reader_that_has_seen_enough_is_no_fault(full: Caller) -> None:
    """As `archiver search | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "archiver.cli", "search", "--limit", "70"],
        env={**os.environ, **full.environ},
        cwd=Path(__file__).parents[2],
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("environ", [{"LC_ALL": "C"}, {"TZ": "Nonsense/Zone"}, {"PYTHONIOENCODING": "ascii"}], ids=str)
def test_locale_and_zone_of_the_host_have_no_say(
    program: Callable[..., subprocess.CompletedProcess[bytes]], environ: Mapping[str, str]
) -> None:
    """What is found is told."""
    done = program("search", "--limit", "70", environ=environ)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"78 items\n")


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("accounts add feed --url https://a.example/feed", 40_000),
        ("requests open --text x", 20_000),
        ("init --archive new", 40_000),
        ("rebuild", 40_000),
    ],
)
def test_a_full_disk_is_told_and_nothing_is_lost(
    full: Caller, program: Callable[..., subprocess.CompletedProcess[bytes]], words: str, limit: int
) -> None:
    """Exit code 4, and the archive is as sound as before."""
    given = [str(full.folder / word) if word == "new" else word for word in words.split()]
    done = program(*given, before=lambda: _room(limit))
    told = done.stderr.decode()
    assert (done.returncode, done.stdout) == (4, b"")
    assert "cannot be used: " in told
    assert ("Traceback" in told, "fault in Archiver" in told) == (False, False)
    assert len(told.splitlines()[-3:]) == 3
    assert full("verify").code == 0


def test_a_bundle_that_finds_no_room_is_not_there(
    full: Caller, program: Callable[..., subprocess.CompletedProcess[bytes]]
) -> None:
    """Exit code 4; a later one is whole."""
    assert program("requests", "open", "--id", "R1", "--text", "everything").returncode == 0
    done = program("requests", "bundle", "R1", before=lambda: _room(150_000))
    left = list((full.folder / "archive" / "bundles").iterdir())
    assert (done.returncode, left) == (4, []), done.stderr.decode()
    assert program("requests", "bundle", "R1").returncode == 0


def _room(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_an_interrupt_before_a_command_began_ends_it_at_once(full: Caller, tmp_path: Path) -> None:
    """Without a traceback, as the signal ends any program; here it comes while a library is loaded."""
    (tmp_path / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    done = subprocess.run(
        [sys.executable, "-m", "archiver.cli", "status"],
        env={**os.environ, **full.environ, "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}"},
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


@pytest.mark.parametrize("where", ["archiver.cli.search.count", "archiver.storage.archive.Archive.close"])
def test_an_interrupt_of_a_command_is_code_130(full: Caller, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Whether it comes while the command works or while the archive is closed behind it."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    import_module("archiver.cli.search")
    monkeypatch.setattr(where, interrupted)
    said = full("search", "board")
    assert (said.code, "Traceback" in said.err) == (130, False)
    monkeypatch.undo()
    assert full("verify").code == 0
