"""What replies said that people should know: notices, unknown fields, the platform's own counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archiver.model import Notice, Page, iso, parse_iso
from archiver.storage.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A notice that stands for an account, and when it was last given."""

    account_id: str
    notice: Notice
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A field or kind of item that the connector does not know: how often it was met, first and last."""

    account_id: str
    name: str
    times: int
    first: datetime
    last: datetime


def apply_page(db: Connection, account: int, page: Page, at: datetime) -> None:
    """Write what a kept page said."""
    for notice in page.notices:
        _apply_notice(db, account, notice, at)
    for name, times in page.drift.items():
        db.execute(
            "INSERT INTO drift (account, name, times, first, last) VALUES (:account, :name, :times, :at, :at)"
            " ON CONFLICT (account, name) DO UPDATE SET times = times + excluded.times, last = excluded.last",
            {"account": account, "name": name, "times": times, "at": iso(at)},
        )
    for stream, value in page.totals.items():
        if last_total(db, account, stream) != value:
            db.execute(
                "INSERT INTO totals (account, stream, at, value) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (account, stream, at) DO UPDATE SET value = excluded.value",
                (account, stream, iso(at), value),
            )


def last_total(db: Connection, account: int, stream: str) -> int | None:
    """The platform's own count of a stream, as it last said it."""
    row = db.execute(
        "SELECT value FROM totals WHERE account = ? AND stream = ? ORDER BY at DESC LIMIT 1", (account, stream)
    ).fetchone()
    return int(row["value"]) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The platform's count of a stream grew from `before`, told at `since`, to `value`."""

    before: int
    value: int
    since: datetime


def last_growth(db: Connection, account: int, stream: str) -> Growth | None:
    """How the platform's count of a stream grew when it last changed; None where it did not grow."""
    rows = db.execute(
        "SELECT at, value FROM totals WHERE account = ? AND stream = ? ORDER BY at DESC LIMIT 2", (account, stream)
    ).fetchall()
    if len(rows) < 2 or rows[0]["value"] <= rows[1]["value"]:
        return None
    return Growth(before=rows[1]["value"], value=rows[0]["value"], since=parse_iso(rows[1]["at"]))


def is_news(db: Connection, account: int, page: Page) -> bool:
    """Whether a page gives a notice, or a count, that does not stand already."""
    standing = {
        row["topic"]: (row["words"], row["until"])
        for row in db.execute("SELECT * FROM notices WHERE account = ?", (account,))
    }
    said = {notice.topic: (notice.words, _text(notice.until)) for notice in page.notices}
    counts = any(last_total(db, account, stream) != value for stream, value in page.totals.items())
    return counts or any(standing.get(topic, ("", None)) != words for topic, words in said.items())


def standing_notices(db: Connection) -> tuple[Noticed, ...]:
    """Every notice that stands, the most urgent first."""
    rows = db.execute(
        "SELECT a.id, n.* FROM notices n JOIN accounts a ON a.number = n.account"
        " ORDER BY n.until IS NULL, n.until, a.id, n.topic"
    )
    return tuple(
        Noticed(
            account_id=row["id"],
            notice=Notice(
                topic=row["topic"], words=row["words"], until=parse_iso(row["until"]) if row["until"] else None
            ),
            at=parse_iso(row["at"]),
        )
        for row in rows
    )


def drift_met(db: Connection) -> tuple[Drift, ...]:
    """What the connectors did not know, by account and name."""
    rows = db.execute("SELECT a.id, d.* FROM drift d JOIN accounts a ON a.number = d.account ORDER BY a.id, d.name")
    return tuple(
        Drift(
            account_id=row["id"],
            name=row["name"],
            times=row["times"],
            first=parse_iso(row["first"]),
            last=parse_iso(row["last"]),
        )
        for row in rows
    )


def _apply_notice(db: Connection, account: int, notice: Notice, at: datetime) -> None:
    db.execute("DELETE FROM notices WHERE account = ? AND topic = ?", (account, notice.topic))
    if notice.words:
        db.execute(
            "INSERT INTO notices (account, topic, words, until, at) VALUES (?, ?, ?, ?, ?)",
            (account, notice.topic, notice.words, _text(notice.until), iso(at)),
        )


def _text(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None
