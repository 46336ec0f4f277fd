"""No false alarm: an archive that lives on is verified again and again against every checkpoint somebody ever kept."""

from __future__ import annotations

import os
import random
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archiver.acts.registration import as_json
from archiver.acts.requests import Opening, close_request, open_request
from archiver.checks.against import Outside, verify_against
from archiver.checks.rebuild import Tools
from archiver.checks.verify import Scope
from archiver.model import Selector
from archiver.storage.acts import record_act
from archiver.storage.ledger.custody import place_of, rotate
from archiver.storage.ledger.making import make
from archiver.storage.registers import Act
from tests.polling.desk import QUARTER, Desk
from tests.polling.replies import said

MANY = "ARCHIVER_CLEAN_RUNS"
RUNS = 60


class Life:
    """What happens to an archive, at random; and the checkpoints that others have of it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.desk = Desk(folder / "archive")
        self.chance = random.Random(seed)
        self.kept: list[bytes] = []
        self.requests = 0
        account, now = self.desk.account, self.desk.clock.now()
        with self.desk.archive.database.transaction() as db:
            record_act(db, at=now, actor="Rhea", act=Act.REGISTERED, subject=account.id, detail=as_json(account))

    def step(self) -> None:
        """Something happens, then some time passes."""
        often = (self.polled, self.polled, self.posted, self.edited, self.removed, self.failed)
        self.chance.choice((*often, self.asked, self.signed, self.restarted, self.keyed))()
        self.desk.clock.move(QUARTER * self.chance.choice((1, 1, 1, 4, 100)))

    def posted(self) -> None:
        """A post, often with comments and a file."""
        self.desk.platform.post("News", comments=self.chance.randrange(3), files=self.chance.randrange(2))

    def edited(self) -> None:
        """A post says something else."""
        for post in self.chance.sample(self.desk.platform.posts, min(1, len(self.desk.platform.posts))):
            self.desk.platform.edit(post, f"Other words {self.chance.random()}")

    def removed(self) -> None:
        """A post is not there any more."""
        for post in self.chance.sample(self.desk.platform.posts, min(1, len(self.desk.platform.posts))):
            post.removed = True

    def polled(self) -> None:
        """A poll, as far as it comes."""
        self.desk.poll()

    def failed(self) -> None:
        """The platform fails for a while."""
        self.desk.platform.fail("", said({"error": "no"}, self.chance.choice((403, 500, 503))), times=3)
        self.desk.poll()
        self.desk.platform.heal()

    def asked(self) -> None:
        """A request is opened, or one is closed."""
        now, archive = self.desk.clock.now(), self.desk.archive
        if self.requests % 2:
            close_request(archive, f"R{self.requests}", note="Answered", who="Rhea", now=now)
        else:
            opening = Opening(received=now, text="All", selector=Selector(), id=f"R{self.requests + 1}")
            open_request(archive, opening, closures=(), who="Rhea", now=now)
        self.requests += 1

    def signed(self) -> None:
        """A checkpoint is made, and somebody keeps it."""
        made = make(self.desk.archive, self.place, at=self.desk.clock.now())
        self.kept.append(bytes(made.note))

    def restarted(self) -> None:
        """The daemon is killed and started again."""
        self.desk.restart()

    def keyed(self) -> None:
        """The ledger's key is replaced by another."""
        if self.kept and self.chance.random() < 0.2:
            rotate(self.desk.archive, self.place, at=self.desk.clock.now(), actor="Rhea")
            self.signed()

    @property
    def place(self) -> Any:
        """Where the ledger's key lies."""
        return place_of(self.desk.archive, "", {})

    def findings(self) -> tuple[Any, ...]:
        """What a verification against any of the checkpoints finds."""
        tools = Tools(config=self.desk.config, connectors={"spoken": self.desk.connector}, clock=self.desk.clock)
        outside = Outside(data=self.chance.choice(self.kept))
        return verify_against(self.desk.archive, outside, self.place, Scope(deep=True), tools).findings


@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_found_in_an_archive_that_nobody_tampered_with(tmp_path: Path, seed: int) -> None:
    """After every few things that happen; ARCHIVER_CLEAN_RUNS says how many verifications, and each is one run."""
    left = int(os.environ.get(MANY, RUNS)) // 2
    life = seed
    while left > 0:
        lived = Life(tmp_path / str(life), life)
        with closing(lived.desk):
            lived.signed()
            for _ in range(min(left, 12)):
                for _ in range(2):
                    lived.step()
                assert lived.findings() == ()
                left -= 1
        life += 2
