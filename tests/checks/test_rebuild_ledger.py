"""A rebuild and the ledger: leaves are found again, new ones appended, lost ones given back from its files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archiver.acts import registration, requests
from archiver.acts.requests import Opening
from archiver.checks.rebuild import Tools, rebuild
from archiver.clock import SetClock
from archiver.errors import VerificationError
from archiver.model import Account, Selector, parse_iso
from archiver.polling.registry import connectors
from archiver.storage import ingest
from archiver.storage.anchors import Anchored, AnchorGap, AnchorKind, note_anchored, note_failed
from archiver.storage.archive import Archive
from archiver.storage.ledger import acts_file, checkpoints, leaves
from archiver.storage.ledger.tiles import tile_path
from tests.archives import Filled, config_for
from tests.checks.damage import rewritten, rows, verified
from tests.checks.projection import apart_from_leaves, projected
from tests.storage.ledger.ledgers import made

_PEOPLE = "acts", "leaves", "accounts", "requests", "bundles"
_SAID = "SELECT detail FROM acts WHERE act = 'catalogue made anew' ORDER BY sequence DESC"


@pytest.fixture
def signed(filled: Filled) -> Iterator[Filled]:
    """An archive in which people did things, and its newest checkpoint."""
    with closing(Archive.open(filled.directory)) as archive:
        blog = Account(id="news", platform="feed", handle="news", url="http://127.0.0.1/feed", unit="Schools")
        registration.register(archive, blog, connectors()["feed"], who="kim", now=filled.now)
        registration.change(
            archive,
            "news",
            {"owner": "B. Birch"},
            connector=connectors()["feed"],
            repin=None,
            who="kim",
            now=filled.now,
        )
        opening = Opening(received=filled.now, text="Everything on snow", selector=Selector(words="snow"))
        for _ in range(2):
            opened = requests.open_request(archive, opening, closures=(), who="lee", now=filled.now)
        requests.close_request(archive, opened.request.id, note="Answered.", who="lee", now=filled.now)
        made(archive)
    yield filled


def made_anew(told: Filled, **how: Any) -> Any:
    """The archive's catalogue, rebuilt."""
    tools = Tools(config=config_for(told.directory), connectors=connectors(), clock=SetClock(told.now), **how)
    return rebuild(told.directory, tools)


def state(directory: Path) -> dict[str, Any]:
    """What a catalogue says of rows and of people."""
    with closing(Archive.open(directory)) as archive:
        people = {table: rows(directory, f"SELECT * FROM {table} ORDER BY 1") for table in _PEOPLE}  # noqa: S608
        return {"rows": projected(archive.database), **people}


def lose(directory: Path) -> None:
    """The catalogue and its log are gone."""
    for path in directory.glob("catalogue.sqlite*"):
        path.unlink()


def test_what_did_not_change_finds_its_leaves_and_only_the_act_is_new(signed: Filled) -> None:
    """And the act says so."""
    before = state(signed.directory)
    made_anew(signed)
    after = state(signed.directory)
    assert after["rows"] == before["rows"]
    assert after["leaves"][:-1] == before["leaves"]
    ((detail,), *_) = rows(signed.directory, _SAID)
    found = len(before["leaves"]) - len(before["acts"])
    assert f'"leaves appended":0,"leaves found again":{found},"leaves without a row":[]' in detail


def test_a_lost_catalogue_has_its_leaves_acts_and_registers_back(signed: Filled) -> None:
    """As of the newest checkpoint, with the numbers of everything; the next checkpoint continues it."""
    before = state(signed.directory)
    lose(signed.directory)

    done = made_anew(signed)

    after = state(signed.directory)
    assert (done.carried_over, done.registered) == (False, ("blog", "social"))
    assert (done.given_back.leaves, done.given_back.acts) == (len(before["leaves"]), len(before["acts"]))
    assert after["rows"] == before["rows"]
    for table in ("requests", "bundles"):
        assert after[table] == before[table]
    assert set(before["accounts"][-1][1:]) <= {value for row in after["accounts"] for value in row}
    assert after["acts"][: len(before["acts"])] == before["acts"]
    assert after["leaves"][: len(before["leaves"])] == before["leaves"]
    assert verified(signed.directory).findings == ()
    with closing(Archive.open(signed.directory)) as archive:
        again = made(archive)
    # The act of the rebuild, and that which enters the checkpoint before.
    assert (again.new, again.checkpoint.size) == (True, len(after["leaves"]) + 1)


