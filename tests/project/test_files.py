"""What stands in the project's files, and what must not."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest

from tests.project.tree import PACKAGES, ROOT, files, functions, modules, name_of

LOCKS = ("requirements.lock", "requirements-test.lock")
# Written so that this file does not hold what it looks for.
HOSTS = re.compile("|".join(("py[p]i\\.org", "python[h]osted", "npm[j]s\\.", "deb[i]an\\.org")))
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:[w]ork|[r]oot|[f]arm|home/\w+)/")


def readable() -> dict[str, str]:
    """Every text file of the project by name; the licence names its own home."""
    texts = {}
    for path in files():
        if name_of(path) != "LICENSE" and b"\0" not in (content := path.read_bytes()):
            texts[name_of(path)] = content.decode("utf-8", "replace")
    return texts


def test_no_file_names_a_package_host_or_a_path_of_one_machine() -> None:
    """The project can be built anywhere: no host of packages and no folder of a developer stands in it."""
    found = {
        f"{name}: {match.group()}"
        for name, text in readable().items()
        for pattern in (HOSTS, MACHINE_PATHS)
        for match in pattern.finditer(text)
    }

    assert found == set()


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_one_version_and_its_hashes(name: str) -> None:
    """A lock file holds nothing but pinned packages, each with at least one SHA-256."""
    text = (ROOT / name).read_text(encoding="utf-8").replace(" \\\n    ", " ")
    package = re.compile(r"[a-z0-9.-]+==[\w.]+( ; [^#]+?)?( --hash=sha256:[0-9a-f]{64})+")

    assert [line[:60] for line in text.splitlines() if not package.fullmatch(line)] == []


def test_the_test_lock_holds_the_runtime_lock() -> None:
    """Tests run with the versions that a plain installation gets."""
    runtime, everything = ((ROOT / name).read_text(encoding="utf-8").split("\n") for name in LOCKS)
    pins = {line for line in runtime if "==" in line}

    assert pins <= set(everything)


def test_every_declared_package_is_locked() -> None:
    """What pyproject.toml asks for stands in the lock files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, wanted in zip(LOCKS, (project["dependencies"], project["optional-dependencies"]["test"]), strict=True):
        locked = set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / name).read_text(encoding="utf-8"), re.M))
        asked = {re.match(r"[\w.-]+", package)[0].lower().replace("_", "-") for package in wanted}

        assert asked - locked == set()


def test_the_licence_is_whole() -> None:
    """LICENSE is the Apache License 2.0 from its title to its appendix."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert text.strip().startswith("Apache License\n                           Version 2.0, January 2004")
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_unfinished_is_not_in_the_tree() -> None:
    """No file of the four packages says that it is unfinished."""
    marks = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|NotImplemented[E]rror)\b")

    assert [name for name, text in readable().items() if name.split("/")[0] in PACKAGES and marks.search(text)] == []


def test_every_test_says_what_is_true() -> None:
    """Each test has a docstring of at least one sentence."""
    silent = [
        f"{name_of(path)}:{function.lineno} {function.name}"
        for path, tree in modules("tests")
        for function in functions(tree)
        if function.name.startswith("test_") and not (ast.get_docstring(function) or "").strip().endswith(".")
    ]

    assert silent == []


def test_no_test_sleeps() -> None:
    """Tests move a clock of their own or wait for an event; they never wait for time to pass."""
    sleepers = [
        f"{name_of(path)}:{node.lineno}"
        for path, tree in modules("tests")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "sleep")
    ]

    assert sleepers == []


def test_every_module_says_what_it_is_for() -> None:
    """Each file of the four packages opens with a docstring."""
    silent = [name_of(path) for path, tree in modules(*PACKAGES) if not ast.get_docstring(tree)]

    assert silent == []
