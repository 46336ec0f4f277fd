"""Made-up requests, items, records and files for the tests of the bundle."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from archiver.model import (
    Author,
    BundleCase,
    Cause,
    Coverage,
    DisclosedAccount,
    DisclosedItem,
    DisclosedMedia,
    DisclosedObservation,
    DisclosedVersion,
    Gap,
    Kind,
    Method,
    PublicRecordsRequest,
    Seen,
    Selector,
    Visibility,
)
from exports.bundle import write_bundle
from exports.media_files import MediaFile
from exports.media_names import media_name
from exports.summary import BundleSummary

PACIFIC = ZoneInfo("America/Los_Angeles")
START = datetime(2026, 3, 2, 17, 12, 5, tzinfo=UTC)


def case(items: int, **changes: Any) -> BundleCase:
    """A case of one request about two accounts of a school district, with a gap and some coverage."""
    request = PublicRecordsRequest(
        id="2026-014",
        received=datetime(2026, 4, 1, 16, 30, tzinfo=UTC),
        text="Please send all posts and comments about the levy on your pages.\nThank you,\nR. Doe",
        selector=Selector(accounts=("masto", "blog"), words="levy", since=datetime(2026, 1, 1, 8, tzinfo=UTC)),
        opened_by="pro",
        due=date(2026, 4, 8),
        requester="R. Doe",
    )
    given: dict[str, Any] = {
        "request": request,
        "agency": "Sample Valley School District No. 999",
        "records_officer": "Pat Example, records@sample.example",
        "made_at": datetime(2026, 4, 7, 20, 0, 7, tzinfo=UTC),
        "as_of": datetime(2026, 4, 1, 16, 30, tzinfo=UTC),
        "zone": PACIFIC,
        "software": "Archiver 0.1.0",
        "items": items,
        "accounts": (
            DisclosedAccount(id="blog", platform="wordpress", handle="Sample Valley News", unit="Communications"),
            DisclosedAccount(id="masto", platform="mastodon", handle="@svsd@social.example", unit="Lincoln Elementary"),
        ),
        "gaps": (
            Gap(
                id="g1",
                account_id="masto",
                stream="comments",
                cause=Cause.AUTH,
                detail="the credential was refused (HTTP 401)",
                opened=START,
                start=START,
                end=START + timedelta(days=2),
            ),
        ),
        "coverage": (
            Coverage(account_id="masto", stream="posts", start=None, end=START + timedelta(days=29), run_id="r9"),
        ),
        "records_note": "A record is one page of a platform's answer; other items that stood on it are in it too.",
    }
    return BundleCase(**(given | changes))


def version(number: int = 1, **changes: Any) -> DisclosedVersion:
    """A version with a plain text."""
    given: dict[str, Any] = {
        "number": number,
        "first_seen": START + timedelta(minutes=5 * number),
        "capture_id": f"capture-{number:03d}",
        "digest": hashlib.sha256(str(number).encode()).hexdigest(),
        "text": f"The board meets on Tuesday at 6 p.m. to talk about the levy. ({number})",
        "source": f"/{number}/content",
    }
    return DisclosedVersion(**(given | changes))


def item(number: int, **changes: Any) -> DisclosedItem:
    """A post of the Mastodon account."""
    seen = START + timedelta(minutes=number)
    given: dict[str, Any] = {
        "id": f"20260302T171205Z-masto-{number:06d}",
        "account_id": "masto",
        "platform": "mastodon",
        "handle": "@svsd@social.example",
        "unit": "Lincoln Elementary",
        "kind": Kind.POST,
        "remote_id": f"{109000000000000000 + number}",
        "author": Author(id="1", handle="svsd", name="Sample Valley School District"),
        "versions": (version(),),
        "created": seen,
        "language": "en",
        "link": f"https://social.example/@svsd/{number}",
        "observations": (
            DisclosedObservation(seen=Seen.PRESENT, method=Method.LISTING, first=seen, last=seen + timedelta(days=9)),
        ),
    }
    return DisclosedItem(**(given | changes))


def many(count: int) -> Iterator[DisclosedItem]:
    """Conversations of one post and four comments, one item with each number."""
    for number in range(1, count + 1):
        root = number - (number - 1) % 5
        if number == root:
            yield item(number)
        else:
            yield item(
                number,
                kind=Kind.COMMENT,
                author=Author(handle=f"reader{number % 7}"),
                parent=item(root if number == root + 1 else number - 1).remote_id,
                thread=item(root).remote_id,
            )


def picture(width: int = 320, height: int = 180, color: tuple[int, int, int] = (47, 93, 80)) -> bytes:
    """A PNG of one color."""
    rows = (b"\x00" + bytes(color) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data)) for tag, data in chunks
    )


def medium(content: bytes, media_type: str = "image/png", **changes: Any) -> DisclosedMedia:
    """A file of an item, named after its content."""
    digest = hashlib.sha256(content).hexdigest()
    given = DisclosedMedia(
        id="m1",
        url="https://files.example/m1",
        type=media_type,
        sha256=digest,
        size=len(content),
        name=media_name(digest, media_type),
    )
    return replace(given, **changes)


def media_file(content: bytes, media_type: str = "image/png") -> MediaFile:
    """The content of `medium`, in two pieces."""
    name = media_name(hashlib.sha256(content).hexdigest(), media_type)
    return MediaFile(name=name, size=len(content), chunks=(content[:7], content[7:]))


def record(number: int) -> bytes:
    """A WARC response record as one gzip member."""
    body = b'{"id":%d}' % number
    block = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    head = (
        "WARC/1.1\r\nWARC-Type: response\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012d}>\r\n"
        "WARC-Date: 2026-03-02T17:12:05Z\r\n"
        f"WARC-Target-URI: https://social.example/api/v1/statuses/{number}\r\n"
        f"WARC-Block-Digest: {_sha256(block)}\r\nWARC-Payload-Digest: {_sha256(body)}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)


def _sha256(data: bytes) -> str:
    return "sha256:" + base64.b32encode(hashlib.sha256(data).digest()).decode()


def scratch() -> BinaryIO:
    """A scratch file that stays in memory while it is small."""
    return tempfile.SpooledTemporaryFile(max_size=1 << 20)  # type: ignore[return-value]


def bundle(
    items: Iterable[DisclosedItem],
    *,
    the_case: BundleCase | None = None,
    records: Iterable[Iterable[bytes]] = (),
    media: Iterable[MediaFile] = (),
) -> tuple[bytes, BundleSummary]:
    """The bytes and the summary of a bundle of these items."""
    every = list(items)
    sink = io.BytesIO()
    summary = write_bundle(
        sink, the_case or case(len(every)), items=every, records=records, media=media, scratch=scratch
    )
    return sink.getvalue(), summary


def rich_items() -> tuple[list[DisclosedItem], list[MediaFile]]:
    """A conversation that shows everything a page can show, and the files it carries."""
    image, note = picture(), b"<svg onload=alert(1)>"
    edited = version(
        2,
        edited=START + timedelta(hours=1),
        text="Corrected: the board meets on WEDNESDAY at 6 p.m.\n\nBring questions.",
    )
    later = START + timedelta(days=3)
    post = item(
        1,
        versions=(version(), edited),
        media=(
            medium(image, alt="The district's logo on a green ground"),
            medium(note, "image/svg+xml"),
            DisclosedMedia(
                id="m3", url="https://files.example/clip.mp4", missing="not there (HTTP 404) on Mar 3, 2026"
            ),
        ),
    )
    comment = item(
        2,
        kind=Kind.COMMENT,
        author=Author(handle="parent1@other.example", name="Jordan Parent"),
        parent=post.remote_id,
        thread=post.remote_id,
        versions=(version(text="Will there be child care? مرحبا"),),
        observations=(
            *item(2).observations,
            DisclosedObservation(seen=Seen.ABSENT, method=Method.DIRECT, first=later, last=later, detail="HTTP 404"),
        ),
    )
    reply = item(3, kind=Kind.COMMENT, parent=comment.remote_id, thread=post.remote_id, media=(medium(image),))
    message = item(
        4,
        kind=Kind.MESSAGE,
        author=Author(handle="parent1@other.example", name="Jordan Parent"),
        versions=(version(visibility=Visibility.DIRECT, details=(("To", "@svsd"),), text="A question in private."),),
        observations=(),
        flags=("nul-replaced",),
    )
    article = item(
        5,
        account_id="blog",
        platform="wordpress",
        handle="Sample Valley News",
        unit="Communications",
        kind=Kind.PAGE,
        versions=(version(title="Levy: questions and answers", text="What is a levy?\nA local tax voters approve."),),
    )
    return [post, comment, reply, message, article], [media_file(image), media_file(note, "image/svg+xml")]