def test_a_lost_catalogue_has_its_anchor_gaps_back(signed: Filled) -> None:
    """One that was closed, and one that stands, as their acts tell of them."""
    at = signed.now
    gap = AnchorGap(
        kind=AnchorKind.MAILBOX, name="officer", size=3, cause="network", detail="", since=at, tries=1,
        last_try=at, next_try=at,
    )  # fmt: skip
    with closing(Archive.open(signed.directory)) as archive:
        with archive.database.transaction() as db:
            note_failed(db, gap)
            note_failed(db, replace(gap, kind=AnchorKind.WITNESS, name="esd"))
            note_anchored(db, Anchored(kind=AnchorKind.MAILBOX, name="officer", size=4, digest="", at=at))
        made(archive)
    before = rows(signed.directory, "SELECT kind, name, size, cause, since, closed, closed_size FROM anchor_gaps")
    lose(signed.directory)
    made_anew(signed)

    assert (
        rows(signed.directory, "SELECT kind, name, size, cause, since, closed, closed_size FROM anchor_gaps") == before
    )
    assert verified(signed.directory).findings == ()


@pytest.mark.parametrize("part", ["acts", "entries", "checkpoint"])
def test_ledger_files_that_were_changed_give_nothing_back(signed: Filled, part: str) -> None:
    """A rebuild refuses them, and leaves everything as it is."""
    ledger = signed.directory / "ledger"
    size = checkpoints.sizes(ledger)[-1]
    path = {
        "acts": ledger / acts_file.NAME,
        "entries": ledger / tile_path("entries", 0, min(size, 256)),
        "checkpoint": checkpoints.stored_at(ledger, size),
    }[part]
    lose(signed.directory)
    rewritten(path, lambda data: data.__setitem__(40, data[40] ^ 1))
    with pytest.raises(VerificationError):
        made_anew(signed)
    assert not list(signed.directory.glob("catalogue.sqlite*"))


def test_bytes_that_were_changed_together_with_their_rows_do_not_pass_for_what_was_kept(signed: Filled) -> None:
    """Whoever rewrites a WARC file so that it reads well is stopped by the leaves of the old catalogue."""
    with closing(Archive.open(signed.directory)) as archive, archive.database.transaction() as db:
        db.execute("DROP TRIGGER leaves_are_never_changed")
        db.execute("UPDATE leaves SET data = zeroblob(32) WHERE sequence = (SELECT min(leaf) FROM captures)")
    with pytest.raises(
        VerificationError, match="1 captures or notes of the catalogue are not in the WARC files as they"
    ):
        made_anew(signed)
    assert made_anew(signed, despite_damage=True).missing != ()


def test_what_is_read_otherwise_now_is_entered_anew_and_said(signed: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connector that reads more, or less: old leaves are left without rows, by name; nothing is found wrong."""
    before = state(signed.directory)
    real = ingest.tidied_page
    monkeypatch.setattr(
        "archiver.polling.reading.tidied_page",
        lambda page: replace(
            real(page), items=tuple(replace(item, title=f"{item.title}!") for item in real(page).items)
        ),
    )
    assert made_anew(signed).whole
    after = state(signed.directory)
    ((detail,), *_) = rows(signed.directory, _SAID)
    versions = len(before["rows"]["versions"])
    assert f'"leaves appended":{len(after["rows"]["versions"])},' in detail
    with closing(Archive.open(signed.directory)) as archive:
        size = leaves.size(archive.database.connection())
    assert size == len(before["leaves"]) + len(after["rows"]["versions"]) + 1
    assert verified(signed.directory).findings == ()
    monkeypatch.undo()
    assert made_anew(signed).whole
    assert state(signed.directory)["rows"] == before["rows"]
    assert apart_from_leaves(after["rows"]) != apart_from_leaves(before["rows"])
    assert versions > 10
    assert parse_iso(after["acts"][-1][1]) == signed.now
