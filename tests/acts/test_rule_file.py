"""An agency's own rules are read whole or refused with the rule named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archiver.errors import ConfigError
from archiver.model import Kind, Level
from retention.rule_file import read_rules
from retention.rules import Rule

GOOD: dict[str, Any] = {
    "id": "one",
    "reason": "Because.",
    "dan": "GS2010-001",
    "levels": ["other"],
    "kinds": ["post", "message"],
    "accounts": ["news"],
}


def text(*rules: Any, **other: Any) -> str:
    """A file of rules."""
    return json.dumps({"format": "archiver-rules/1", "rules": list(rules)} | other)


def test_rules_are_read_in_their_order() -> None:
    """Each field finds its place; what is left out asks for nothing."""
    second = {"id": "two", "reason": "Else.", "candidates": ["A", "B"], "context": True}

    assert read_rules(text(GOOD, second), name="r.json") == (
        Rule(
            id="one",
            reason="Because.",
            dan="GS2010-001",
            levels=(Level.OTHER,),
            kinds=(Kind.POST, Kind.MESSAGE),
            accounts=("news",),
        ),
        Rule(id="two", reason="Else.", candidates=("A", "B"), context=True),
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{", "r.json: not JSON"),
        ("[]", "r.json: not a file of rules"),
        (text(format="other"), "r.json: not a file of rules"),
        (text(rules={}), 'r.json: "rules" is not a list'),
        (text(GOOD, 3), "r.json: rule 2: not an object"),
        (text(GOOD | {"colour": "red"}), "r.json: rule 1: unknown field 'colour'"),
        (text(GOOD | {"id": ""}), "r.json: rule 1: 'id' must be a text"),
        (text(GOOD | {"reason": None}), "r.json: rule 1: 'reason' must be a text"),
        (text(GOOD | {"dan": 3}), "r.json: rule 1: 'dan' must be a text or null"),
        (text(GOOD | {"dan": None}), "r.json: rule 1: it names neither a dan nor candidates"),
        (text(GOOD | {"kinds": ["tweet"]}), "r.json: rule 1: 'tweet' is none of post"),
        (text(GOOD | {"levels": "other"}), "r.json: rule 1: 'levels' must be a list of texts"),
        (text(GOOD | {"context": "yes"}), "r.json: rule 1: 'context' must be true or false"),
        ("[" * 100_000, "r.json: not JSON"),
    ],
)
def test_what_cannot_be_read_is_refused(content: str, what: str) -> None:
    """With the file and the rule; nothing is half loaded."""
    with pytest.raises(ConfigError) as refused:
        read_rules(content, name="r.json")

    assert refused.value.what.startswith(what)
