"""Each hard platform through the whole engine over HTTPS: everything arrives, once; changes become what they were."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from archiver.storage.run_rows import Depth
from tests.platforms.told import PICTURE
from tests.platforms.world import NEIGHBOUR, Stage
from tests.polling.desk import QUARTER
from tests.secret_scan import leaks

HOUR = timedelta(hours=1)


def test_everything_arrives_over_pages_and_no_credential_is_kept(stage: Stage) -> None:
    """Three pages of posts, a thread with nested answers, a conversation, the picture; the token is nowhere on disk."""
    assert stage.finish(stage.id).finished
    assert stage.poll(NEIGHBOUR).finished
    assert stage.kept() == stage.truth()
    assert stage.parents() == stage.site.told.parents()
    assert stage.gaps() == []
    assert stage.files() == {hashlib.sha256(PICTURE).hexdigest()}
    stage.close()
    assert leaks(stage.archive.directory, (stage.site.secret, stage.site.valid)) == ()


def test_a_second_poll_asks_little_and_stores_nothing_new(stage: Stage) -> None:
    """The oldest posts, the thread, the conversation and the picture are not asked for again."""
    stage.finish(stage.id)
    first = stage.asked()
    for _ in range(stage.site.settles):
        assert stage.later(account=stage.id).finished
    stage.asked()
    captures, versions = stage.count("captures"), stage.count("versions")

    assert stage.later(account=stage.id).finished

    second = stage.asked()
    assert len(second) < len(first)
    assert any(map(stage.site.is_once, first))
    assert not any(map(stage.site.is_once, second))
    assert (stage.count("captures"), stage.count("versions"), stage.gaps()) == (captures, versions, [])


def test_an_edit_is_a_version_and_what_was_said_before_is_kept(stage: Stage) -> None:
    """The newest post says something else at the next poll."""
    stage.finish(stage.id)
    post = stage.site.told.root
    stage.clock.move(QUARTER)
    stage.site.told.edit(post, "post 0, mended", stage.clock.now())

    assert stage.finish(stage.id).finished

    assert sorted(stage.versions(post.id)) == ["post 0", "post 0, mended"]
    assert stage.kept() == stage.truth()
    assert stage.gaps() == []


def test_a_hidden_comment_is_hidden_and_keeps_its_words(stage: Stage) -> None:
    """Hidden by the owner: noticed when the thread is walked again."""
    stage.finish(stage.id)
    comment = stage.site.told.comments[0]
    comment.hidden = True
    stage.clock.move(HOUR)

    assert stage.finish(stage.id, depth=Depth.REWALK).finished

    assert (stage.hidden(comment.id), stage.kept()) == (True, stage.truth())
    assert stage.gaps() == []


def test_a_removed_comment_is_absent_only_after_a_direct_look(stage: Stage) -> None:
    """Its listing does not show it any more; while the direct look is not answered, it is not called absent."""
    stage.finish(stage.id)
    comment = stage.site.told.remove_comment()
    stage.clock.move(HOUR)
    stage.servers.faults = [stage.fails(lambda asked: stage.site.looks_at(asked, comment))]
    stage.poll(stage.id, Depth.REWALK)
    assert stage.seen(comment.id) == "present"

    stage.servers.faults = []
    stage.clock.move(HOUR)
    assert stage.finish(stage.id).finished

    assert (stage.seen(comment.id), stage.looks(comment.id)[-1]) == ("absent", ("absent", "direct"))
    assert stage.kept() == stage.truth() | {comment.id: comment.text}
    assert stage.gaps(standing=True) == []


def test_a_removed_post_is_absent_and_its_words_are_kept(stage: Stage) -> None:
    """A post between others that the listing does not show any more, and the direct look does not find."""
    stage.finish(stage.id)
    post = stage.site.told.posts.pop(1)
    assert stage.finish_later(QUARTER).finished
    assert (stage.seen(post.id), stage.kept()[post.id]) == ("absent", "post 1")
    assert stage.count("versions") == len(stage.rows("SELECT id FROM items"))
    assert stage.gaps() == []
