"""Anything in any order: a platform that changes and fails, an archiver that is killed; what is held is compared."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings, stateful
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from archiver.storage.run_rows import Depth
from tests.polling.desk import DAY, HOUR, QUARTER, START, Desk
from tests.polling.killing import Killed, ending_at
from tests.polling.machine_words import FAULTS, Words, every
from tests.polling.platform import Asked
from tests.polling.published import Comment, Post
from tests.polling.replies import Wire
from tests.storage.warc_samples import no_waiting_for_the_disk

MEMORY = Path("/dev/shm")
PARTS = ("/profile", "/posts", "/posts?page=2", "/messages", "/comments", "/history", "files.example", "platform.")
WHICH = st.integers(0, 19)


class PollingMachine(Words, RuleBasedStateMachine):
    """What was shown to the archive and acknowledged by it is held, once; what could not be shown is a gap."""

    steps = 0  # of all machines together

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.quick = no_waiting_for_the_disk()
        self.quick.__enter__()
        self.desk = Desk(self.directory / "archive")
        self.platform = self.desk.platform
        self.shown: dict[str, list[tuple[str, str]]] = {}  # what each item was shown as, change by change
        # A post may go between its listing and its thread; and where nobody may look at those that are listed no more,
        # the listing may be cut short as well.
        self.causes = {"not there", "shows less than it must", "older than the platform shows"}
        self.answered_not_there: set[str] = set()
        self.verified: dict[int, int] = {}
        self.texts = 0
        self.withheld: set[str] = set()
        self.there_when_begun: dict[str, dict[str, tuple[str, str]]] = {}  # by run
        self.done: set[str] = set()
        self.slipping: set[str] = set()

    @initialize(validators=st.booleans(), posts=st.integers(0, 9))
    def begin(self, validators: bool, posts: int) -> None:  # noqa: FBT001
        self.platform.validators = validators
        for _ in range(posts):
            self.post(files=0, comments=0)

    # What people do on the platform

    @rule(files=st.integers(0, 1), comments=st.integers(0, 2))
    def post(self, files: int, comments: int) -> None:
        self.platform.post(self._text(), files=files, comments=comments)

    @precondition(lambda self: self.living())
    @rule(which=WHICH, told=st.booleans())
    def edit(self, which: int, told: bool) -> None:  # noqa: FBT001
        post = self._one(self.living(), which)
        text = self._one([*(before for before, _ in post.before), self._text()], which)
        if text != post.text:
            self.platform.edit(post, text)
            post.edited = post.edited if told else None

    @precondition(lambda self: self.living())
    @rule(which=WHICH, visibility=st.sampled_from(["hidden", "public"]))
    def hide(self, which: int, visibility: str) -> None:
        self._one(self.living(), which).visibility = visibility

    @precondition(lambda self: self.living())
    @rule(which=WHICH)
    def remove(self, which: int) -> None:
        self._one(self.living(), which).removed = True
        # In a listing that is paged by number an item slips past a walk under way; the next one meets it.
        self.slipping |= {row[0] for row in self.desk.rows("SELECT id FROM runs WHERE ended IS NULL")}

    @precondition(lambda self: self.living())
    @rule(which=WHICH)
    def comment(self, which: int) -> None:
        post = self._one(self.living(), which)
        places: list[Post | Comment] = [post, *post.comments]
        under = self._one(places, which)
        self.platform.comment(under, self._text())

    @precondition(lambda self: any(post.comments for post in self.living()))
    @rule(which=WHICH)
    def remove_comment(self, which: int) -> None:
        self._one([c for post in self.living() for c in post.comments], which).removed = True

    @rule()
    def message(self) -> None:
        self.platform.message(self._text())

    @precondition(lambda self: self.living())
    @rule(which=WHICH, likes=st.integers(0, 5))
    def like(self, which: int, likes: int) -> None:
        self._one(self.living(), which).likes = likes

    # What goes wrong

    @rule(part=st.sampled_from(PARTS), kind=st.sampled_from(sorted(FAULTS)), times=st.sampled_from([1, 2, 4, 7, 10**9]))
    def fail(self, part: str, kind: str, times: int) -> None:
        answer, causes = FAULTS[kind]
        self.causes |= causes
        self.platform.fail(part, answer or self._made_up(kind), times)

    @rule(after=st.integers(0, 6))
    def revoke(self, after: int) -> None:
        """The token is revoked after so many further replies, in the middle of a walk."""
        self.causes.add("credential refused")
        left = [after]

        def count(_asked: Asked) -> Wire:
            left[0] -= 1
            if left[0] < 0:
                self.platform.token = "revoked"
            return self.platform.honestly(_asked)

        self.platform.fail("platform.", count, times=after + 1)

    @rule()
    def heal(self) -> None:
        self.platform.heal()
        self.platform.on_page = lambda _page: None

    @rule(page=st.integers(1, 3))
    def post_while_walking(self, page: int) -> None:
        """A post pushes the others on, just as this page is asked for."""

        def push(asked: int) -> None:
            if asked == page:
                self.platform.on_page = lambda _page: None
                self.platform.post(self._text())

        self.platform.on_page = push

    @rule(by=st.sampled_from([QUARTER, HOUR, 5 * HOUR, DAY, 3 * DAY]))
    def time_passes(self, by: timedelta) -> None:
        self.causes.add("archiver not running")
        self.desk.clock.move(by)

    @rule(by=st.sampled_from([timedelta(minutes=3), HOUR, 2 * DAY]))
    def clock_is_set_back(self, by: timedelta) -> None:
        if self.desk.clock.now() - by > START:
            self.desk.clock.move(-by)

    # What the archiver does

    @rule(depth=st.sampled_from([None, None, Depth.REWALK, Depth.DEEP]))
    def poll(self, depth: Depth | None) -> None:
        self.desk.clock.move(timedelta(seconds=30))
        there = self._there()
        self.desk.poll(depth=depth)
        self._acknowledge()
        self._polled(there)

    @rule()
    def poll_to_the_end(self) -> None:
        for _ in range(4):
            self.desk.clock.move(timedelta(seconds=20))
            there = self._there()
            finished = self.desk.poll().finished
            self._acknowledge()
            self._polled(there)
            if finished:
                return

    @rule(step=st.integers(1, 60))
    def poll_and_kill(self, step: int) -> None:
        self.desk.clock.move(timedelta(seconds=30))
        there = self._there()
        try:
            with ending_at(step):
                _ = self.desk.engine
                self.desk.poll()
        except Killed:
            self.desk.restart()
            self._after_a_kill()
        else:
            self._acknowledge()
        self._polled(there)

    @rule()
    def restart(self) -> None:
        self.desk.restart()

    # What must hold at any time

    @invariant()
    def versions_are_what_was_shown(self) -> None:
        PollingMachine.steps += 1
        assert self._held() == self.shown

    @invariant()
    def bytes_and_rows_resolve(self) -> None:
        self.desk.require_sound(self.verified)

    @invariant()
    def gaps_are_of_what_went_wrong(self) -> None:
        for gap in self.desk.all_gaps():
            assert gap.cause.value in self.causes, gap
            assert gap.end is None or gap.start is None or gap.start <= gap.end, gap
            assert (gap.closed is None) == (gap.repair == ""), gap

    @invariant()
    def absent_is_only_what_a_direct_look_did_not_find(self) -> None:
        absent = {row[0] for row in self.desk.rows("SELECT remote_id FROM items WHERE seen = 'absent'")}
        assert absent <= self.answered_not_there

    @invariant()
    def what_a_whole_walk_had_to_meet_is_held_or_in_a_gap(self) -> None:
        held = self.desk.texts()
        gaps = [gap for gap in self.desk.all_gaps(standing=True) if gap.subject is None]
        for run, there in self.there_when_begun.items():
            if run not in self.done - self.slipping:
                continue
            for item, (stream, created) in there.items():
                told = any(g.stream == stream and (not g.start or g.start.isoformat() <= created) for g in gaps)
                assert item in held or item in self.withheld or told, (run, item, created)

    def teardown(self) -> None:
        """Everything works again: after a deep walk the archive holds what there is, and no hole is left open."""
        try:
            self._heal_and_compare()
        finally:
            self.desk.close()
            self.desk.archive.close()
            self.quick.__exit__(None, None, None)
            shutil.rmtree(self.directory)

    def _heal_and_compare(self) -> None:
        self.heal()
        self.desk.platform.validators = False
        for _ in range(3):
            self.desk.clock.move(2 * HOUR)
            self.desk.finish(depth=Depth.DEEP)
            self._acknowledge()
        self.versions_are_what_was_shown()
        texts, truth = self.desk.texts(), self.platform.truth()
        assert {item: texts.get(item) for item in truth} == truth
        seen = dict(self.desk.rows("SELECT remote_id, seen FROM items"))
        for post in self.platform.posts:
            if post.id in seen:
                there = "hidden" if post.visibility == "hidden" else "present"
                assert seen[post.id] == ("absent" if post.removed else there), post
        self._compare_files()
        gone = {post.id for post in self.platform.posts if post.removed}
        gone |= {c.id for post in self.platform.posts for c in every(post) if c.removed or post.removed}
        gone |= {post.id for post in self.platform.posts if not every(post) or all(c.removed for c in post.comments)}
        untold = {post.id for post in self.living() if not post.edited}  # its history is not to be had any more
        for gap in self.desk.all_gaps(standing=True):
            assert gap.subject is not None, gap
            if gap.stream == "history" and gap.subject.partition("#")[0] in untold:
                continue
            assert gap.subject.partition("#")[0] in gone, gap
        self.desk.require_sound()
        assert self.desk.count("frontier") == 0

    def _compare_files(self) -> None:
        held = dict(self.desk.rows("SELECT media_id, sha256 FROM item_media"))
        for post in self.living():
            for media_id, name in post.files:
                assert held[media_id] == hashlib.sha256(self.platform.files[name]).hexdigest()


EXAMPLES, STEPS, AT_LEAST = (40, 100, 2_000) if os.environ.get("CI") else (10, 60, 200)


@pytest.mark.timeout(900)
@pytest.mark.timeout(1500)
def test_anything_in_any_order_is_held_once_or_told_as_a_gap() -> None:
    """People post, edit, hide and remove; the platform fails; the archiver is killed, thousands of steps in CI."""
    PollingMachine.steps = 0

    stateful.run_state_machine_as_test(
        PollingMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would take longer than a test may
            print_blob=True,
        ),
    )

    assert PollingMachine.steps >= AT_LEAST
