"""A real Bluesky network kept by the engine, compared with what its servers themselves say, record by record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.model import Cause, DisclosedItem, Seen
from tests.real.bluesky import POST, Bluesky, Person
from tests.real.bluesky_story import FILL, PLAIN, VISITOR, Stage, Story, accounts, told_story
from tests.real.keeping import QUARTER, Told, keeping, last_seen, told

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def story(bluesky: Bluesky, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """What was kept of a repository with everything Bluesky has."""
    with told_story(bluesky, tmp_path_factory.mktemp("kept") / "archive") as found:
        yield found


def test_a_deactivated_account_is_a_gap_and_nothing_of_it_absent(bluesky: Bluesky, tmp_path: Path) -> None:
    """Its server then says of each record that there is no such repository; when it is back the gap closes."""
    guest = bluesky.join("library")
    made = guest.post("Open on Sunday")
    bluesky.wait_for(lambda: bluesky.shown(made["uri"]) is not None, "a post")
    account = replace(accounts(bluesky, guest)[1], id=VISITOR)
    with keeping(tmp_path / "archive", account) as kept:
        kept.poll(VISITOR)
        guest.send("POST", "com.atproto.server.deactivateAccount", json={})
        bluesky.wait_for(lambda: not bluesky.shows(guest), "an account that is deactivated")
        kept.clock.move(QUARTER)
        kept.engine.poll(VISITOR)
        (gap,) = (known for known in kept.gaps(VISITOR) if known.stream == "profile" and known.subject is None)
        assert (gap.cause, gap.detail) == (Cause.FORBIDDEN, "the account is deactivated (RepoDeactivated)")
        assert kept.absent(VISITOR) == set()
        guest.send("POST", "com.atproto.server.activateAccount")
        bluesky.wait_for(lambda: bluesky.shows(guest), "an account that is back")
        kept.clock.move(QUARTER)
        kept.engine.poll(VISITOR)
        assert [known.closed is not None for known in kept.gaps(VISITOR)] == [True] * len(kept.gaps(VISITOR))
        assert set(kept.shown(VISITOR)) >= {made["uri"], guest.did}


def kept_posts(items: Mapping[str, DisclosedItem], person: Person, *, own: bool) -> dict[str, Told]:
    """The kept posts of a person, or of everybody else, that are not known to be gone; names are the view's matter."""
    found = {uri: item for uri, item in items.items() if f"/{POST}/" in uri and last_seen(item) is not Seen.ABSENT}
    named = {uri: told(item) for uri, item in found.items() if (item.author.id == person.did) is own}
    return {uri: replace(one, author=(one.author[0], "")) for uri, one in named.items()}


def addressed(items: Mapping[str, DisclosedItem]) -> dict[str, str]:
    """The content address of each kept record that is not known to be gone."""
    found = {uri: item for uri, item in items.items() if last_seen(item) is not Seen.ABSENT}
    return {uri: dict(item.current.details).get("cid", "") for uri, item in found.items() if uri.startswith("at://")}


@pytest.mark.parametrize("stage", ["before", "after"])
def test_every_record_of_the_repository_is_kept_as_the_server_says_it(story: Story, stage: str) -> None:
    """Every kind, known or not, by its content address; nothing else of the account is shown."""
    found: Stage = getattr(story, stage)
    for items in (found.kept, found.open_kept):
        own = {uri: cid for uri, cid in addressed(items).items() if uri.startswith(f"at://{story.mayor.did}/")}
        assert own == found.records
    assert len(found.records) > FILL


@pytest.mark.parametrize("stage", ["before", "after"])
def test_every_own_post_is_kept_as_the_server_says_it(story: Story, stage: str) -> None:
    """Texts, times, parents, threads and the digests of pictures, film and captions are equal, post by post."""
    found: Stage = getattr(story, stage)
    assert kept_posts(found.kept, story.mayor, own=True) == found.posts
    assert kept_posts(found.open_kept, story.mayor, own=True) == found.posts


@pytest.mark.parametrize("stage", ["before", "after"])
def test_every_post_of_others_is_kept_as_the_application_view_shows_it(story: Story, stage: str) -> None:
    """Answers at any depth, quotations, mentions, and what the account itself answers and quotes."""
    found: Stage = getattr(story, stage)
    kept = kept_posts(found.kept, story.mayor, own=False)
    mention = story.made["wish"]["uri"]
    assert kept == found.others | {mention: replace(found.others[mention], kind="comment")}
    assert kept_posts(found.open_kept, story.mayor, own=False) == kept


