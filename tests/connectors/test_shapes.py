"""Fields of items by declaration: every way in which a place in a node can be told, and what is made of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Author, Kind, Media, Snapshot, Unread, Visibility
from connectors.shapes import Shape, choice, counted, getter, seen_by

NODE: Any = {
    "id": 7,
    "a": {"b": "B", "n": 3, "none": None},
    "tags": ["x", "y", None, 5, {"z": 1}],
    "to": {"data": [{"id": "1"}, {"name": "N"}, "odd"]},
    "hidden": True,
    "published": False,
    "state": "usual",
    "escaped": "A &amp; B",
}
PLACES = [
    ("a.b", "B"),
    ("a.n", "3"),
    ("a.none", ""),
    ("a", ""),
    ("a.x|a.b", "B"),
    ("tags.1", "y"),
    ("tags[]", ["x", "y", "", "5", ""]),
    ("to.data[].id", ["1", "", ""]),
    ("to.data[].id|name", ["1", "N", ""]),
    ("hidden?", "yes"),
    ("published?", ""),
    ("published!", "no"),
    ("hidden!", ""),
    ("state -usual -ok", ""),
    ("a.b -usual", "B"),
    ("state +usual +ok", "usual"),
    ("state +odd", ""),
    ("a.b @ https://c.example/x/", "https://c.example/x/B"),
    ("a.none @ https://c.example/", ""),
    ("https://c.example/{a.x|a.b}/{id}", "https://c.example/B/7"),
    ("https://c.example/{a.b}/{a.none}", ""),
    ("escaped &", "A & B"),
    ("a.x|a.b &", "B"),
    ("= live chat", "live chat"),
    ("", ""),
]


@pytest.mark.parametrize(("told", "found"), PLACES)
def test_a_place_is_read_as_it_is_written(told: str, found: str | list[str]) -> None:
    """Each form of the table in the module's head."""
    assert getter(told)(NODE) == found


def test_a_shape_fills_an_item_from_its_places() -> None:
    """Texts, times, people, counts and details; a node is never its own parent."""
    shape = Shape(
        what="a thing",
        kind=Kind.POST,
        prefix="p:",
        author=("who.id", "", "who.name"),
        created="at",
        text="words",
        parent="above",
        thread="id",
        media=lambda node: (Media(id="m", url="u1"), Media(id="m", url="u2")),
        visibility=choice("state", {"open": Visibility.PUBLIC}),
        counters={"likes": "likes|hearts"},
        details={"tag": "tags[]", "made": ""},
        more=lambda _node: [("further", "yes")],
    )
    node = {"id": 9, "who": {"id": "w", "name": "Ann"}, "at": "2026-01-05T08:00:00Z", "words": "Hi", "above": "p:9"}
    node |= {"hearts": "4", "tags": ["a", "a"], "state": "open"}
    item = shape(node, "/data/0", and_counters={"votes": 1}, and_details=[("last", "x")], context=True)
    assert item == Snapshot(
        kind=Kind.POST,
        remote_id="p:9",
        author=Author(id="w", name="Ann"),
        created=datetime(2026, 1, 5, 8, tzinfo=UTC),
        text="Hi",
        thread="9",
        media=(Media(id="m", url="u2"),),
        source="/data/0",
        counters={"likes": 4, "votes": 1},
        details=(("tag", "a"), ("tag", "a"), ("further", "yes"), ("last", "x")),
        context=True,
    )
    assert shape({}, "/data/1") == Unread(source="/data/1", reason="a thing without an id")


def test_what_is_given_goes_before_what_the_node_says() -> None:
    """A connector knows more than one node, such as what a reply stands under."""
    item = Shape(what="a thing", kind=Kind.POST, parent="above")({"id": "1", "above": "2"}, "", parent="3", thread="")
    assert isinstance(item, Snapshot)
    assert (item.parent, item.thread) == ("3", None)


def test_the_first_visibility_that_a_node_tells_is_its_own() -> None:
    """Who may see a thing is told in several places at once."""
    seen = seen_by({Visibility.HIDDEN: ["hidden?", "state +off"], Visibility.PRIVATE: ["to -EVERYONE"]})
    nodes: list[Any] = [
        {},
        {"hidden": True, "to": "SELF"},
        {"state": "off"},
        {"state": "on", "to": "SELF"},
        {"to": "EVERYONE"},
    ]
    assert [seen(node) for node in nodes] == [
        Visibility.PUBLIC,
        Visibility.HIDDEN,
        Visibility.HIDDEN,
        Visibility.PRIVATE,
        Visibility.PUBLIC,
    ]


def test_of_several_places_of_a_count_the_first_that_holds_one_is_taken() -> None:
    """Old and new names stand side by side."""
    assert counted({"old": 1, "new": 2}, {"n": "new|old"}) == {"n": 2}
    assert counted({"old": 1, "new": "many"}, {"n": "new|old"}) == {"n": 1}
    assert counted({"old": -1}, {"n": "new|old"}) == {}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list("abcd")), inner, max_size=3),
    max_leaves=12,
)


@given(node=VALUES, told=st.sampled_from([told for told, _ in PLACES]))
def test_no_node_makes_a_place_fail(node: Any, told: str) -> None:
    """Whatever a server sends: texts come out, or none."""
    found = getter(told)(node)
    assert isinstance(found, str) or all(isinstance(one, str) for one in found)
