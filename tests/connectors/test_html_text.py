"""HTML as plain text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import storable
from connectors.html_text import plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("just text", "just text"),
        ("a < b & c", "a < b & c"),
        ("<p>One <b>bold</b><br>two</p><p>Three</p>", "One bold\ntwo\n\nThree"),
        ("<p><a href='/t/x'>#<span>Snow</span></a> <a>@<span>mayor</span></a>, hi</p>", "#Snow @mayor, hi"),
        ("<a><span>https://</span><span>example.org/</span><span>a/b</span></a>", "https://example.org/a/b"),
        ("<div><div>a</div><p>b</p></div>", "a\n\nb"),
        ("<ul><li>a</li><li>b</li></ul>", "* a\n  * b"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1  2"),
        ("<img src=x alt='A cat'> sits", "[A cat] sits"),
        ("<script>alert(1)</script><style>p{}</style>seen", "seen"),
        ("&#0;&#xD800;&#1114112;&amp;&nbsp;&bogus;", "���& &bogus;"),
        ("<!-- only a comment -->", ""),
        ("<?xml version='1.0' encoding='latin-1'?><p>é</p>", "é"),
        ("<p>a</p><p style='padding-left:99999em;margin-top:99999em'>b</p>", "a\n\nb"),
        ("a\ud800<b>b\x00</b>", "a�b�"),
    ],
)
def test_blocks_images_and_characters(markup: str, text: str) -> None:
    """What a reader would see, and nothing that a style could blow up."""
    assert plain(markup) == text


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td", "blockquote"])
@pytest.mark.parametrize("depth", [100, 254, 255, 256, 1000, 50_000])
def test_no_depth_of_nesting_loses_text(tag: str, depth: int) -> None:
    """Where the parser gives up, the tags are taken out and the text stays."""
    text = plain(f"before<{tag}>" * depth + "within" + "<p>after")
    assert text.count("before") == depth
    assert text.endswith("after")


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Some <b>text</b></p>\n" * 40_000,
        "<" * 1_000_000,
        "&" * 1_000_000,
        "<!--" * 250_000,
        "<a " + "x=y " * 250_000,
        "<table>" + "<tr><td>a</td><td>b</td></tr>" * 35_000 + "</table>",
        "<ul>" + "<li>a" * 150_000,
    ],
    ids=["paragraphs", "opening", "ampersands", "comments", "attributes", "rows", "entries"],
)
def test_a_megabyte_of_anything_is_read_in_seconds(markup: str) -> None:
    """Reading grows with the length of the input and not with its square."""
    started = time.perf_counter()
    plain(markup)
    assert time.perf_counter() - started < 20


@given(
    st.text() | st.from_regex(r"(<[/a-z!?]{1,6}[ a-z=\"'0-9:;-]{0,9}>?|&[#a-z0-9]{1,6};|[a-z ]){0,30}", fullmatch=True)
)
def test_no_markup_makes_it_fail(markup: str) -> None:
    """Whatever comes, the result is storable text."""
    text = plain(markup)
    assert storable(text) == (text, ())
