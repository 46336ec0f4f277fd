"""Anything in any order: a platform that changes and fails, an archiver that is killed; what is held is compared."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition

from archiver.storage.run_rows import Depth
from tests.polling.desk import DAY, HOUR, QUARTER, START, Desk
from tests.polling.killing import Killed, ending_at
from tests.polling.machine_faults import FAULTS, answer_of, revoked_after
from tests.polling.machine_gaps import Gaps
from tests.polling.machine_running import step
from tests.polling.machine_truth import Truth
from tests.polling.machine_walks import Walks
from tests.polling.published import Comment, Post, all_of
from tests.storage.warc_samples import no_waiting_for_the_disk

MEMORY = Path("/dev/shm")
PARTS = ("/profile", "/posts", "/posts?page=2", "/messages", "/comments", "/history", "files.example", "platform.")
WHICH = st.integers(0, 19)
KIND = st.sampled_from(range(24))
LASTING = st.sampled_from([1, 2, 4, 8])  # polls, after which everything works again
EVERY_SO_OFTEN = 8  # polls, after which every byte is looked at that was not yet

T = TypeVar("T")


class PollingMachine(RuleBasedStateMachine):
    """What was shown to the archive and acknowledged by it is held, once; what could not be shown is a gap."""

    taken: ClassVar[Counter[str]]  # steps by rule, of all machines of a part together
    met: ClassVar[Counter[str]]  # what the archiver really met
    kinds: ClassVar[Sequence[str]] = sorted(FAULTS.keys() - {"revoked"})
    most_posts: ClassVar[int] = 9

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.quick = no_waiting_for_the_disk()
        self.quick.__enter__()
        self.desk = Desk(self.directory / "archive")
        self.platform = self.desk.platform
        self.truth, self.gaps, self.walks = Truth(self.desk), Gaps(self.desk), Walks(self.desk)
        self.verified: dict[int, int] = {}
        self.texts = self.polls = self.well_again = self.next_kind = 0

    @initialize(validators=st.booleans(), posts=st.integers(0, 100), kind=KIND)
    def begin(self, validators: bool, posts: int, kind: int) -> None:  # noqa: FBT001
        self.platform.validators = validators
        self.next_kind = kind
        for _ in range(posts % (self.most_posts + 1)):
            self._post(files=0, comments=0)

    # What people do on the platform

    @step(files=st.integers(0, 1), comments=st.integers(0, 2))
    def post(self, files: int, comments: int) -> None:
        self._post(files=files, comments=comments)

    @precondition(lambda self: self.living())
    @step(which=WHICH, told=st.booleans())
    def edit(self, which: int, told: bool) -> None:  # noqa: FBT001
        post = _one(self.living(), which)
        text = _one([*(before for before, _ in post.before), self._text()], which)
        if text != post.text:
            self.platform.edit(post, text)
            post.edited = post.edited if told else None

    @precondition(lambda self: self.living())
    @step(which=WHICH, visibility=st.sampled_from(["hidden", "public"]))
    def hide(self, which: int, visibility: str) -> None:
        _one(self.living(), which).visibility = visibility

    @precondition(lambda self: self.living())
    @step(which=WHICH)
    def remove(self, which: int) -> None:
        _one(self.living(), which).removed = True
        self.walks.an_item_goes()
        self.gaps.may_show_less = True

    @precondition(lambda self: self.living())
    @step(which=WHICH)
    def comment(self, which: int) -> None:
        post = _one(self.living(), which)
        places: list[Post | Comment] = [post, *post.comments]
        self.platform.comment(_one(places, which), self._text())

    @precondition(lambda self: any(post.comments for post in self.living()))
    @step(which=WHICH)
    def remove_comment(self, which: int) -> None:
        _one([c for post in self.living() for c in post.comments], which).removed = True

    @step()
    def message(self) -> None:
        self.platform.message(self._text())

    @precondition(lambda self: self.living())
    @step(which=WHICH, likes=st.integers(0, 5))
    def like(self, which: int, likes: int) -> None:
        _one(self.living(), which).likes = likes

    # What goes wrong

    @step(part=st.sampled_from(PARTS), replies=st.sampled_from([1, 2, 4, 10**9]), polls=LASTING)
    def poll_what_fails(self, part: str, replies: int, polls: int) -> None:
        """The kinds take turns, so that all of them are met."""
        self._have_to_ask(part)
        self.platform.fail(part, answer_of(self.platform, _one(self.kinds, self.next_kind)), replies)
        self.next_kind += 1
        self._poll_while_it_fails(polls)

    @step(after=st.integers(0, 6), polls=LASTING)
    def poll_and_revoke_the_token(self, after: int, polls: int) -> None:
        """After so many further replies, in the middle of a walk."""
        self.platform.fail("platform.", revoked_after(self.platform, after), times=after + 1)
        self._poll_while_it_fails(polls, depth=Depth.DEEP)

    @step(page=st.integers(1, 3))
    def poll_and_shift_pages(self, page: int) -> None:
        """A post pushes the others on, just as this page is asked for."""

        def push(asked: int) -> None:
            if asked == page:
                self.platform.on_page = lambda _page: None
                self._post(files=0, comments=0)
                self.met["page shift"] += 1

        self.platform.on_page = push
        self._poll(depth=Depth.REWALK)
        self.platform.on_page = lambda _page: None

    @step(by=st.sampled_from([QUARTER, HOUR, 5 * HOUR, DAY, 3 * DAY]))
    def time_passes(self, by: timedelta) -> None:
        self.desk.clock.move(by)

    @step(by=st.sampled_from([timedelta(minutes=3), HOUR, 2 * DAY]))
    def clock_is_set_back(self, by: timedelta) -> None:
        if self.desk.clock.now() - by > START:
            self.desk.clock.move(-by)
            self.truth.in_order = False
            self.gaps.set_back = True
            self.walks.clock_is_set_back(by)
            self.met["clock set back"] += 1

    # What the archiver does

    @step(depth=st.sampled_from([None, None, Depth.REWALK, Depth.DEEP]))
    def poll(self, depth: Depth | None) -> None:
        self._poll(depth=depth)

    @step()
    def poll_to_the_end(self) -> None:
        for _ in range(4):
            self._poll()
            if not self.desk.rows("SELECT 1 FROM runs WHERE ended IS NULL"):
                return

    @step(step=st.integers(1, 60), more=st.booleans())
    def poll_and_kill(self, step: int, more: bool) -> None:  # noqa: FBT001
        if more:
            self._have_to_ask("files.example")
        self._poll(kill_at=step)

    @step()
    def restart(self) -> None:
        self.desk.restart()
        self.truth.compare()

    # What must hold

    def _poll(self, *, depth: Depth | None = None, kill_at: int | None = None) -> None:
        """One poll, with all that can be told of it compared."""
        self.desk.clock.move(timedelta(seconds=30))
        there, begun = self.walks.there(), self.desk.clock.now()
        killed = not self._polled(depth, kill_at)
        said = self.truth.after_a_kill() if killed else self.truth.acknowledge()
        self.gaps.learn(said, begun=begun, killed=killed)
        self.walks.polled(there)
        self.walks.require_held_or_told()
        self.gaps.require_no_hole_in_time()
        self.polls += 1
        if self.polls >= self.well_again:
            self.platform.heal()
        if killed or self.polls % EVERY_SO_OFTEN == 0:
            self.desk.require_sound(self.verified)
        self.met.update(one.wrong for one in said if one.wrong)
        self.met["kill"] += killed

    def _poll_while_it_fails(self, polls: int, *, depth: Depth | None = None) -> None:
        self.well_again = max(self.well_again, self.polls + polls)
        self._poll(depth=depth)

    def _polled(self, depth: Depth | None, kill_at: int | None) -> bool:
        """Whether the poll came to its end."""
        if kill_at is None:
            self.desk.poll(depth=depth)
            return True
        try:
            with ending_at(kill_at):
                self.desk.poll(depth=depth)
        except Killed:
            self.desk.restart()
            return False
        return True

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
        self.platform.heal()
        self.platform.validators = False
        for _ in range(3):
            self.desk.clock.move(2 * HOUR)
            self.desk.finish(depth=Depth.DEEP)
            self.truth.acknowledge()
        self.truth.require_everything()
        self._require_gaps_only_of_what_is_gone()
        self.desk.require_sound()
        assert self.desk.count("frontier") == 0

    def _require_gaps_only_of_what_is_gone(self) -> None:
        gone = {post.id for post in self.platform.posts if post.removed or not any(all_of(post.comments))}
        gone |= {c.id for post in self.platform.posts for c in _every(post) if c.removed or post.removed}
        untold = {post.id for post in self.living() if not post.edited}  # its history is not to be had any more
        for gap in self.desk.all_gaps(standing=True):
            assert gap.subject is not None, gap
            subject = gap.subject.partition("#")[0]
            assert subject in gone or (gap.stream == "history" and subject in untold), gap

    # Words

    def living(self) -> list[Post]:
        """The posts that are there."""
        return [post for post in self.platform.posts if not post.removed]

    def _have_to_ask(self, part: str) -> None:
        """See to it that the next poll asks for this part of the platform, if it gets so far."""
        if part == "files.example" or not self.living():
            self._post(files=1, comments=1)
        elif part == "/comments":
            self.platform.comment(self.living()[-1], self._text())
        elif part == "/history":
            self.platform.edit(self.living()[-1], self._text())

    def _post(self, *, files: int, comments: int) -> None:
        self.platform.post(self._text(), files=files, comments=comments)

    def _text(self) -> str:
        self.texts += 1
        return f"text {self.texts}"


def _one(of: Sequence[T], which: int) -> T:
    return of[which % len(of)]


def _every(post: Post) -> list[Comment]:
    """The comments and replies of a post, there or not."""
    found = list(post.comments)
    for comment in found:
        found += comment.replies
    return found
