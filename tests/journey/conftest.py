"""The sample district, archived by the program over a wire that was listened to, and three requests about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from archiver.demo.server import DemoDistrict
from tests.journey.program import Bundle, Program
from tests.journey.wire import Wire

TOKEN_NAME = "JOURNEY_TOKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What happened. `ids` are the remote ids of the statuses by the district's own keys; `wire` is still open."""

    demo: DemoDistrict
    wire: Wire
    program: Program
    ids: dict[str, str]
    first_answers: bytes
    about_roof: Bundle
    about_bus: Bundle
    public: Bundle
    everything: Bundle


@pytest.fixture(scope="session")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """Registered, polled, changed, polled again, asked for: every step a command of the program."""
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    with DemoDistrict(began) as demo, Wire(demo.mastodon_url) as wire:
        program = Program(folder=tmp_path_factory.mktemp("journey"), environ={TOKEN_NAME: demo.token})
        program.begin()
        program.run(
            "accounts", "add", "mastodon", "--id", "social", "--handle", demo.handle, "--url", wire.url,
            "--unit", "District office", "--level", "executive", "--credential", f"env:{TOKEN_NAME}",
        )  # fmt: skip
        program.run("poll", "--all")
        first_answers = wire.received
        keys = ("roof", "meeting", "c7", "c8", "d1", "d2", "d3", "d4", "d-old", "d-old-answer")
        ids = {key: demo.district.id_of(key) for key in keys}
        demo.district.edit(ids["roof"], "The new roof of Osprey Bend, finished. #Construction")
        demo.district.remove_a_comment()
        program.run("poll", "--all", "--depth", "rewalk")
        yield Journey(
            demo=demo,
            wire=wire,
            program=program,
            ids=ids,
            first_answers=first_answers,
            about_roof=program.bundle("roof", "--words", "roof", "--kind", "post"),
            about_bus=program.bundle("bus", "--kind", "message"),
            public=program.bundle("public", "--kind", "post", "--kind", "comment"),
            everything=program.bundle("everything"),
        )
