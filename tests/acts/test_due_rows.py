"""The SQL form of a retention scan holds exactly the items the scan selects, by a range of an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.model import Account, ItemFacts, Kind, Level, Scan, Seen, Trigger, iso
from archiver.model.times import epoch_second
from archiver.storage import accounts, due_rows
from archiver.storage.database import Database
from archiver.storage.new_items import TIME_SHIFT
from retention.triggers import ALSO

BOUND = datetime(2026, 3, 10, 8, tzinfo=UTC)
IDS = ("a", "b", "c")
NEAR = st.integers(-3, 3).map(lambda step: BOUND + timedelta(microseconds=step))
SECONDS = st.integers(-3, 3).map(lambda step: BOUND + timedelta(seconds=step))
EARLY = st.just(datetime(1960, 1, 1, tzinfo=UTC))
MOMENTS = NEAR | SECONDS | EARLY | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
KINDS = st.sampled_from([Kind.POST, Kind.COMMENT, Kind.MESSAGE])

items = st.lists(
    st.builds(
        ItemFacts,
        id=st.just(""),
        account_id=st.sampled_from(IDS),
        kind=KINDS,
        remote_id=st.just(""),
        first_seen=st.just(BOUND),
        created=MOMENTS | st.none(),
        edited=MOMENTS | st.none(),
        absent_since=MOMENTS | st.none(),
        absent_checks=st.integers(0, 3),
        context=st.booleans(),
        seen=st.just(Seen.PRESENT),
    ),
    max_size=12,
)


@st.composite
def scans(draw: st.DrawFn) -> Scan:
    """Any scan a rule could make."""
    column = draw(st.sampled_from(Trigger))
    return Scan(
        rule_id="r",
        dan="d",
        account_ids=tuple(draw(st.sets(st.sampled_from(IDS)))),
        kinds=tuple(draw(st.sets(KINDS))),
        column=column,
        bound=BOUND,
        also=ALSO[column],
        absent_checks=draw(st.integers(0, 3)),
        context=draw(st.none() | st.booleans()),
        after=draw(st.none() | st.sampled_from((BOUND - timedelta(seconds=2), BOUND - timedelta(days=900)))),
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A catalogue with three accounts."""
    path: Path = tmp_path_factory.mktemp("due") / "catalogue.sqlite"
    made = Database.create(path)
    with made.transaction() as db:
        for name in IDS:
            account = Account(id=name, platform="feed", handle=name, url="https://x.example", level=Level.OTHER)
            accounts.add_account(db, account)
    yield made
    made.close()


def put(db: Any, number: int, facts: ItemFacts) -> int:
    """Store an item as the catalogue keeps it: its key begins with its time."""
    key = (epoch_second(facts.created or facts.first_seen) << TIME_SHIFT) | number
    moments = {name: getattr(facts, name) for name in ("created", "edited", "absent_since")}
    db.execute(
        "INSERT INTO items (id, account, remote_id, kind, author_id, author_handle, author_name, created, created_raw,"
        " link, context, first_seen, version, digest, visibility, edited, seen, seen_at, absent_since, absent_checks)"
        " VALUES (:key, :account, :key, :kind, '', '', '', :created, '', '', :context, '', 1, x'', '', :edited, '', '',"
        " :absent_since, :checks)",
        {
            "key": key,
            "account": IDS.index(facts.account_id) + 1,
            "kind": str(facts.kind),
            "context": int(facts.context),
            "checks": facts.absent_checks,
            **{name: iso(moment) if moment else None for name, moment in moments.items()},
        },
    )
    return key


@settings(max_examples=300)
@given(kept=items, scan=scans())
def test_sql_and_scan_select_the_same_items(database: Database, kept: list[ItemFacts], scan: Scan) -> None:
    """Around the bound to the microsecond, without dates, before 1970, whatever the accounts and kinds."""
    db = database.connection()
    db.execute("BEGIN")
    try:
        keys = {put(db, number, facts): facts for number, facts in enumerate(kept)}
        found = list(due_rows.over(db, scan))
        counted = due_rows.tally(db, scan, accounts.account_numbers(db))
    finally:
        db.execute("ROLLBACK")

    selected = {key: facts for key, facts in keys.items() if scan.selects(facts)}
    assert sorted(found) == sorted(selected)
    assert +counted == Counter(facts.account_id for facts in selected.values())


def test_a_scan_over_what_persons_assigned_is_empty(database: Database) -> None:
    """Nobody can assign an item in this version."""
    scan = Scan(
        rule_id="p", dan="d", account_ids=IDS, kinds=tuple(Kind), column=Trigger.CREATED, bound=BOUND, assigned=True
    )

    assert list(due_rows.over(database.connection(), scan)) == []
    assert due_rows.tally(database.connection(), scan, dict.fromkeys(IDS, 1)) == {}


ABSENCES = "items_by_absence (account=? AND kind=? AND absent_since>? AND absent_since<?)"
CREATED = "items_by_account (account=? AND kind=? AND created>? AND created<?)"
EDITED = "items_by_edit (account=? AND kind=? AND edited>?)"
NEW_ABSENCES = "items_by_time_of_absence (absent_since>? AND absent_since<?)"


@pytest.mark.parametrize(
    ("column", "after", "ranges", "counted"),
    [
        (Trigger.ABSENT, None, [ABSENCES], [ABSENCES]),
        (Trigger.CREATED, None, [CREATED], [CREATED]),
        (Trigger.ABSENT, BOUND - timedelta(days=30), [ABSENCES], [NEW_ABSENCES]),
        (Trigger.CREATED, BOUND - timedelta(days=30), [CREATED, EDITED], [CREATED, EDITED]),
    ],
)
def test_a_scan_is_ranges_of_indexes(
    database: Database, column: Trigger, after: datetime | None, ranges: list[str], counted: list[str]
) -> None:
    """The work grows with what is due, or becomes due, and not with what is kept; no item's row is read."""
    also = ALSO[column]
    scan = Scan(
        rule_id="r", dan="d", account_ids=IDS, kinds=(Kind.POST,), column=column, bound=BOUND, also=also, after=after
    )
    asked: list[str] = []
    db = database.connection()
    db.set_trace_callback(asked.append)
    try:
        assert (list(due_rows.over(db, scan)), +due_rows.tally(db, scan, accounts.account_numbers(db))) == (
            [],
            Counter(),
        )
    finally:
        db.set_trace_callback(None)

    for sql, used in zip((one for one in asked if "items" in one), (ranges, counted), strict=True):
        steps = [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}") if " i " in row["detail"]]
        assert steps == [f"SEARCH i USING COVERING INDEX {one}" for one in used], steps
