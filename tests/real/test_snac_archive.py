"""A real snac2 kept by the engine, compared with what the server says: no paging, no history, ids that change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import requests

from archiver.demo.images import picture
from archiver.model import Account, Cause, DisclosedItem, Gap
from tests.real.keeping import Told, keeping, moment, squeezed
from tests.real.processes import holds_in_time
from tests.real.snac import Json, Snac, User

pytestmark = pytest.mark.real

MAYOR, STRANGER = "mayor", "stranger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the server said before and after the changes, and what is kept. `ids` are those given at first."""

    ids: dict[str, str]
    edited_id: str
    said_before: dict[str, Told]
    kept_before: dict[str, Told]
    said_after: dict[str, Told]
    kept_after: dict[str, Told]
    items: dict[str, DisclosedItem]
    strangers: dict[str, DisclosedItem]
    said_to_strangers: set[str]
    gaps: dict[str, set[tuple[str, Cause]]]
    covered: dict[str, set[str]]
    captures_when_idle: tuple[int, int]


@pytest.fixture(scope="module")
def story(snac: Snac, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A conversation of two people, polled with the credential of one and without; then an edit and a removal."""
    mayor = snac.users["mayor"]
    ids, removed = _conversation(snac)
    signed = Account(id=MAYOR, platform="mastodon", handle="mayor", url=snac.url, credential="env:SNAC")
    open_ = replace(signed, id=STRANGER, credential=None)
    folder = tmp_path_factory.mktemp("kept") / "archive"
    with keeping(folder, signed, open_, environ={"SNAC": mayor.token}) as kept:
        kept.poll(MAYOR, STRANGER)
        said_before, kept_before = _truth(mayor), kept.shown(MAYOR)
        edited = mayor.edit(ids["roof"], "The new BLUE roof.")
        mayor.remove(removed)
        kept.poll(MAYOR, STRANGER)
        said_after, kept_after = _truth(mayor), kept.shown(MAYOR)
        idle = kept.captures()
        kept.poll(MAYOR, STRANGER)
        yield Story(
            ids=ids,
            edited_id=edited["id"],
            said_before=said_before,
            kept_before=kept_before,
            said_after=said_after,
            kept_after=kept_after,
            items=kept.items(MAYOR),
            strangers=kept.items(STRANGER),
            said_to_strangers=_open_ids(mayor),
            gaps={name: _causes(kept.gaps(name)) for name in (MAYOR, STRANGER)},
            covered={name: kept.covered(name) for name in (MAYOR, STRANGER)},
            captures_when_idle=(idle, kept.captures()),
        )


def _conversation(snac: Snac) -> tuple[dict[str, str], Json]:
    mayor, citizen = snac.users["mayor"], snac.users["citizen"]
    medium = mayor.upload("roof.png", picture(3), "image/png", alt="A blue roof")
    roof = mayor.post("The new roof.", media=[medium])
    removed = mayor.post("Said too soon.")
    quiet = mayor.post("Second & last <word>", visibility="unlisted")
    first = citizen.post("@mayor Thank you! & <b>more</b>", reply_to=roof["id"])
    second = citizen.post("@mayor Who paid?", reply_to=roof["id"])
    message = citizen.post("@mayor A private matter.", visibility="direct")
    replies = snac.wait_for_replies(mayor, roof["id"], 2)
    answer = mayor.post("@citizen You are welcome.", reply_to=_like(replies, "Thankyou")["id"])
    _wait_for_message(snac, mayor)
    statuses = {"roof": roof, "removed": removed, "quiet": quiet, "answer": answer}
    told = {"first": first, "second": second, "message": message}
    return {name: str(one["id"]) for name, one in (statuses | told).items()}, removed


def _like(statuses: list[Json], words: str) -> Json:
    return next(one for one in statuses if words in squeezed(one["content"]))


def _wait_for_message(snac: Snac, user: User) -> None:
    def arrived() -> bool:
        return any("private matter" in row["status"]["content"] for row in user.get("notifications"))

    assert holds_in_time(arrived, snac.process, seconds=40)


def _truth(mayor: User) -> dict[str, Told]:
    """Everything the server tells the mayor: own statuses, the conversations around them, what names the account."""
    me = mayor.get("accounts/verify_credentials")["id"]
    found: dict[str, Json] = {}
    threads: dict[str, str] = {}
    for status in mayor.get(f"accounts/{me}/statuses"):
        found[status["id"]] = status
        around = mayor.get(f"statuses/{status['id']}/context")
        root = (around["ancestors"] or [status])[0]["id"]
        for one in (*around["ancestors"], status, *around["descendants"]):
            found[one["id"]] = one
            threads[one["id"]] = root
    for row in mayor.get("notifications"):
        found.setdefault(row["status"]["id"], row["status"])
    return {key: _told(mayor, status, threads.get(key)) for key, status in found.items()}


def _told(mayor: User, status: Json, thread: str | None) -> Told:
    mine = status["account"]["username"] == mayor.name
    private = status["visibility"] == "private" and not mine
    files = [(requests.get(one["url"], timeout=10).content, one["description"]) for one in status["media_attachments"]]
    answers = status["in_reply_to_id"]
    return Told(
        kind="message" if private else "comment" if answers or not mine else "post",
        author=(status["account"]["id"], status["account"]["display_name"]),
        created=moment(status["created_at"]),
        edited=moment(status["edited_at"]) if status["edited_at"] else None,
        title="",
        text=squeezed(status["content"]),
        parent=answers,
        thread=None if private else thread,
        visibility=status["visibility"],
        files=tuple((hashlib.sha256(data).hexdigest(), alt) for data, alt in files),
    )


def _open_ids(mayor: User) -> set[str]:
    """The statuses a stranger is shown: the account's own listing, without a signature."""
    me = mayor.get("accounts/verify_credentials")["id"]
    listed = requests.get(f"{mayor.url}/api/v1/accounts/{me}/statuses", timeout=10).json()
    return {status["id"] for status in listed}


def _causes(gaps: tuple[Gap, ...]) -> set[tuple[str, Cause]]:
    return {(gap.stream, gap.cause) for gap in gaps}


def _statuses(items: dict[str, Told]) -> dict[str, Told]:
    return {key: one for key, one in items.items() if one.kind != "profile"}


def test_every_status_is_kept_as_the_server_says_it(story: Story) -> None:
    """Own ones, answers to answers of another, and what came in private: equal, item by item, files by digest."""
    assert _statuses(story.kept_before) == story.said_before
    assert set(story.ids.values()) <= set(story.said_before)
    kinds = {name: story.kept_before[story.ids[name]].kind for name in ("roof", "answer", "first", "message")}
    assert kinds == {"roof": "post", "answer": "comment", "first": "comment", "message": "message"}


def test_a_message_is_kept_as_private(story: Story) -> None:
    """snac2 calls direct messages private and names no recipient; it is never taken for public."""
    item = story.items[story.ids["message"]]
    assert (item.kind, item.current.visibility, item.context) == ("message", "private", False)


def test_a_picture_is_kept_with_its_description(story: Story) -> None:
    """The bytes are those that were uploaded."""
    files = story.kept_before[story.ids["roof"]].files
    assert files == ((hashlib.sha256(picture(3)).hexdigest(), "A blue roof"),)


def test_after_an_edit_and_a_removal_the_archive_says_what_the_server_says(story: Story) -> None:
    """The edited status under its new id, the removed one no more; everything else as it was.

    Only a conversation keeps the name it was first known by, where the server renames it with its edited root.
    """
    kept = {key: replace(one, thread=None) for key, one in _statuses(story.kept_after).items()}
    assert kept == {key: replace(one, thread=None) for key, one in story.said_after.items()}


def test_a_removed_status_is_absent_and_an_edited_one_leads_to_its_new_id(story: Story) -> None:
    """Both words are kept; what was observed of each is said."""
    old, new, removed = (story.items[key] for key in (story.ids["roof"], story.edited_id, story.ids["removed"]))
    assert (old.current.text, new.current.text) == ("The new roof.", "The new BLUE roof.")
    last = old.observations[-1]
    assert (str(last.seen), story.edited_id in last.detail) == ("absent", True)
    assert removed.observations[-1].detail == "the direct look was answered 404"


def test_a_stranger_keeps_what_a_stranger_is_shown(story: Story) -> None:
    """Without a credential the account's own statuses come; the threads are refused, which is a gap and no failure."""
    shown = {key for key, item in story.strangers.items() if item.kind != "profile" and _present(item)}
    assert shown == story.said_to_strangers
    assert (("comments", Cause.AUTH) in story.gaps[STRANGER], "comments" in story.covered[STRANGER]) == (True, False)
    assert {"posts", "profile"} <= story.covered[STRANGER]


def test_a_server_without_edit_history_leaves_a_gap_there_and_nowhere_else(story: Story) -> None:
    """What it never tells is said once; the rest is covered, so that the account counts as polled."""
    assert story.gaps[MAYOR] == {("history", Cause.MISSING)}
    assert story.covered[MAYOR] == {"profile", "posts", "comments", "messages", "mentions"}


def test_a_poll_that_finds_nothing_new_keeps_nothing(story: Story) -> None:
    """Neither the missing history nor the refused threads are kept again and again."""
    assert story.captures_when_idle[0] == story.captures_when_idle[1]


def _present(item: DisclosedItem) -> bool:
    return str(item.observations[-1].seen) == "present"
