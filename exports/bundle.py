"""The disclosure bundle: one pass over the items feeds pages, spreadsheet and JSON; records and files are copied.

Memory stays flat at any size: what cannot be written at once waits in the caller's scratch files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import chain, islice
from typing import Any

from archiver.errors import UsageError, VerificationError
from archiver.model import BundleCase, Coverage, DisclosedItem, Gap
from exports import texts
from exports.bag import TAG_MANIFEST, Bag
from exports.conversations import Conversations, page_name
from exports.frames import around, render
from exports.item_html import item_html
from exports.media_files import MediaFile, PromisedMedia, check_content
from exports.proof import NOTE, PROGRAM, Proof
from exports.records import FILE_NAME, CopiedRecords
from exports.rows import COLUMNS, CSV_START, csv_line, csv_row, json_line, json_row
from exports.summary import BundleSummary, Counts, PageSummary, Tally
from exports.words import stamp
from exports.zip_stream import Scratch, Writable, Written, is_safe_name

PAGE_SIZE = 200
_AFTER_MEDIA = 3  # coverage.html, bundle.json, index.html
_MEANS = "The bundle was not finished and must not be handed over."


def write_bundle(
    sink: Writable,
    case: BundleCase,
    *,
    items: Iterable[DisclosedItem],
    records: Iterable[Iterable[bytes]],
    media: Iterable[MediaFile],
    scratch: Scratch,
    proof: Proof | None = None,
) -> BundleSummary:
    """Write the whole bundle to `sink`, the same bytes for the same input.

    `items` come conversation by conversation, a parent before its replies; `records` are gzip members of WARC
    records, each in pieces; `media` come once for each name the items refer to; each is gone through once, in this
    order, then `proof`. Raises UsageError for a request id that cannot name a directory, VerificationError where what
    came is not what was declared: what is in the sink then is no bundle.
    """
    _check_case(case)
    bag = Bag(sink, directory=f"request-{case.request.id}", made=case.made_at.astimezone(case.zone), scratch=scratch)
    try:
        return _Bundle(bag, case, proof).write(items, records, media)
    finally:
        bag.close()


class _Bundle:
    """One bundle while it is written."""

    def __init__(self, bag: Bag, case: BundleCase, proof: Proof | None) -> None:
        self._bag = bag
        self._case = case
        self._proof = proof
        self._tally = Tally()
        self._promised = PromisedMedia()
        self._conversations = Conversations()
        self._csv = bag.stage(deflate=True)
        self._json = bag.stage(deflate=True)
        self._media_bytes = 0

    def write(
        self, items: Iterable[DisclosedItem], records: Iterable[Iterable[bytes]], media: Iterable[MediaFile]
    ) -> BundleSummary:
        self._write_items(iter(items))
        listed = [
            (self._bag.commit("items.csv", self._csv), "One line for each item, for a spreadsheet program"),
            (self._bag.commit("items.jsonl", self._json), "The same with all versions and observations, as JSON Lines"),
        ]
        copied = CopiedRecords(self._case, records)
        warc = self._bag.payload(f"records/{FILE_NAME}", copied, deflate=False)
        listed.append((warc, f"The platforms' answers as received: {copied.count:,} WARC records"))
        self._write_media(media)
        if self._proof:
            listed += [self._write_proof(self._proof)]
        counts = self._counts(copied.count)
        self._write_frames(counts, listed)
        return self._close(counts)

    def _write_items(self, items: Iterator[DisclosedItem]) -> None:
        self._csv.write(CSV_START + csv_line(COLUMNS))
        pages = -(-self._case.items // PAGE_SIZE)
        for page in range(1, pages + 1):
            self._write_page(page, pages, items)
        if next(items, None) is not None:
            raise _count_error(self._case.items, "more")

    def _write_page(self, page: int, pages: int, items: Iterator[DisclosedItem]) -> None:
        first = (page - 1) * PAGE_SIZE + 1
        last = min(page * PAGE_SIZE, self._case.items)
        times: list[datetime] = []
        before, after = around("page.html", case=self._case, page=page, pages=pages, first=first, last=last)
        blocks = self._blocks(page, islice(items, last - first + 1), times)
        self._bag.payload(f"pages/{page_name(page)}", chain((before,), blocks, (after,)), deflate=True)
        if self._tally.items != last:
            raise _count_error(self._case.items, f"only {self._tally.items:,}")
        span = (min(times), max(times)) if times else (None, None)
        self._tally.pages.append(PageSummary(number=page, first=first, last=last, earliest=span[0], latest=span[1]))

    def _blocks(self, page: int, items: Iterable[DisclosedItem], times: list[datetime]) -> Iterator[bytes]:
        for item in items:
            if not item.versions:
                raise VerificationError(f"Item {item.id} has no version.", means=_MEANS, do="Run 'archiver rebuild'.")
            self._tally.count(item)
            self._promised.promise(item)
            if item.created:
                times.append(item.created)
            number = self._tally.items
            self._csv.write(csv_row(number, item, self._case.zone))
            self._json.write(json_row(number, item))
            html = item_html(item, self._conversations.place(item, number, page), self._case.zone)
            yield html.encode("utf-8", "replace")

    def _write_media(self, media: Iterable[MediaFile]) -> None:
        for file in self._promised.expect(media):
            written = self._bag.payload(file.name, file.chunks, deflate=False)
            check_content(file, written)
            self._media_bytes += written.size
        self._promised.finish()

    def _write_proof(self, proof: Proof) -> tuple[Written, str]:
        written = [self._bag.payload(name, chunks, deflate=True) for name, chunks in proof.files()]
        return written[0], "The signed checkpoint of the ledger; beside it what proves that the ledger holds all this"

    def _counts(self, records: int) -> Counts:
        return Counts(
            items=self._tally.items,
            versions=self._tally.versions,
            media=self._promised.count,
            records=records,
            files=self._bag.files + _AFTER_MEDIA,
        )

    def _write_frames(self, counts: Counts, listed: list[tuple[Written, str]]) -> None:
        case, bag = self._case, self._bag
        names = {account.id: f"{account.handle} on {account.platform}" for account in case.accounts}
        covered = {span.account_id for span in case.coverage}
        coverage = render(
            "coverage.html",
            case=case,
            names=names,
            uncovered=[account for account in case.accounts if account.id not in covered],
        )
        listed.append((bag.payload("coverage.html", coverage, deflate=True), "What was covered, what was not, and why"))
        figures = (json_line(_figures(case, counts)),)
        listed.append((bag.payload("bundle.json", figures, deflate=True), "This bundle in figures, for programs"))
        index = render(
            "index.html",
            case=case,
            counts=counts,
            pages=self._tally.pages,
            names=names,
            per_account=self._tally.per_account(case),
            files=[{"name": _below_data(file.name), "what": what, "size": file.size} for file, what in listed],
            media_bytes=self._media_bytes,
        )
        bag.payload("index.html", index, deflate=True)

    def _close(self, counts: Counts) -> BundleSummary:
        if self._bag.files != counts.files:
            raise VerificationError(
                f"The bundle says that it holds {counts.files} files, but {self._bag.files} were written.",
                means=_MEANS,
                do="Report this as a fault of the program.",
            )
        manifest = self._bag.close_payload()
        self._bag.tag("bag-info.txt", texts.info(self._case, counts, self._bag.bytes))
        stamps = tuple(sorted(self._proof.stamps)) if self._proof else None
        self._bag.tag("README.txt", texts.readme(self._case, counts, stamps=stamps))
        if self._proof:
            self._bag.tag(PROGRAM, self._proof.program)
        tags = self._bag.close_tags()
        if self._proof:
            self._bag.unlisted(NOTE, self._proof.note(self._case.request.id, TAG_MANIFEST, tags))
        self._bag.unlisted(texts.END_NAME, texts.end(self._case, counts, self._bag.so_far()))
        sha256, length = self._bag.finish()
        return BundleSummary(**asdict(counts), sha256=sha256, bytes=length, manifest_sha256=manifest)


def _check_case(case: BundleCase) -> None:
    if not is_safe_name(case.request.id) or "/" in case.request.id:
        raise UsageError(
            f"{case.request.id!r} cannot be the name of a bundle.",
            means="No bundle was made.",
            do="Use letters, digits, dots, underscores and hyphens for the id of a request.",
        )


def _count_error(declared: int, came: str) -> VerificationError:
    return VerificationError(
        f"The bundle was declared to hold {declared:,} items, but {came} came.",
        means=_MEANS,
        do="Make it again; if this comes again, run 'archiver verify'.",
    )


def _below_data(name: str) -> str:
    return name.partition("/data/")[2]


def _figures(case: BundleCase, counts: Counts) -> dict[str, Any]:
    request = case.request
    return {
        "format": "archiver-bundle/1",
        "agency": case.agency,
        "software": case.software,
        "made_at": stamp(case.made_at),
        "as_of": stamp(case.as_of),
        "request": {
            "id": request.id,
            "received": stamp(request.received),
            "text": request.text,
            "scope": request.selector.to_json(),
        },
        "counts": asdict(counts),
        "accounts": [asdict(account) for account in case.accounts],
        "coverage": [_span(span) for span in case.coverage],
        "gaps": [_span(gap) for gap in case.gaps],
    }


def _span(span: Coverage | Gap) -> dict[str, Any]:
    return {name: stamp(value) if isinstance(value, datetime) else value for name, value in asdict(span).items()}
