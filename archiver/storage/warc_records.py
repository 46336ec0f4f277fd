"""Builds the WARC records of what the archive keeps: an exchange, the note of a run or gap, the start of a file."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders

from archiver import __version__
from archiver.errors import Refused
from archiver.model import Exchange, Fetch
from archiver.storage.warc import VERSION

Header = tuple[str, str]
NOTE_URI = "urn:archiver:run:"
CAPTURE_URI = "urn:archiver:capture:"
JSON_TYPE = "application/json"
_CONFORMS = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_URI_SAFE = "!#$%&'()*+,/:;=?@[]~"


def warcinfo_record(name: str, registration: Mapping[str, Any], moment: datetime) -> ArcWarcRecord:
    """The first record of a file: by what and as what it was written, and the account as it was registered then."""
    said = {
        "software": f"Archiver/{__version__}",
        "format": "WARC File Format 1.1",
        "conformsTo": _CONFORMS,
        "account": _json(registration),
    }
    block = "".join(f"{field}: {value}\r\n" for field, value in said.items()).encode()
    record_id = _record_id("warcinfo", name, warc_date(moment), block.decode())
    headers = (("WARC-Record-ID", record_id), ("WARC-Date", warc_date(moment)), ("WARC-Filename", name))
    return _record("warcinfo", headers, "application/warc-fields", BytesIO(block), len(block))


def exchange_records(exchange: Exchange) -> tuple[ArcWarcRecord, ArcWarcRecord, ArcWarcRecord]:
    """The response, the request and, last, the metadata record that marks the exchange as whole."""
    response_id = capture_record_id(exchange.capture_id, "response")
    date = ("WARC-Date", warc_date(exchange.started))
    shared = [date, ("WARC-Target-URI", target_uri(exchange.fetch))]
    if exchange.ip:
        shared.append(("WARC-IP-Address", exchange.ip))
    beside = ("WARC-Concurrent-To", response_id)
    return (
        _response(exchange, [("WARC-Record-ID", response_id), *shared]),
        _request(exchange, [*shared, beside]),
        _metadata(exchange, [date, beside]),
    )


def note_record(about: str, said: Mapping[str, Any], moment: datetime) -> ArcWarcRecord:
    """The metadata record of a run or gap: what the run covered and found unchanged, or the gap (JSON)."""
    block = _json(said).encode()
    headers = (
        ("WARC-Record-ID", _record_id("run", about, warc_date(moment), block.decode())),
        ("WARC-Date", warc_date(moment)),
        ("WARC-Target-URI", NOTE_URI + about),
    )
    return _record("metadata", headers, JSON_TYPE, BytesIO(block), len(block))


def target_uri(fetch: Fetch) -> str:
    """The address asked for, with its parameters. Refused where it has a user name or password, or line breaks."""
    if _CONTROL.search(fetch.url):  # asked before urlsplit, which silently takes line breaks out
        raise _refused(fetch, "it holds a line break or another control character")
    parts = urlsplit(fetch.url)
    if "@" in parts.netloc:
        raise _refused(fetch, "it holds a user name or password, and credentials are never kept")
    query = "&".join(part for part in (parts.query, urlencode(fetch.params)) if part)
    return quote(urlunsplit((parts.scheme, parts.netloc, parts.path, query, "")), safe=_URI_SAFE)


def warc_date(moment: datetime) -> str:
    """A time as WARC/1.1 writes it, to the microsecond."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def capture_record_id(capture_id: str, kind: str) -> str:
    """The id of a record of an exchange, which follows from the capture's: `urn:uuid:...` in angle brackets."""
    return _record_id("capture", capture_id, kind)


def _refused(fetch: Fetch, why: str) -> Refused:
    return Refused(
        f"The address of a {fetch.stream} fetch cannot be kept: {why}.",
        means="Nothing was kept of this exchange; others are not affected.",
        do="Look at the address the account is registered with, or what its platform links to.",
    )


def _response(exchange: Exchange, headers: list[Header]) -> ArcWarcRecord:
    if exchange.truncated:
        headers.append(("WARC-Truncated", str(exchange.truncated)))
    http = "application/http;msgtype=response"
    return _record("response", headers, http, exchange.response, exchange.response_length)


def _request(exchange: Exchange, headers: list[Header]) -> ArcWarcRecord:
    block = exchange.request_head
    headers.append(("WARC-Record-ID", capture_record_id(exchange.capture_id, "request")))
    return _record("request", headers, "application/http;msgtype=request", BytesIO(block), len(block))


def _metadata(exchange: Exchange, headers: list[Header]) -> ArcWarcRecord:
    # Its own URI: under the platform's, replay tools would take our JSON for the page.
    block = _json(exchange.to_json()).encode()
    headers.append(("WARC-Record-ID", capture_record_id(exchange.capture_id, "metadata")))
    headers.append(("WARC-Target-URI", CAPTURE_URI + exchange.capture_id))
    return _record("metadata", headers, JSON_TYPE, BytesIO(block), len(block))


def _record(kind: str, headers: Iterable[Header], content_type: str, stream: BinaryIO, length: int) -> ArcWarcRecord:
    head = StatusAndHeaders("", [("WARC-Type", kind), *headers], protocol=VERSION)
    return ArcWarcRecord("warc", kind, head, stream, None, content_type, length)


def _record_id(*parts: str) -> str:
    # Made from what the record is about: the same record is the same bytes, wherever and whenever it is written.
    return f"<{uuid.uuid5(uuid.NAMESPACE_URL, 'urn:archiver:' + ':'.join(parts)).urn}>"


def _json(value: Mapping[str, Any]) -> str:
    # Escaped to ASCII: a platform's lone surrogates survive, and no value can break a line.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