def test_an_edit_is_a_version_however_old_the_post_is(story: Story) -> None:
    """The words before the edit stay, of a post of years ago too, which only the new revision shows."""
    names = {
        "snow": ["Snow day 🏫: see the list", "Snow day: schools open at ten"],
        "old edited": ["Old 0", "Old, and better"],
    }
    for name, texts in names.items():
        item = story.after.kept[story.made[name]["uri"]]
        assert [version.text for version in item.versions] == texts
    answer = story.after.kept[story.made["thanks"]["uri"]]
    assert [version.text for version in answer.versions] == ["Thank you", "Thank you so much"]


def test_what_was_removed_is_absent_after_a_direct_look(story: Story) -> None:
    """Own records of any kind and age, and answers of others; what they said is kept."""
    names = {"card", "also", "old gone", "like", "notice"}
    assert story.absent == {story.made[name]["uri"] for name in names} == story.open_absent
    texts = {name: story.after.kept[story.made[name]["uri"]].versions[-1].text for name in ("card", "also", "old gone")}
    assert texts == {"card": "Read", "also": "And the buses?", "old gone": "Old 1"}


def test_alternative_texts_captions_and_links_are_kept(story: Story) -> None:
    """What a reader who cannot see is told; where a link leads, though its place is counted in bytes."""
    items = story.before.kept
    alts = {
        name: [medium.alt for medium in items[story.made[name]["uri"]].media] for name in ("roof", "film", "thanks")
    }
    assert alts == {"roof": ["A blue roof"], "film": ["Bells ring", "captions (en)"], "thanks": ["A thumb up"]}
    assert ("link", "list <https://town.example/snow>") in items[story.made["snow"]["uri"]].versions[0].details
    notice = items[story.made["notice"]["uri"]].current
    assert (notice.title, dict(notice.details)["where.street"]) == ("Road closed", "Elm")


def test_what_concerns_the_account_is_told_from_its_surroundings(story: Story) -> None:
    """Answers, quotations and mentions are the account's business."""
    context = {uri for uri, item in story.after.kept.items() if item.context}
    assert context == set()


def test_messages_are_kept_page_after_page_with_what_was_deleted(story: Story) -> None:
    """The chat service says that a message was deleted; its words stay."""
    thread = [item for item in story.after.kept.values() if item.thread == "convo:c1" and item.created]
    said = [
        (item.author.handle, item.versions[0].text, str(item.current.visibility)) for item in sorted(thread, key=_when)
    ]
    mayor, citizen = story.mayor.handle, story.citizen.handle
    assert said == [
        (citizen, "Is the office open?", "direct"),
        (mayor, "Until five.", "direct"),
        (citizen, "Note 0", "hidden"),
        (citizen, "Note 1", "direct"),
        (citizen, "Note 2", "direct"),
        (mayor, "Noted.", "direct"),
    ]
    members = [value for name, value in story.after.kept["convo:c1"].current.details if name == "member"]
    assert members == sorted(f"{one.did} {one.handle}" for one in (story.mayor, story.citizen))
    assert story.chat_asked == {
        (story.mayor.did, f"chat.bsky.convo.{method}") for method in ("listConvos", "getMessages")
    }


def test_nobody_sees_messages_without_a_credential(story: Story) -> None:
    """What is public is kept alike; nothing else is."""
    assert {str(item.current.visibility) for item in story.after.open_kept.values()} == {"public"}


def test_all_streams_are_covered_and_no_gap_is_left(story: Story) -> None:
    """Everything was walked from its beginning, page after page."""
    assert (story.gaps, story.open_gaps) == ((), ())
    assert story.covered >= {"posts", "records", "comments", "quotes", "mentions", "messages", "profile", "revision"}


def test_an_idle_account_costs_a_few_requests_and_no_new_record(story: Story) -> None:
    """A poll that finds nothing new keeps no body."""
    assert story.captures_when_idle[0] == story.captures_when_idle[1]
    assert max(story.asked_when_idle) <= 25


def test_an_ordinary_app_password_keeps_all_but_messages_and_says_why(
    story: Story, bluesky: Bluesky, tmp_path: Path
) -> None:
    """The refusal is told in words that its owner can act on, once; posts and mentions are kept."""
    mayor = story.mayor
    account = replace(accounts(bluesky, mayor)[0], id=PLAIN)
    environ = {"MAYOR": f"{mayor.handle}:{mayor.app_password}"}
    with keeping(tmp_path / "archive", account, environ=environ) as kept:
        for _ in range(2):
            kept.poll(PLAIN)
        assert kept_posts(kept.items(PLAIN), mayor, own=True) == story.after.posts
        (gap,) = kept.gaps(PLAIN)
        assert (gap.stream, gap.cause) == ("messages", Cause.FORBIDDEN)
        assert "make a new app password" in gap.detail
        assert "messages" not in kept.covered(PLAIN)


def _when(item: DisclosedItem) -> datetime:
    return item.created or datetime.min.replace(tzinfo=UTC)
