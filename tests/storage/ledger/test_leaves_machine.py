"""Whatever is kept, done, broken off and made anew: leaves only grow, and each row keeps the one that speaks for it."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from archiver.acts import registration
from archiver.checks.rebuild import Tools, rebuild
from archiver.errors import DiskError
from archiver.storage import ingest
from archiver.storage.ledger import leaves
from archiver.storage.ledger.recomputed import mismatches
from archiver.storage.segments import Segment
from tests.polling.desk import Desk
from tests.polling.killing import Killed, ending_at, failing
from tests.polling.machine_running import PROVIDER
from tests.polling.replies import said
from tests.polling.speaking import CONNECTOR
from tests.storage.warc_samples import no_waiting_for_the_disk

_ROWS = (
    "SELECT (SELECT count(*) FROM captures) + (SELECT count(*) FROM versions) + (SELECT count(*) FROM acts)"
    " + (SELECT count(*) FROM records WHERE capture IS NULL)"
)


class LeavesMachine(RuleBasedStateMachine):
    """One account on a platform that changes and fails, an archive that is killed, and made anew."""

    met: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self._directory = Path(tempfile.mkdtemp(prefix="leaves-"))
        self._before: list[bytes] = []
        self._quick = no_waiting_for_the_disk()
        self._quick.__enter__()

    @initialize()
    def begin(self) -> None:
        """A new archive."""
        self.desk = Desk(self._directory / "archive")

    @rule(comments=st.integers(0, 2), files=st.integers(0, 1))
    def post(self, comments: int, files: int) -> None:
        """Something new."""
        self.desk.platform.post("news", comments=comments, files=files)

    @precondition(lambda self: self.desk.platform.posts)
    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        """An edit, to and fro between the same words; or a removal."""
        post = data.draw(st.sampled_from(self.desk.platform.posts))
        if data.draw(st.booleans()):
            self.desk.platform.edit(post, data.draw(st.sampled_from(["news", "olds"])))
        else:
            post.removed = not post.removed

    @rule(part=st.sampled_from(["/posts", "/messages", "files", "/profile"]), status=st.sampled_from([403, 404, 500]))
    def fail(self, part: str, status: int) -> None:
        """The platform refuses something."""
        self.desk.platform.fail(part, said({}, status), times=2)

    @rule(hours=st.sampled_from([1, 26, 200, 800]))
    def poll(self, hours: int) -> None:
        """Some time later, perhaps in another month."""
        self.desk.clock.move(timedelta(hours=hours))
        self.desk.poll()

    @rule(hours=st.sampled_from([1, 26, 800]), step=st.integers(1, 60))
    def poll_killed(self, hours: int, step: int) -> None:
        """Killed at a step that changes the disk, and started again."""
        self.desk.clock.move(timedelta(hours=hours))
        try:
            with ending_at(step):
                self.desk.poll()
        except Killed:
            self.met["killed"] += 1
            self.desk.restart()

    @rule(owner=st.sampled_from([(Segment, "sync"), (ingest, "_apply_page")]), after=st.integers(0, 3))
    def poll_failing(self, owner: tuple[object, str], after: int) -> None:
        """The disk fails for a while, or rows of one reply cannot be written."""
        error = DiskError("full") if owner[1] == "sync" else OverflowError("a number too large for a row")
        self.desk.clock.move(timedelta(hours=1))
        _ = self.desk.engine
        try:
            with failing(*owner, error, after=after, times=2):
                self.desk.poll()
        except DiskError:
            self.met["disk failed"] += 1

    @rule(unit=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5))
    def act(self, unit: str) -> None:
        """A person changes the register."""
        if self.desk.account.unit != unit:
            registration.change(
                self.desk.archive,
                "office",
                {"unit": unit},
                connector=CONNECTOR,
                repin=None,
                who="Rhea",
                now=self.desk.clock.now(),
            )

    @rule()
    def make_anew(self) -> None:
        """The catalogue is made from the files again: everything finds the leaf it had."""
        desk, size = self.desk, leaves.size(self.desk.archive.database.connection())
        open_run = bool(desk.rows("SELECT 1 FROM runs WHERE ended IS NULL"))
        unread = bool(desk.rows("SELECT 1 FROM captures WHERE problem LIKE 'its rows%'"))
        desk.close()
        desk.archive.close()
        tools = Tools(config=desk.config, connectors={"spoken": CONNECTOR}, clock=desk.clock)
        assert rebuild(desk.archive.directory, tools).whole
        desk.restart()
        self.met["made anew"] += 1
        if not open_run and not unread:  # then there is nothing new to enter but the act itself
            assert leaves.size(desk.archive.database.connection()) == size + 1

    @invariant()
    def each_row_has_its_leaf_and_each_leaf_its_row(self) -> None:
        """And what the leaves were, they are."""
        if not hasattr(self, "desk"):
            return
        with self.desk.archive.database.snapshot() as db:
            size = leaves.size(db)
            now = list(leaves.datas(db, 0, size))
            assert list(mismatches(db, 0, size)) == []
            assert size - db.execute(_ROWS).fetchone()[0] == 0
        assert now[: len(self._before)] == self._before
        self._before = now

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "desk"):
            self.desk.close()
            self.desk.archive.close()
        self._quick.__exit__(None, None, None)
        shutil.rmtree(self._directory)


@pytest.mark.timeout(600)
def test_whatever_happens_leaves_only_grow_and_each_row_keeps_its_own() -> None:
    """People, platforms, disks, kills and rebuilds, in any order."""
    LeavesMachine.met.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{PROVIDER}._maybe_draw_constant", lambda *_asked, **_how: None)
        run_state_machine_as_test(
            LeavesMachine,
            settings=settings(max_examples=15, stateful_step_count=30, deadline=None, derandomize=True),
        )
    assert LeavesMachine.met.keys() == {"killed", "disk failed", "made anew"}
