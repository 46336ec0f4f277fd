"""The declarations of the hard platforms: whole, and what the code needs is in them."""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest

from archiver.model import Means, Snapshot
from connectors.declared import declared
from connectors.verdicts import told

FOLDERS = ("bluesky", "facebook", "graph", "instagram", "x", "youtube")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_declared_shape_can_be_made(folder: str) -> None:
    """A field that no item has, or a kind that is none, is noticed here and at the first import."""
    found = declared(f"connectors.{folder}")
    assert [found.shape(name).what for name in found.more.get("shapes", {})]
    assert importlib.import_module(f"connectors.{folder}")


def test_a_shape_names_its_functions() -> None:
    """Among the details too; a name without a function is a fault that shows at the first import."""
    table = {"what": "a thing", "kind": "post", "title": "title()", "text": "words", "details": {"size": "size()"}}
    whole = replace(declared("connectors.x"), more={"shapes": {"thing": table}})
    shape = whole.shapes(title=lambda node: node["words"].title(), size=lambda node: str(len(node["words"])))["thing"]
    item = shape({"id": "1", "words": "two words"}, "")
    assert isinstance(item, Snapshot)
    assert (item.title, item.text, item.details) == ("Two Words", "two words", (("size", "9"),))
    with pytest.raises(KeyError):
        whole.shapes(title=lambda _node: "")


def test_fields_that_are_asked_for_are_known_by_the_name_of_their_row() -> None:
    """They are written once."""
    x = declared("connectors.x")
    assert "lang" in x.known["post"] and "lang" in dict(x.asks["posts"].params)["tweet.fields"].split(",")
    assert list(x.strange("post", {"lang": "en", "edit_history_post_ids": [], "odd": 1})) == ["post.odd"]


def test_a_range_of_numbers_is_each_of_them() -> None:
    """Of the errors of the Graph API."""
    errors = declared("connectors.graph").errors
    assert {errors[str(code)].means for code in (200, 250, 299)} == {Means.REFUSED}
    assert {errors[str(code)].means for code in (80000, 80014)} == {Means.WAIT}
    assert ("199" in errors, "300" in errors, "80015" in errors) == (False, False, False)


def test_what_is_not_known_is_told_by_its_place() -> None:
    """Fields of a node, of its parts, and values; what is no object has none."""
    youtube = declared("connectors.youtube")
    node = {"id": "v", "novel": 1, "snippet": {"title": "T", "other": 2}, "status": {"privacyStatus": "members"}}
    assert sorted(youtube.strange("video", node)) == [
        "video.novel",
        "video.snippet.other",
        "video.status.privacyStatus=members",
    ]
    assert list(youtube.strange("video", None)) == list(youtube.strange("nothing known", node)) == []


def test_an_error_is_told_without_the_parameters_of_addresses() -> None:
    """They may carry a token."""
    said = told("words", "code 1", "Call https://graph.example/me?access_token=SECRET again")
    assert said == "words (code 1: Call https://graph.example/me again)"
    assert told("words", "name") == "words (name)"
