"""A request about an account of a real snac2, answered with a bundle: what the server says is in it, item by item."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from archiver.acts.bundling import Wanted, make_bundle
from archiver.acts.requests import Opening, open_request
from archiver.demo.images import picture
from archiver.model import Account, Selector
from tests.journey.program import Bundle
from tests.real.keeping import keeping, squeezed
from tests.real.snac import Json, Snac

pytestmark = pytest.mark.real


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the server said last of the account's own statuses and the answers to them, and the bundle of everything."""

    said: dict[str, Json]
    removed: str
    edited: tuple[str, str]
    bundle: Bundle


@pytest.fixture(scope="module")
def answered(snac: Snac, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answered]:
    """Two people talk below a picture; then an edit and a removal; polled before and after, and disclosed."""
    mayor, citizen = snac.users["mayor"], snac.users["citizen"]
    bridge = mayor.post("The old bridge.", media=[mayor.upload("b.png", picture(9), "image/png", alt="A bridge")])
    gone = mayor.post("Not meant to be said.")
    plain = mayor.post("=1+1 is what the bridge cost.")
    citizen.post("@mayor Which bridge?", reply_to=bridge["id"])
    answer = mayor.post("@citizen The wooden one.", reply_to=snac.wait_for_replies(mayor, bridge["id"], 1)[0]["id"])
    account = Account(id="mayor", platform="mastodon", handle="mayor", url=snac.url, credential="env:SNAC")
    with keeping(tmp_path_factory.mktemp("snac") / "archive", account, environ={"SNAC": mayor.token}) as kept:
        kept.poll("mayor")
        edited = mayor.edit(plain["id"], "=2+2 is what the bridge cost.")
        mayor.remove(gone)
        kept.poll("mayor")
        now = kept.clock.now()
        opening = Opening(received=now, text="Everything about the bridge", selector=Selector(), id="R1")
        items = open_request(kept.archive, opening, closures=(), who="Pat", now=now).items
        wanted = Wanted(
            request_id="R1", agency="A", records_officer="Pat", zone=ZoneInfo("America/Los_Angeles"), made_at=now
        )
        made = make_bundle(kept.archive, wanted, who="Pat", now=now)
        me = mayor.get("accounts/verify_credentials")["id"]
        said = {one["id"]: one for one in mayor.get(f"accounts/{me}/statuses")}
        said |= {one["id"]: one for one in snac.wait_for_replies(mayor, bridge["id"], 1)}
        assert {bridge["id"], edited["id"], answer["id"]} <= set(said)
        yield Answered(
            said=said, removed=gone["id"], edited=(plain["id"], edited["id"]), bundle=Bundle(made.path, items)
        )


def test_each_status_of_the_server_is_in_the_bundle_as_the_server_says_it(answered: Answered) -> None:
    """Text, parent and author of own statuses and of the answers to them; the count is that of the rows."""
    rows = answered.bundle.rows
    found = {key: _of_row(rows[key]) for key in answered.said}
    assert found == {key: _of_status(one) for key, one in answered.said.items()}
    assert answered.bundle.items == len(rows) == len(answered.bundle.table)


def test_what_was_removed_is_there_with_what_was_observed(answered: Answered) -> None:
    """Its words, and that a direct look did not find it."""
    row = answered.bundle.rows[answered.removed]
    assert row["versions"][-1]["text"] == "Not meant to be said."
    assert [look["seen"] for look in row["observations"]] == ["present", "absent"]
    assert "deleted" not in squeezed(answered.bundle.pages).casefold()


def test_both_words_of_an_edit_are_there(answered: Answered) -> None:
    """Under the two ids that this server gives them; no cell of the table is a formula."""
    before, after = (answered.bundle.rows[key]["versions"][-1]["text"] for key in answered.edited)
    cells = [line["text"] for line in answered.bundle.table if "is what the bridge cost" in line["text"]]
    assert (before, after) == ("=1+1 is what the bridge cost.", "=2+2 is what the bridge cost.")
    assert [cell[0] for cell in cells] == ["'", "'"]


def test_the_picture_lies_in_the_bundle(answered: Answered) -> None:
    """The bytes that were uploaded."""
    files = [data for name, data in answered.bundle.files.items() if name.startswith("media/")]
    assert hashlib.sha256(picture(9)).hexdigest() in {hashlib.sha256(data).hexdigest() for data in files}


def _of_row(row: Json) -> tuple[object, ...]:
    return row["author"]["id"], squeezed(row["versions"][-1]["text"]), row["parent"]


def _of_status(status: Json) -> tuple[object, ...]:
    return status["account"]["id"], squeezed(status["content"]), status["in_reply_to_id"]
