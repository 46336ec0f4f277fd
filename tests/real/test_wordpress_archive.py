"""A real WordPress site kept by the engine, compared with what the site itself says, item by item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archiver.demo.images import picture
from archiver.model import Account, DisclosedItem, Gap, iso
from tests.real import wordpress_truth
from tests.real.keeping import Keeping, Told, keeping
from tests.real.wordpress import WordPress

pytestmark = pytest.mark.real

EDITOR, VISITOR = "editor", "visitor"
COMMENTS, POSTS = 130, 105  # more than one page of the connector's 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One poll: what the site said at that time to an editor and to a visitor, and what was kept for each."""

    site: dict[str, Told]
    open_site: dict[str, Told]
    kept: dict[str, Told]
    open_kept: dict[str, Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What was done on the site between two polls, and what is known of it. `names` are remote ids."""

    names: dict[str, str]
    before: Stage
    after: Stage
    items: dict[str, DisclosedItem]
    open_items: dict[str, DisclosedItem]
    absent: set[str]
    gaps: tuple[Gap, ...]
    covered: set[str]
    asked_when_idle: tuple[int, int]
    captures_when_idle: tuple[int, int]


@pytest.fixture(scope="module")
def story(wordpress: WordPress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A site with everything WordPress has, polled, changed in every way, and polled again."""
    names = _written(wordpress)
    environ = {"WP": f"{wordpress.user}:{wordpress.app_password}"}
    editor = Account(id=EDITOR, platform="wordpress", handle="site", url=wordpress.url, credential="env:WP")
    visitor = replace(editor, id=VISITOR, credential=None)
    with keeping(tmp_path_factory.mktemp("kept") / "archive", editor, visitor, environ=environ) as kept:
        kept.poll(EDITOR, VISITOR)
        before = _stage(wordpress, kept)
        _changed(wordpress, names)
        kept.poll(EDITOR, VISITOR)
        kept.poll(EDITOR)  # more direct looks were due than one run makes
        after = _stage(wordpress, kept)
        idle = kept.captures()
        asked = tuple(polled.asked for polled in kept.poll(EDITOR, VISITOR))
        yield Story(
            names=names,
            before=before,
            after=after,
            items=kept.items(EDITOR),
            open_items=kept.items(VISITOR),
            absent=kept.absent(EDITOR),
            gaps=kept.gaps(EDITOR) + kept.gaps(VISITOR),
            covered=kept.covered(EDITOR),
            asked_when_idle=(asked[0], asked[1]),
            captures_when_idle=(idle, kept.captures()),
        )


def _stage(site: WordPress, kept: Keeping) -> Stage:
    return Stage(
        site=wordpress_truth.everything(site),
        open_site=wordpress_truth.published(site),
        kept=kept.shown(EDITOR),
        open_kept=kept.shown(VISITOR),
    )


def _written(site: WordPress) -> dict[str, str]:
    """Posts, pages, files and comments in every state; their remote ids by what they are called below."""
    snow = site.post("Snow day", "<p>Schools are <b>closed</b> &amp; buses too.</p>", date_gmt="2026-01-05T12:00:00")
    site.edit(f"posts/{snow['id']}", content="<p>Schools open at ten.</p>")
    site.edit(f"posts/{snow['id']}", content="<p>Schools open at eleven.</p>")
    photo = site.upload("class.png", picture(5), "image/png", alt="Stripes of a class", post=snow["id"])
    minutes = site.upload("minutes.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf", alt="")
    site.edit(f"posts/{snow['id']}", featured_media=photo["id"])
    about = site.page("About us", "<p>A sample.</p>", comment_status="open")
    names = {
        "snow": f"post:{snow['id']}",
        "photo": f"media:{photo['id']}",
        "minutes": f"media:{minutes['id']}",
        "about": f"page:{about['id']}",
        "staff": f"page:{site.page('Staff', '<p>Names.</p>', parent=about['id'])['id']}",
        "locked": f"post:{site.post('Locked', '<p>Behind a word.</p>', password='sesame')['id']}",
        "later": f"post:{site.post('Later', '<p>In time.</p>', date_gmt='2031-01-05T12:00:00')['id']}",
    }
    for status in ("draft", "pending", "private"):
        names[status] = f"post:{site.post(f'A {status} one', f'<p>It is {status}.</p>', status=status)['id']}"
    names |= {name: f"post:{site.post(f'The {name} one', '<p>Text.</p>')['id']}" for name in ("binned", "gone")}
    names |= _commented(site, names)
    site.fill(snow["id"], comments=COMMENTS, posts=POSTS)
    return names


def _commented(site: WordPress, names: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}

    def say(name: str, below: str, answers: str = "", **fields: str) -> None:
        parent = int(found[answers].partition(":")[2]) if answers else 0
        text = f"What {name} has to say about {below} & more"
        made = site.comment(_number(names[below]), text, author=f"Reader {name}", parent=parent, **fields)
        found[name] = f"comment:{made['id']}"

    say("one", "snow")
    say("two", "snow", "one")
    say("three", "snow", "two")
    for status in ("hold", "spam", "trash"):
        say(status, "snow", status=status)
    for name, below in (("paged", "about"), ("pictured", "photo"), ("binned_with_it", "binned"), ("lost", "gone")):
        say(name, below)
    say("held_then_lost", "snow", status="hold")
    return found


def _changed(site: WordPress, names: dict[str, str]) -> None:
    """Edits, a change of who may see, the trash, and removal for good."""

    def path(name: str) -> str:
        kind, _, number = names[name].partition(":")
        return f"{kind if kind == 'media' else kind + 's'}/{number}"

    _edit_later(site, path("snow"), content="<p>Schools open at noon.</p>")
    site.edit(path("one"), content="I have thought again.")
    site.edit(path("hold"), status="approved")
    site.edit(path("photo"), alt_text="Stripes, and a name")
    site.edit(path("draft"), status="publish")
    site.edit(path("staff"), parent=0)
    for name in ("two", "binned"):
        site.trash(path(name))
    for name in ("three", "spam", "held_then_lost", "gone", "minutes", "private"):
        site.destroy(path(name))


def _edit_later(site: WordPress, path: str, **fields: str) -> None:
    """An edit in another second than the last one: the site tells times to the second."""
    before = site.get(path, context="edit")["modified_gmt"]
    while site.edit(path, **fields)["modified_gmt"] == before:
        pass


def _number(remote_id: str) -> int:
    return int(remote_id.partition(":")[2])


def test_everything_an_editor_sees_is_kept_as_the_site_says_it(story: Story) -> None:
    """Ids, texts, authors, times, parents, threads, visibility and the digests of files are equal, item by item."""
    assert story.before.kept == story.before.site
    assert len(story.before.kept) > COMMENTS + POSTS


def test_everything_a_visitor_sees_is_kept_as_the_site_says_it(story: Story) -> None:
    """Without a credential the same holds for what is public, and nothing else is kept."""
    assert story.before.open_kept == story.before.open_site
    assert {told.visibility for told in story.before.open_kept.values()} == {"public"}


def test_after_edits_and_removals_the_archive_says_what_the_site_says(story: Story) -> None:
    """Edited, published, trashed and moved items are shown as they are now, and nothing that is gone is."""
    assert story.after.kept == story.after.site


def test_what_is_gone_for_good_is_absent_after_a_direct_look(story: Story) -> None:
    """A destroyed item is absent, its comments with it; what lies in the trash is hidden, not absent."""
    lost = {"three", "spam", "held_then_lost", "gone", "lost", "minutes", "private"}
    assert story.absent == {story.names[name] for name in lost}
    looks = {story.items[name].observations[-1].detail for name in story.absent}
    assert looks == {"the direct look was answered 404"}
    trashed = story.items[story.names["two"]]
    assert [str(look.seen) for look in trashed.observations] == ["present", "hidden"]


def test_the_comments_of_a_post_in_the_trash_are_in_the_trash_with_it(story: Story) -> None:
    """WordPress hides them with the post; they are not taken for removed."""
    seen = [story.items[story.names[name]].current.visibility for name in ("binned", "binned_with_it")]
    assert seen == ["trash", "trash"]


def test_an_edit_is_a_version_and_the_one_before_is_kept(story: Story) -> None:
    """Each change of a text once, in order, with what the site's own revisions tell; a file's new words too."""
    texts = [(version.text, version.historic) for version in story.items[story.names["snow"]].versions]
    assert texts[0] == ("Schools open at eleven.", False)
    assert ("Schools open at ten.", True) in texts
    assert [text for text in texts if "noon" in text[0]] == [("Schools open at noon.", False)]
    comment = [version.text for version in story.items[story.names["one"]].versions]
    assert comment == ["What one has to say about snow & more", "I have thought again."]
    alts = [version.text for version in story.items[story.names["photo"]].versions]
    assert alts == ["Stripes of a class", "Stripes, and a name"]


def test_a_draft_that_is_published_is_found_under_its_date_of_publication(story: Story) -> None:
    """WordPress gives it a new date then; the one before is kept with the version."""
    item, before = story.items[story.names["draft"]], story.before.site[story.names["draft"]]
    assert before.created is not None
    assert item.created == story.after.site[story.names["draft"]].created
    assert [version.details for version in item.versions] == [(), (("date-before", iso(before.created)),)]


def test_a_removed_file_stays_in_the_archive(story: Story) -> None:
    """Its bytes were kept when it was seen."""
    (medium,) = story.items[story.names["minutes"]].media
    assert (medium.size, medium.missing) == (15, "")


def test_what_a_visitor_may_not_see_any_more_is_refused_or_absent(story: Story) -> None:
    """To a visitor the trash answers "not allowed" and what is destroyed is not there; both are said as observed."""
    seen = {name: str(story.open_items[story.names[name]].observations[-1].seen) for name in ("two", "three", "gone")}
    assert seen == {"two": "refused", "three": "absent", "gone": "absent"}


def test_all_streams_are_covered_and_no_gap_is_left(story: Story) -> None:
    """Everything was walked from its beginning, page after page."""
    assert story.gaps == ()
    assert story.covered == {
        "comments", "history", "media", "page-edits", "pages", "post-edits", "posts", "site",
    }  # fmt: skip


def test_an_idle_site_costs_a_few_requests_and_no_new_record(story: Story) -> None:
    """A poll that finds nothing new asks for the newest page of each listing, and keeps no body."""
    assert story.captures_when_idle[0] == story.captures_when_idle[1]
    assert max(story.asked_when_idle) <= 16


def test_a_site_without_pretty_addresses_is_kept_by_its_other_route(wordpress: WordPress, tmp_path: Path) -> None:
    """With the option rest_route the same items come, without a gap."""
    account = Account(id="plain", platform="wordpress", handle="site", url=wordpress.url, options={"rest_route": "1"})
    with keeping(tmp_path / "archive", account) as kept:
        kept.poll("plain")
        assert (kept.shown("plain"), kept.gaps("plain")) == (wordpress_truth.published(wordpress), ())
