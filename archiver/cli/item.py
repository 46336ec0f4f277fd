"""`archiver item show`: everything known of one item, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import click

from archiver.acts.due import decision_on, load_schedule
from archiver.cli.differences import marked
from archiver.cli.search import summary_json
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import exactly, line, safe, when
from archiver.model import Decision, iso
from archiver.model.disclosure import DisclosedItem, DisclosedVersion
from archiver.storage import provenance
from archiver.storage.accounts import account_called
from archiver.storage.item_rows import disclosed_items, item_facts, key_of
from archiver.storage.provenance import Counter, Shown
from exports.words import observed


@click.group()
def item() -> None:
    """One item."""


@item.command()
@click.argument("item_id", metavar="ITEM")
@pass_session
def show(session: Session, *, item_id: str) -> None:
    """Show an item: versions with their differences, observations, files, provenance, holds, retention.

    ITEM is its id, or ACCOUNT/REMOTE-ID. Between versions, what was taken out is marked [-so-], what was put in {+so+}.
    """
    with session.archive.database.snapshot() as db:
        key = key_of(db, item_id)
        found = next(iter(disclosed_items(db, (key,))))
        captures, counters = provenance.shown(db, key), provenance.counters(db, key)
        schedule = load_schedule(session.config.retention)
        account = account_called(db, found.account_id)
        decision = decision_on(db, schedule, item_facts(db, key), account, session.now())
    answer = {
        "item": summary_json(found) | _more_json(found),
        "versions": [_version_json(version) for version in found.versions],
        "observations": [
            {
                "seen": str(look.seen),
                "method": str(look.method),
                "first": iso(look.first),
                "last": iso(look.last),
                "detail": look.detail,
            }
            for look in found.observations
        ],
        "media": [_media_json(medium) for medium in found.media],
        "counters": [{"name": one.name, "value": one.value, "at": iso(one.at)} for one in counters],
        "provenance": [_shown_json(one) for one in captures],
        "held_by": list(decision.held_by),
        "retention": decision_json(decision),
    }
    session.show(answer, _lines(session, found, captures, counters, decision))


def decision_json(decision: Decision) -> dict[str, Any]:
    """A decision as JSON values."""
    return {
        "dan": decision.dan,
        "rule": decision.rule_id,
        "reason": decision.reason,
        "trigger": str(decision.trigger) if decision.trigger else None,
        "trigger_date": decision.trigger_date.isoformat() if decision.trigger_date else None,
        "due_date": decision.due_date.isoformat() if decision.due_date else None,
        "due": decision.due,
        "disposition": decision.disposition,
        "archival": decision.archival,
        "meanwhile": decision.meanwhile,
        "held_by": list(decision.held_by),
    }


def _more_json(found: DisclosedItem) -> dict[str, Any]:
    return {
        "platform": found.platform,
        "handle": found.handle,
        "unit": found.unit,
        "created_raw": found.created_raw,
        "language": found.language,
        "parent": found.parent,
        "thread": found.thread,
        "flags": list(found.flags),
    }


def _version_json(version: DisclosedVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "first_seen": iso(version.first_seen),
        "edited": iso(version.edited) if version.edited else None,
        "title": version.title,
        "text": version.text,
        "visibility": str(version.visibility),
        "details": dict(version.details),
        "historic": version.historic,
        "capture": version.capture_id,
        "source": version.source,
        "sha256": version.digest,
    }


def _media_json(medium: Any) -> dict[str, Any]:
    names = ("id", "url", "type", "alt", "sha256", "size", "missing")
    return {name: getattr(medium, name) for name in names} | {"held": medium.sha256 is not None}


def _shown_json(one: Shown) -> dict[str, Any]:
    return {
        "capture": one.capture_id,
        "run": one.run_id,
        "stream": one.stream,
        "version": one.version,
        "source": one.source,
        "seen": one.seen,
        "status": one.status,
        "started": iso(one.started),
        "ended": iso(one.ended),
        "last_seen": iso(one.last_seen),
        "times": one.times,
        "file": one.file,
        "records": [
            {
                "type": row.record.type,
                "id": row.record.record_id,
                "offset": row.record.offset,
                "length": row.record.length,
                "sha256": row.record.sha256,
            }
            for row in one.records
        ],
    }


def _lines(
    session: Session,
    found: DisclosedItem,
    captures: Sequence[Shown],
    counters: Sequence[Counter],
    decision: Decision,
) -> Iterator[str]:
    zone = session.zone
    author = found.author.handle or found.author.name or found.author.id
    yield line(f"{found.kind} {found.remote_id} of {found.account_id}, by {author or 'no author given'}")
    said = (
        ("Item", found.id),
        ("Created", when(found.created, zone, otherwise=found.created_raw or "no readable date")),
        ("Address", found.link),
        ("Answers to", found.parent or ""),
        ("Conversation", found.thread or ""),
        ("Kept as context", "somebody else's item, beside one of the account" if found.context else ""),
        ("Repaired on reading", ", ".join(found.flags)),
        ("Counters", ", ".join(f"{name} {value}" for name, value in _latest(counters).items())),
    )
    yield from (f"  {name}: {line(value)}" for name, value in said if value)
    yield from _version_lines(session, found)
    yield "What looks at it showed:"
    for look in found.observations:
        span = exactly(look.first, zone) + (f" to {exactly(look.last, zone)}" if look.last != look.first else "")
        yield f"  {span}: {observed(look)}" + (f" ({line(look.detail)})" if look.detail else "")
    yield from _media_lines(found)
    yield from _shown_lines(captures, zone)
    yield "Holds: " + (", ".join(decision.held_by) or "none")
    yield f"Retention: {decision.dan or 'unclassified'}, {_due_words(decision)}"
    yield f"  {line(decision.reason)}"


def _version_lines(session: Session, found: DisclosedItem) -> Iterator[str]:
    ordered = sorted(found.versions, key=lambda version: (_dated(found, version), version.number))
    before = ""
    for index, version in enumerate(ordered):
        told = " (told by the platform's edit history)" if version.historic else ""
        edited = f", edited {exactly(version.edited, session.zone)}" if version.edited else ""
        seen = exactly(version.first_seen, session.zone)
        yield f"Version {version.number}{told}: first seen {seen}{edited}, {version.visibility}"
        text = _whole(version)
        yield from (f"  | {shown}" for shown in safe(marked(before, text) if index else text).split("\n"))
        before = text


def _dated(found: DisclosedItem, version: DisclosedVersion) -> datetime:
    return version.edited or found.created or version.first_seen


def _whole(version: DisclosedVersion) -> str:
    details = (f"{name}: {value}" for name, value in version.details)
    return "\n".join(part for part in (version.title, version.text, *details) if part) or "(no text)"


def _media_lines(found: DisclosedItem) -> Iterator[str]:
    for medium in found.media:
        held = f"held, {medium.size:,} bytes, SHA-256 {medium.sha256}" if medium.size is not None else ""
        state = held or f"missing: {line(medium.missing)}"
        yield f"File {line(medium.id)} ({line(medium.type) or 'type not given'}): {state}"
        yield f"  {line(medium.url)}"
        yield f"  Described as: {line(medium.alt)}" if medium.alt else "  No description was given by the author."


def _shown_lines(captures: Sequence[Shown], zone: Any) -> Iterator[str]:
    yield "Provenance:"
    for one in captures:
        what = f"version {one.version}" if one.version else f"looked for it: {one.seen}"
        again = f", the same {one.times} times until {exactly(one.last_seen, zone)}" if one.times > 1 else ""
        yield f"  {exactly(one.ended, zone)}  {what} (status {one.status}{again}), capture {one.capture_id}"
        response = one.records[0].record
        yield f"    {one.file}, offset {response.offset}, {response.length} bytes"
        yield f"    SHA-256 {response.sha256}"


def _latest(counters: Sequence[Counter]) -> dict[str, int]:
    return {one.name: one.value for one in counters}


def _due_words(decision: Decision) -> str:
    if decision.due_date is None:
        return "no period is running"
    return f"period over on {decision.due_date}" + ("; due" if decision.due else "")
