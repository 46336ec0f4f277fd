"""The project's own files, as the checks of this room look at them."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("archiver", "connectors", "retention", "exports")
PURE_ROOMS = ("connectors", "retention", "exports")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project in order: what git tracks or would; in a copy without git, what is not hidden."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
        paths = {ROOT / name for name in listed if name}
    else:
        paths = {path for path in ROOT.rglob("*") if not path.relative_to(ROOT).parts[0].startswith(".")}
    return tuple(sorted(path for path in paths if path.is_file() and "__pycache__" not in path.parts))


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """The Python files under some folders of the project, parsed."""
    for path in files():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """A file's path as the project says it."""
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.Module) -> Iterator[Function]:
    """Every function and method, however deep."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """The lines from the first statement to the last; the docstring is not counted."""
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1
