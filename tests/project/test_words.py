"""The words of observation: what was only not seen is never told by a stronger word."""

from __future__ import annotations

import ast
import re

from tests.project.tree import PACKAGES, ROOT, modules, name_of

STRONGER = re.compile(r"\bdeleted\b|\bdeletes\b|\bdeletion\b", re.IGNORECASE)

# A platform's own statement about a message, told as its statement.
ITS_OWN_WORD = {"connectors/bluesky/chat.py", "connectors/bluesky/declared.toml", "docs/platforms/bluesky.md"}


def test_no_text_of_the_program_says_more_than_was_seen() -> None:
    """In no string, template or page for its users."""
    found = {name_of(path) for path, tree in modules(*PACKAGES) if _said(tree)}
    pages = (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("exports/templates/*"))
    pages += tuple(ROOT.glob("connectors/*/declared.toml"))
    found |= {name_of(path) for path in pages if STRONGER.search(path.read_text(encoding="utf-8"))}
    assert found - ITS_OWN_WORD == set()


def test_the_check_sees_the_word() -> None:
    """In a plain string, in a formatted one, and not in a name of an interface."""
    tree = ast.parse("a = 'was Deleted'\nb = f'{a} deleted'\nc = 'deletedMessageView'\nd = 'DELETE FROM x'\n")
    assert _said(tree) == ["Deleted", "deleted"]


def _said(tree: ast.AST) -> list[str]:
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [word for text in texts for word in STRONGER.findall(text)]
