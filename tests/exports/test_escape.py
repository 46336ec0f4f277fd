"""Archived text is hostile: whatever it says, a page has our elements, our attributes and our addresses only."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from archiver.model import Author, DisclosedItem, DisclosedMedia, DisclosedObservation, Method, Seen, Selector
from exports.escape import anchor, language, link, shown
from exports.item_html import Placed, item_html
from tests.exports import bundle_samples as samples
from tests.exports.hostile import PAYLOADS

CALM = "calm words"


def _hostile_item(text: str) -> DisclosedItem:
    """An item that says `text` in every field a platform or a person fills."""
    first = samples.version(title=text, text=text, details=((text, text),), capture_id=text, digest=text)
    moment = samples.START
    look = DisclosedObservation(seen=Seen.ABSENT, method=Method.DIRECT, first=moment, last=moment, detail=text)
    media = (
        samples.medium(samples.picture(), alt=text),
        samples.medium(b"film", "video/mp4", alt=text),
        DisclosedMedia(id=text, url=text, type=text, alt=text, missing=text),
    )
    return samples.item(
        1,
        id=text or "x",
        platform=text,
        handle=text,
        unit=text,
        remote_id=text,
        author=Author(id=text, handle=text, name=text),
        versions=(first, replace(first, number=2)),
        created=None,
        created_raw=text,
        language=text,
        link=text,
        parent=text,
        thread=text,
        observations=(look,),
        media=media,
        flags=(text,),
    )


class _Tree(HTMLParser):
    """Start tags with their attributes, as a browser's tokenizer finds them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


def _tree(text: str) -> tuple[list[tuple[str, tuple[str, ...]]], list[str]]:
    parser = _Tree()
    parser.feed(text)
    parser.close()
    return parser.tags, parser.addresses


def _lxml_shape(text: str) -> list[tuple[str, tuple[str, ...]]]:
    root = lxml_html.fromstring(text)
    return [(str(node.tag), tuple(node.attrib)) for node in root.iter()]


def _all_pages(text: str) -> Iterator[str]:
    """Every page of a bundle whose request, agency, accounts and items all say `text`."""
    given = samples.case(1)
    request = replace(given.request, text=text, requester=text, selector=Selector(words=text, authors=(text,)))
    account = replace(given.accounts[0], handle=text, platform=text, unit=text, url=text)
    gap = replace(given.gaps[0], detail=text, subject=text, stream=text, repair=text, closed=samples.START)
    case = replace(
        given, request=request, agency=text, records_officer=text, records_note=text, accounts=(account,), gaps=(gap,)
    )
    files = (samples.media_file(samples.picture()), samples.media_file(b"film", "video/mp4"))
    data, _ = samples.bundle([_hostile_item(text)], the_case=case, media=files)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith(".html"):
                yield archive.read(name).decode()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_text_changes_no_element_of_any_page(payload: str) -> None:
    """Two parsers find the same elements and attributes as with calm words in the same places."""
    for hostile, calm in zip(_all_pages(payload), _all_pages(CALM), strict=True):
        # An address that is http or https becomes a link instead of a span: the one difference that is meant.
        assert _spans(_tree(hostile)[0]) == _spans(_tree(calm)[0])
        assert _spans(_lxml_shape(hostile)) == _spans(_lxml_shape(calm))


def _spans(tags: list[tuple[str, tuple[str, ...]]]) -> list[tuple[str, tuple[str, ...]]]:
    links = {("a", ("class", "rel", "href")), ("span", ("class",))}
    return [("address", ()) if tag in links else tag for tag in tags]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_text_makes_no_address_but_http(payload: str) -> None:
    """Every href and src is one of our files, a place on a page, or begins with http."""
    for page in _all_pages(payload):
        for address in _tree(page)[1]:
            ours = address.startswith(("#", "../media/", "../index.html", "index.html", "pages/", "coverage.html"))
            ours = ours or address in ("items.csv", "items.jsonl", "records/records.warc.gz", "bundle.json")
            assert ours or address.lower().startswith(("http://", "https://")), address


@settings(max_examples=150)
@given(st.text() | st.text("<>\"'&=/`;:#- \n\tjavascriptonerrorHTML!", max_size=60))
def test_any_text_changes_no_element_of_an_item(text: str) -> None:
    """The same holds for whatever text there is."""
    hostile = item_html(_hostile_item(text or CALM), Placed(number=1), samples.PACIFIC)
    calm = item_html(_hostile_item(CALM), Placed(number=1), samples.PACIFIC)

    assert _spans(_tree(hostile)[0]) == _spans(_tree(calm)[0])


@given(st.text())
def test_text_is_shown_as_it_is(text: str) -> None:
    """A parser reads back what was written, but for what no page can carry."""

    class Reader(HTMLParser):
        said = ""

        def handle_data(self, data: str) -> None:
            self.said += data

    reader = Reader()
    reader.feed(f"<p>{shown(text)}</p>")
    reader.close()

    unprintable = {*map(chr, (*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF))}
    assert reader.said == "".join("\ufffd" if letter in unprintable else letter for letter in text)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        " https://a.example",
        "https://",
        "https:\\\\a.example",
        "http://a.example\n",
        "//a.example",
        "https://a.example\\@b.example",
        "",
    ],
)
def test_what_is_not_plainly_http_is_no_link(address: str) -> None:
    """It is shown as text."""
    assert "<a " not in link(address)


def test_a_link_sends_nothing_along() -> None:
    """An http address is a link that gives away neither the page nor the opener."""
    assert link("https://a.example/?a=1&b=%22") == (
        '<a class="address" rel="noopener noreferrer nofollow" href="https://a.example/?a=1&amp;b=%22">'
        '<bdi dir="auto">https://a.example/?a=1&amp;b=%22</bdi></a>'
    )


@given(st.text(), st.text())
def test_different_items_have_different_anchors(one: str, other: str) -> None:
    """An anchor is safe in a fragment and belongs to one item."""
    assert (anchor(one) == anchor(other)) == (one == other)
    assert all(letter.isascii() and (letter.isalnum() or letter in "._:-") for letter in anchor(one))


@pytest.mark.parametrize(("tag", "kept"), [("en", "en"), ("pt-BR", "pt-BR"), ("", ""), ('x" onload="', ""), ("1", "")])
def test_a_language_is_named_only_where_it_has_the_form_of_one(tag: str, kept: str) -> None:
    """The empty tag says that the language is not known."""
    assert language(tag) == kept
