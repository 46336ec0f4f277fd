"""`archiver status` passes on what platforms said: notices, what reading cost, what the connectors did not know."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

from archiver.model import Notice, Page
from archiver.storage import accounts, notices, spending
from archiver.storage.archive import Archive
from archiver.storage.run_rows import Depth, Run
from tests.cli.calling import Caller

UNTIL = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


def test_notices_costs_and_unknown_fields_are_told(full: Caller) -> None:
    """A token that lapses, a dollar and a half, and a field met three times; a withdrawn notice is gone."""
    with closing(Archive.open(full.folder / "archive")) as archive, archive.database.transaction() as db:
        number, now = accounts.account_numbers(db)["blog"], full.clock.now()
        token = Notice(topic="token", words="the token lapses in 8 days", until=UNTIL)
        notices.apply_page(db, number, Page(notices=(token, Notice(topic="version", words="v20 ended"))), now)
        notices.apply_page(db, number, Page(notices=(Notice(topic="version", words=""),), drift={"post.glow": 3}), now)
        run = Run(id="run", account=number, depth=Depth.POLL, begun=now, ended=None, outcome="under way")
        spending.charge(db, number, run, {"post 1": 1_000_000, "post 2": 500_000}, now)
        spending.charge(db, number, run, {"post 1": 1_000_000}, now)

    said = full("status", "--json").json
    assert said["notices"] == [
        {
            "account": "blog",
            "topic": "token",
            "words": "the token lapses in 8 days",
            "until": "2026-12-01T08:00:00.000000Z",
        }
    ]
    assert said["spent"] == [{"account": "blog", "month": "2026-11", "millionths_of_a_dollar": 1_500_000}]
    assert [one for one in said["unknown"] if one["account"] == "blog"] == [
        {"account": "blog", "name": "post.glow", "times": 3}
    ]

    lines = full("status").out.splitlines()
    assert "Notice:      blog: the token lapses in 8 days (by 2026-12-01 00:00 PST)" in lines
    assert "Spent:       blog: $1.50 in 2026-11" in lines
    assert "Unknown:     blog: post.glow (kept raw; the connector does not know them)" in lines
