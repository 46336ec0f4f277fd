"""Certificates over a platform that fails at random: they name what was injected, and call nothing of it covered."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from archiver.acts.certifying import CERTIFIED, Asked, certify
from archiver.model import parse_iso
from archiver.storage.acts import acts_on
from archiver.storage.ledger import keys, signed_note
from archiver.storage.ledger.custody import place_of
from exports.certificate import Certificate, as_json
from exports.completeness import Hole, Span, StreamCompleteness
from tests.polling.desk import QUARTER, START, Desk
from tests.polling.replies import said

ZONE = ZoneInfo("America/Los_Angeles")
WINDOW = 6  # posts that the listing shows at most: what is pushed out while nobody looks is missed for good
STEPS = 60


@dataclass(slots=True)
class Truth:
    """What really happened: when posts could not be looked at, and every post with its time."""

    missed: list[Span] = field(default_factory=list)
    posts: dict[str, datetime] = field(default_factory=dict)


def lived(desk: Desk, chance: random.Random) -> Truth:
    """Hours of posting and polling, in which the platform fails, or nobody polls, for random stretches."""
    truth = Truth()
    desk.platform.window = WINDOW
    desk.finish()
    failing, since = "", desk.clock.now()
    for _ in range(STEPS):
        desk.clock.move(QUARTER)
        for _ in range(chance.choice((0, 0, 1, 1, 3))):
            post = desk.platform.post("News")
            truth.posts[post.id] = parse_iso(post.created)
        if failing and chance.random() < 0.2:
            truth.missed.append(Span(start=since, end=desk.clock.now()))
            desk.platform.heal()
            failing = ""
        elif not failing and chance.random() < 0.08:
            failing, since = chance.choice(("500", "503", "silence")), desk.clock.now() - QUARTER
            if failing != "silence":
                desk.platform.fail("", said({"error": "no"}, int(failing)))
        if failing != "silence":
            desk.finish_run()
    if failing:
        truth.missed.append(Span(start=since, end=desk.clock.now()))
    return truth


def certificate(desk: Desk, start: datetime = START) -> Certificate:
    """The certificate from the start until now."""
    asked = Asked(account_id="office", start=start, end=desk.clock.now(), agency="Example", zone=ZONE)
    made, _ = certify(
        desk.archive, asked, desk.connector, place_of(desk.archive, "", {}), who="Rhea", now=desk.clock.now()
    )
    return made


def posts_of(made: Certificate) -> StreamCompleteness:
    """What it says of posts."""
    return next(stream for stream in made.streams if stream.name == "posts")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk at work."""
    made = Desk(tmp_path / "archive")
    yield made
    made.close()
    made.archive.close()


@pytest.mark.parametrize("seed", range(6))
def test_what_was_missed_is_in_a_hole_and_every_hole_was_injected(desk: Desk, seed: int) -> None:
    """Posts that were pushed out of the listing unseen are never in covered time; no hole is made up."""
    truth = lived(desk, random.Random(seed))
    found = posts_of(certificate(desk))
    held = set(desk.texts())
    lost = {id_: created for id_, created in truth.posts.items() if id_ not in held}

    assert [id_ for id_, created in lost.items() if any(one.start <= created < one.end for one in found.covered)] == []
    assert [
        hole
        for hole in found.holes
        if not any(one.start <= hole.span.end and hole.span.start <= one.end for one in truth.missed)
    ] == []


def test_something_is_really_lost_in_these_lives(desk: Desk) -> None:
    """The platform does push posts out while it fails: else the test above would show nothing."""
    truth = lived(desk, random.Random(4))

    assert set(truth.posts) - set(desk.texts()) != set()


def test_an_undisturbed_life_is_covered_from_end_to_end(desk: Desk) -> None:
    """No false hole: each stream that was walked is covered until the last walk began."""
    desk.platform.post("First", comments=2)
    desk.finish()
    for _ in range(20):
        desk.later()
    end = desk.clock.now()
    desk.clock.move(timedelta(seconds=1))
    made = certificate(desk)

    assert posts_of(made).covered == (Span(start=START, end=end),)
    assert {hole for stream in made.streams for hole in stream.holes} == {
        Hole(span=Span(start=end, end=made.span.end), gap=None)  # since the last walk began
    }
    assert (made.polls.whole, made.polls.in_part) == (21, 0)
    assert {kind: count for kinds in made.counts.values() for kind, count in kinds.items()}["post"] == 1


def test_it_is_signed_and_an_act_tells_its_digest(desk: Desk) -> None:
    """So that the ledger has it, and a copy can be compared."""
    desk.finish()
    desk.clock.move(QUARTER)
    place = place_of(desk.archive, "", {})
    asked = Asked(account_id="office", start=START, end=desk.clock.now(), agency="Example", zone=ZONE)
    made, note = certify(desk.archive, asked, desk.connector, place, who="Rhea", now=desk.clock.now())
    (act,) = [one for one in acts_on(desk.archive.database.connection(), "office") if one.act == CERTIFIED]

    assert signed_note.signers(signed_note.parse(bytes(note)), keys.known_keys(place.ledger))
    assert act.detail["sha256"] == hashlib.sha256(bytes(note)).hexdigest()
    assert as_json(made)["ledger_size"] == act.detail["ledger_size"] == made.ledger
    assert max(len(line) for line in note.text.splitlines()[6:]) < 100


def test_a_standing_failure_is_named_with_its_cause(desk: Desk) -> None:
    """What the platform answered, from when, and that it is not over."""
    desk.finish()
    desk.later()
    desk.platform.fail("posts", said({"error": "no"}, 403))
    for _ in range(3):
        desk.clock.move(timedelta(hours=1))
        desk.finish_run()
    desk.clock.move(QUARTER)
    made = certificate(desk)

    assert [(hole.gap.cause.value, hole.span.end) for hole in posts_of(made).holes if hole.gap] == [
        ("not allowed", made.span.end)
    ]
    assert posts_of(made).covered[-1].end <= posts_of(made).holes[0].span.start
