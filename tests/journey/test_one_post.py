"""One post of the sample district, from the bytes on the wire to the page a requester reads."""

from __future__ import annotations

import gzip
import hashlib
import html
import re
from collections.abc import Iterator

import pytest

from archiver.demo.images import picture
from archiver.model import DisclosedItem, parse_iso
from archiver.storage import item_rows
from archiver.storage.archive import Archive
from tests.journey.conftest import Journey
from tests.journey.kept import Exchange, at_pointer, exchange, number_of

FIRST = "The new roof of Osprey Bend, seen from the field. #Construction"
EDITED = "The new roof of Osprey Bend, finished. #Construction"


@pytest.fixture
def archive(journey: Journey) -> Iterator[Archive]:
    """The archive the program wrote."""
    opened = Archive.open(journey.program.archive)
    yield opened
    opened.close()


@pytest.fixture
def post(journey: Journey, archive: Archive) -> DisclosedItem:
    """The post as the catalogue has it."""
    key = number_of(archive.database.connection(), "social", journey.ids["roof"])
    return next(item_rows.disclosed_items(archive.database.connection(), (key,)))


@pytest.fixture
def first(archive: Archive, post: DisclosedItem) -> Exchange:
    """The exchange that showed its first version."""
    return exchange(archive, post.versions[0].capture_id)


def test_the_answer_is_kept_byte_for_byte_as_it_came_over_the_wire(journey: Journey, first: Exchange) -> None:
    """Status line, headers, framing and compressed body of the record are a piece of what the server sent."""
    assert first.types == ["response", "request", "metadata"]
    assert first.response.startswith(b"HTTP/1.1 200 ")
    assert journey.first_answers.count(first.response) == 1


def test_the_request_is_kept_as_it_was_sent_but_for_the_credential(journey: Journey, first: Exchange) -> None:
    """Where the token stood on the wire, the record says that it was taken out; every other byte is the same."""
    secret, filler = f"Bearer {journey.demo.token}".encode(), b"[credential removed]"
    lines = first.request.split(b"\r\n")
    asked = next(sent for sent in _requests(journey.wire.sent) if sent.startswith(lines[0] + b"\r\n"))
    assert (secret in asked, asked.replace(secret, filler)) == (True, first.request)


def test_the_metadata_record_binds_the_two(post: DisclosedItem, first: Exchange) -> None:
    """It names the capture, the account and what was asked, and the digest of the payload as sent."""
    note = first.note
    payload = first.response.partition(b"\r\n\r\n")[2]
    assert (note["capture"], note["account"], note["fetch"]["stream"], note["status"]) == (
        post.versions[0].capture_id, "social", "posts", 200,
    )  # fmt: skip
    assert (note["payload"], note["length"]) == (hashlib.sha256(payload).hexdigest(), len(payload))


def test_the_row_says_what_stands_in_the_body_where_the_version_points(
    journey: Journey, post: DisclosedItem, first: Exchange
) -> None:
    """The pointer of the version leads to the status in the kept body; id, text, time and picture are its own."""
    node = at_pointer(first.body, post.versions[0].source)
    assert (node["id"], parse_iso(node["created_at"])) == (post.remote_id, post.created)
    assert _plain(node["content"]) == post.versions[0].text == FIRST
    assert [medium["description"] for medium in node["media_attachments"]] == [medium.alt for medium in post.media]
    assert post.remote_id == journey.ids["roof"]


def test_an_edit_is_a_second_version_from_an_exchange_of_its_own(archive: Archive, post: DisclosedItem) -> None:
    """The first version stays as it was; the second has its own bytes and the platform's time of the edit."""
    assert [version.text for version in post.versions] == [FIRST, EDITED]
    second = exchange(archive, post.versions[1].capture_id)
    node = at_pointer(second.body, post.versions[1].source)
    assert (_plain(node["content"]), parse_iso(node["edited_at"])) == (EDITED, post.versions[1].edited)
    assert post.versions[0].capture_id != post.versions[1].capture_id


def test_its_picture_is_kept_by_digest(journey: Journey, post: DisclosedItem) -> None:
    """What was downloaded is what the server drew."""
    (medium,) = post.media
    assert (medium.sha256, medium.size) == (hashlib.sha256(picture(3)).hexdigest(), len(picture(3)))


@pytest.mark.parametrize("words", ["finished", '"seen from the field"', "osprey roof", "crane"])
def test_search_finds_it_by_any_version_and_by_its_picture(journey: Journey, words: str) -> None:
    """Words of the first and the last version, and of the description of the picture, lead to the same item."""
    found = journey.program.run("search", words)
    assert journey.ids["roof"] in [item["remote_id"] for item in found["items"]]


def test_it_is_responsive_and_held(journey: Journey, post: DisclosedItem) -> None:
    """The open requests that mean it hold it."""
    shown = journey.program.run("item", "show", post.id)
    assert set(shown["held_by"]) >= {"roof", "public", "everything"}


def test_the_bundle_shows_it_with_both_versions_and_its_picture(journey: Journey, post: DisclosedItem) -> None:
    """Page, spreadsheet and JSON carry it; the file beside them has the bytes of the picture."""
    bundle = journey.about_roof
    row = bundle.rows[post.remote_id]
    assert [version["text"] for version in row["versions"]] == [FIRST, EDITED]
    assert [version["capture"] for version in row["versions"]] == [one.capture_id for one in post.versions]
    assert [parse_iso(version["first_seen"]) for version in row["versions"]] == [
        one.first_seen for one in post.versions
    ]
    page = html.unescape(bundle.pages)
    assert (FIRST in page, EDITED in page, post.link in page) == (True, True, True)
    assert [line["text"] for line in bundle.table if line["link"] == post.link] == [EDITED]
    (medium,) = row["media"]
    assert bundle.files[medium["file"].removeprefix("data/")] == picture(3)


def test_the_bundle_holds_the_very_records(journey: Journey, archive: Archive, post: DisclosedItem) -> None:
    """The members of both exchanges lie in the bundle's WARC as they lie in the archive, which any tool can unpack.

    Only where all that stood on those pages answers the request too: they list the district's own messages as well.
    """
    records, fewer = journey.everything.records, journey.about_roof.records
    for version in post.versions:
        for member in exchange(archive, version.capture_id).members:
            assert (records.count(member), fewer.count(member)) == (1, 0)
    assert gzip.decompress(records).startswith(b"WARC/1.1\r\n")


def test_every_item_in_scope_is_in_the_bundle_and_the_bundle_says_how_many(journey: Journey) -> None:
    """What search counts, the request holds and the bundle lists is the same number."""
    bundle = journey.public
    counted = journey.program.run("search", "--kind", "post", "--kind", "comment", "--count")["count"]
    assert (len(bundle.rows), bundle.items) == (counted, counted)
    assert len(bundle.table) == counted


def _requests(sent: bytes) -> list[bytes]:
    """The requests of a stream of those without bodies."""
    return [part + b"\r\n\r\n" for part in sent.split(b"\r\n\r\n")]


def _plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^<>]*>", "", markup))
