"""`archiver search`: find items, newest first, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from archiver.cli.selecting import selecting, selector
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line, when
from archiver.model import iso
from archiver.model.coverage import Seen
from archiver.model.disclosure import DisclosedItem
from archiver.model.text import some
from archiver.storage.item_rows import disclosed_items
from archiver.storage.search import COUNT_CAP, LAST_KEY, count, find

_MOST = 1000
_TEXT_COLUMNS = 110


@click.command()
@click.argument("words", nargs=-1)
@selecting
@click.option("--limit", type=click.IntRange(1, _MOST), default=20, show_default=True, help="Items a page.")
@click.option(
    "--before",
    type=click.IntRange(0, LAST_KEY),
    default=LAST_KEY,
    metavar="KEY",
    help="Go on below this key, as a page before said.",
)
@click.option("--count", "only_count", is_flag=True, help="Only say how many there are.")
@pass_session
def search(
    session: Session, /, *, words: tuple[str, ...], limit: int, before: int, only_count: bool, **chosen: Any
) -> None:
    """Find items by words in their text, author or file descriptions, and by the other options; newest first.

    \b
    archiver search boundary study --account social --since 2026-01-01
    archiver search '"school closing"'     a phrase (two kinds of quotes, because of the shell)
    archiver search 'snow*'                what begins so
    """
    wanted = selector(" ".join(words), **chosen)
    total = count(session.db, wanted)
    answer: dict[str, Any] = {"count": min(total, COUNT_CAP), "more_than_count": total > COUNT_CAP}
    if only_count:
        session.show(answer, [count_words(total)])
        return
    page = find(session.db, wanted, limit=limit, before=before)
    items = list(disclosed_items(session.db, page.keys))
    answer |= {"items": [summary_json(item) for item in items], "next_before": page.next_before}
    session.show(answer, _lines(session, items, total, page.next_before))


def count_words(total: int) -> str:
    """How many items, counted as far as is quick."""
    return f"{COUNT_CAP:,}+ items" if total > COUNT_CAP else f"{total:,} item{'' if total == 1 else 's'}"


def summary_json(item: DisclosedItem) -> dict[str, Any]:
    """What a list says of an item."""
    return {
        "item": item.id,
        "account": item.account_id,
        "remote_id": item.remote_id,
        "kind": str(item.kind),
        "author": {"id": item.author.id, "handle": item.author.handle, "name": item.author.name},
        "created": iso(item.created) if item.created else None,
        "title": item.current.title,
        "text": item.current.text,
        "link": item.link,
        "versions": len(item.versions),
        "media": len(item.media),
        "seen": str(item.observations[-1].seen),
        "seen_at": iso(item.observations[-1].last),
        "context": item.context,
    }


def _lines(session: Session, items: list[DisclosedItem], total: int, next_before: int | None) -> Iterator[str]:
    yield count_words(total)
    for item in items:
        yield f"{_date(session, item)}  {item.account_id}  {item.kind}  {_author(item)}{_marks(item)}"
        said = " · ".join(part for part in (item.current.title, item.current.text) if part)
        yield f"    {line(said, _TEXT_COLUMNS) or '(no text)'}"
        yield f"    archiver item show {item.id}"
    if next_before is not None:
        yield f"More: the same with --before {next_before}"


def _date(session: Session, item: DisclosedItem) -> str:
    return when(item.created, session.zone, otherwise=line(item.created_raw) or "no readable date")


def _author(item: DisclosedItem) -> str:
    return line(item.author.handle or item.author.name or item.author.id) or "no author given"


def _marks(item: DisclosedItem) -> str:
    latest = item.observations[-1].seen
    marks = (
        some(len(item.versions), "version") if len(item.versions) > 1 else "",
        some(len(item.media), "file") if item.media else "",
        "" if latest is Seen.PRESENT else f"last look: {latest}",
        "kept as context" if item.context else "",
    )
    said = "; ".join(mark for mark in marks if mark)
    return f"  [{said}]" if said else ""
