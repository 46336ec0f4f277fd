"""What the pure rooms may know: the model, the errors, and libraries that only compute."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator

import pytest

from tests.project.tree import PURE_ROOMS, ROOT, files, modules, name_of

KNOWN = ("archiver.model", "archiver.errors")
LIBRARIES = {"dateutil", "defusedxml", "feedparser", "inscriptis", "isal", "jinja2", "lxml", "markupsafe"}
# Parts of the standard library that read a clock, a file, the environment or a network, or draw at random.
OUTSIDE = {
    *("asyncio", "builtins", "concurrent", "ctypes", "fcntl", "fileinput", "ftplib", "getpass", "glob", "imaplib"),
    *("logging", "mmap", "multiprocessing", "os", "platform", "random", "sched", "secrets", "select", "selectors"),
    *("shelve", "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile", "threading"),
    *("time", "http.client", "http.server", "urllib.request"),
}
OUTSIDE_CALLS = {
    *("open", "input", "print", "exec", "eval", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("uuid.uuid1", "uuid.uuid4", "uuid1", "uuid4", "Path.cwd", "Path.home", "shutil.rmtree", "shutil.move"),
}
OUTSIDE_METHODS = {"read_text", "write_text", "read_bytes", "write_bytes", "mkdir", "unlink", "iterdir", "rglob"}


def imported(tree: ast.Module) -> Iterator[str]:
    """The dotted names a module imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_pure(name: str, room: str) -> bool:
    """Whether a module of a room may import a dotted name."""
    first = name.split(".")[0]
    if any(name == outside or name.startswith(f"{outside}.") for outside in OUTSIDE):
        return False
    own = name == room or any(f"{name}.".startswith(f"{known}.") for known in (room, *KNOWN))
    return own or first in LIBRARIES or first in sys.stdlib_module_names


def outside_calls(tree: ast.Module) -> Iterator[str]:
    """The calls in a module that reach outside it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            method = called.rpartition(".")[2] if isinstance(node.func, ast.Attribute) else ""
            package_data = isinstance(node.func, ast.Attribute) and "files(" in called
            if called in OUTSIDE_CALLS or (method in OUTSIDE_METHODS and not package_data):
                yield called


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_a_pure_room_imports_only_what_computes(room: str) -> None:
    """Connectors, retention and exports import the model, the errors, themselves and computing libraries only."""
    strange = {
        f"{name_of(path)} imports {name}"
        for path, tree in modules(room)
        for name in imported(tree)
        if not is_pure(name, room)
    }

    assert strange == set()


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_a_pure_room_asks_no_file_clock_or_dice(room: str) -> None:
    """Nothing in the pure rooms opens a file, asks the time or draws at random; package data is no such file."""
    calls = {f"{name_of(path)} calls {called}" for path, tree in modules(room) for called in outside_calls(tree)}

    assert calls == set()


@pytest.mark.parametrize(
    "source",
    ["open('x')", "datetime.now(UTC)", "path.read_text()", "uuid.uuid4()", "date.today()"],
)
def test_the_check_sees_what_reaches_outside(source: str) -> None:
    """Each kind of call that reaches outside is seen; reading a package's own data is not one."""
    assert list(outside_calls(ast.parse(source))) != []
    assert list(outside_calls(ast.parse("files('retention').joinpath('dans.json').read_text()"))) == []


@pytest.mark.parametrize(
    "name", ["os.path", "archiver.storage.warc", "exports.bag", "urllib.request.urlopen", "requests", "time.time"]
)
def test_the_check_sees_what_a_room_may_not_know(name: str) -> None:
    """The environment, the storage, another room, the network and the clock are not for connectors."""
    assert not is_pure(name, "connectors")


def test_sql_drivers_are_imported_by_the_storage_only() -> None:
    """No module outside archiver/storage imports a database driver."""
    drivers = ("sqlite3", "pysqlite3", "sqlite_utils")
    strangers = {
        name_of(path)
        for path, tree in modules("archiver", *PURE_ROOMS)
        if not name_of(path).startswith("archiver/storage/")
        and any(name.split(".")[0] in drivers for name in imported(tree))
    }

    assert strangers == set()


def test_every_part_of_archiver_has_its_layer() -> None:
    """No module or package of archiver/ escapes the contract of the layers."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layered = {name for layer in contracts[0]["layers"] for name in re.findall(r"archiver\.(\w+)", layer)}
    inside = [path.relative_to(ROOT / "archiver") for path in files() if path.is_relative_to(ROOT / "archiver")]
    parts = {path.parts[0].removesuffix(".py") for path in inside if path.suffix == ".py"}

    assert parts - layered == {"__init__"}
