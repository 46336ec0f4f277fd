"""Each checkpoint is shown to who is due; who does not take it is a gap, until it does."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from archiver.anchoring import beside, rounds
from archiver.anchoring.beside import Watch, anchoring
from archiver.clock import SetClock
from archiver.errors import Locked
from archiver.storage import anchors
from archiver.storage.acts import acts_on
from archiver.storage.anchors import AnchorKind
from archiver.storage.archive import Archive
from tests.anchoring.authority import TestAuthority, http
from tests.anchoring.ledger import START, sign
from tests.anchoring.setting import RETRY, authority, config, round_
from tests.exact_server import CLOSE, HOLD, ExactServer, Step

MINUTE = timedelta(minutes=1)


def test_a_stamp_is_kept_as_received_with_what_it_shows(archive: Archive, tsa: TestAuthority) -> None:
    """The answer to the byte, its digest, the time it asserts, and what both verifiers said."""
    clock = SetClock(START)
    with ExactServer(tsa.respond) as server:
        outcomes = round_(archive, clock, authority(f"{server.url}/?key=canary", tsa))
    folder = archive.directory / "ledger" / "stamps" / "000000000300"
    answer, said = (folder / "one.tsr").read_bytes(), json.loads((folder / "one.json").read_bytes())

    assert [(one.name, one.size, one.gap) for one in outcomes] == [("one", 300, None)]
    assert said["sha256"] == hashlib.sha256(answer).hexdigest()
    assert (said["library"], said["openssl"]) == ("accepted", "accepted")
    assert (said["asked"], said["url"]) == ("2026-11-21T12:00:00.000000Z", f"{server.url}/")
    assert said["asserted"] > "2026-01-01T00:00:00.000000Z"
    assert sorted(path.name for path in folder.iterdir()) == ["one.json", "one.tsr"]


def test_who_has_a_checkpoint_is_shown_the_next_one_after_its_interval(archive: Archive, tsa: TestAuthority) -> None:
    """Not the same again, and not each one that is made meanwhile."""
    clock = SetClock(START)
    with ExactServer(tsa.respond) as server:
        one = authority(server.url, tsa)
        asked = []
        for pause, size in ((0, 300), (61, 300), (0, 301), (5, 302), (54, 303), (2, 303), (600, 303)):
            clock.move(pause * MINUTE)
            sign(archive, size)
            asked.append([outcome.size for outcome in round_(archive, clock, one)])

    assert asked == [[300], [], [301], [], [], [303], []]


CAUSES: dict[str, tuple[Iterable[Step], str, str]] = {
    "rejection": ([http(bytes.fromhex("30053003020102"))], "rejected", "status 2"),
    "garbage": ([http(b"garbage")], "bad answer", "no time stamp"),
    "another page": ([http(b"<html>", type_="text/html")], "bad answer", "status 200 and no time stamp"),
    "server error": ([http(b"", status="503 Busy")], "bad answer", "status 503"),
    "redirect": ([http(b"", status="302 Found\r\nLocation: /")], "bad answer", "status 302"),
    "cut": ([http(b"abc")[:-1], CLOSE], "cut short", ""),
}


@pytest.mark.parametrize("how", CAUSES)
def test_who_does_not_take_it_is_a_gap_with_its_cause(how: str, archive: Archive, tsa: TestAuthority) -> None:
    """On record from the first failure, as an act too; nothing is kept as a stamp."""
    steps, cause, words = CAUSES[how]
    with ExactServer(lambda _: steps) as server:
        outcomes = round_(archive, SetClock(START), authority(server.url, tsa))
    gap = outcomes[0].gap
    assert gap is not None and words in gap.detail

    assert (gap.kind, gap.size, gap.cause, gap.since, gap.tries) == (AnchorKind.AUTHORITY, 300, cause, START, 1)
    assert anchors.anchor_gaps(archive.database.connection(), standing=True) == (gap,)
    assert [act.act for act in acts_on(archive.database.connection(), "authority one")] == ["opened an anchor gap"]
    assert list((archive.directory / "ledger" / "stamps").glob("*/*.json")) == []


def test_nobody_there_is_a_gap_too(archive: Archive, tsa: TestAuthority) -> None:
    """Refused, and an address that the guard refuses."""
    with ExactServer([b""]) as server:
        gone = authority(server.url, tsa)
    outcomes = round_(archive, SetClock(START), gone, authority("http://192.168.1.1/", tsa, "two"))

    assert [one.gap and one.gap.cause for one in outcomes] == ["network", "address refused"]


def test_the_answer_that_shows_nothing_is_kept_to_look_into(archive: Archive, tsa: TestAuthority) -> None:
    """Beside the stamps, and never as one."""
    with ExactServer(lambda _: [http(b"garbage")]) as server:
        round_(archive, SetClock(START), authority(server.url, tsa))

    assert (archive.directory / "ledger/stamps/000000000300/one.refused").read_bytes() == b"garbage"


def test_it_is_tried_again_after_pauses_that_double_up_to_the_interval(archive: Archive, tsa: TestAuthority) -> None:
    """15, 30, 60, 60 minutes; in between nothing is asked."""
    clock = SetClock(START)
    tried = []
    with ExactServer(lambda _: [http(b"garbage")]) as server:
        one = authority(server.url, tsa)
        for minute in range(0, 240, 5):
            if round_(archive, clock, one):
                tried.append(minute)
            clock.move(5 * MINUTE)

    assert tried == [0, 15, 45, 105, 165, 225]
    assert len(server.requests) == 6


def test_a_clock_that_was_set_back_keeps_nobody_waiting(archive: Archive, tsa: TestAuthority) -> None:
    """What was planned by the wrong clock means nothing."""
    clock = SetClock(START + timedelta(days=3000))
    with ExactServer(lambda _: [http(b"garbage")]) as server:
        one = authority(server.url, tsa)
        round_(archive, clock, one)
        clock.move(timedelta(days=-3000))
        assert len(round_(archive, clock, one)) == 1
    with ExactServer(tsa.respond) as server:
        one = authority(server.url, tsa)
        clock.move(RETRY * 4)
        round_(archive, clock, one)
        clock.move(timedelta(days=-10))
        sign(archive, 400)
        assert len(round_(archive, clock, one)) == 1


def test_a_gap_ends_with_the_next_checkpoint_that_is_taken(archive: Archive, tsa: TestAuthority) -> None:
    """Which closes it, as an act; later ones are no acts, or each would lead to the next checkpoint."""
    clock = SetClock(START)
    with ExactServer(lambda _: [http(b"garbage")]) as server:
        round_(archive, clock, authority(server.url, tsa))
    with ExactServer(tsa.respond) as server:
        for size in (301, 302):
            clock.move(timedelta(hours=2))
            sign(archive, size)
            round_(archive, clock, authority(server.url, tsa))
    db = archive.database.connection()
    (gap,) = anchors.anchor_gaps(db, standing=False)

    assert (gap.size, gap.closed_size, gap.closed) == (300, 301, START + timedelta(hours=2))
    assert anchors.anchor_gaps(db, standing=True) == ()
    acts = [(act.act, act.detail["size"]) for act in acts_on(db, "authority one")]
    assert acts == [("opened an anchor gap", 300), ("closed an anchor gap", 301)]


def test_one_that_fails_does_not_stop_another(archive: Archive, tsa: TestAuthority) -> None:
    """The second authority stamps while the first does not answer."""
    with ExactServer(lambda _: [CLOSE]) as broken, ExactServer(tsa.respond) as server:
        named = (authority(broken.url, tsa), authority(server.url, tsa, "two"))
        outcomes = round_(archive, SetClock(START), *named)

    assert [(one.name, one.gap is None) for one in outcomes] == [("one", False), ("two", True)]


def test_without_a_checkpoint_or_a_place_nothing_is_shown(archive: Archive, tsa: TestAuthority) -> None:
    """And nothing fails."""
    assert round_(archive, SetClock(START)) == ()
    for path in (archive.directory / "ledger" / "checkpoints").iterdir():
        path.unlink()
    assert round_(archive, SetClock(START), authority("http://127.0.0.1:9/", tsa)) == ()


def test_only_one_process_shows_checkpoints_at_a_time(archive: Archive, tsa: TestAuthority) -> None:
    """The other one says so, and changes nothing."""
    with rounds._alone(archive), pytest.raises(Locked):
        round_(archive, SetClock(START), authority("http://127.0.0.1:9/", tsa))
    assert anchors.anchor_gaps(archive.database.connection(), standing=False) == ()


def watch(archive: Archive, url: str, tsa: TestAuthority) -> dict[str, Any]:
    """What the thread beside the daemon is given."""
    return {
        "archive": archive,
        "config": config(authority(url, tsa)),
        "clock": SetClock(START),
        "environ": {},
    }


def test_beside_the_daemon_each_new_checkpoint_is_shown(
    archive: Archive, tsa: TestAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a thread of its own, which ends with the daemon."""
    monkeypatch.setattr(beside, "LOOK_SECONDS", 0.01)
    stamped = threading.Event()

    def respond(request: bytes) -> Iterable[Step]:
        yield from tsa.respond(request)
        stamped.set()

    with ExactServer(respond) as server, anchoring(**watch(archive, server.url, tsa)):
        assert stamped.wait(20)
    assert not any(thread.name == "anchoring" for thread in threading.enumerate())


def test_a_place_that_never_answers_does_not_hold_up_the_daemons_end(
    archive: Archive, tsa: TestAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its exchange is left alone after a moment."""
    monkeypatch.setattr(beside, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(beside, "LEAVE_SECONDS", 0.1)
    asked = threading.Event()

    def respond(_request: bytes) -> Iterable[Step]:
        asked.set()
        yield HOLD

    with ExactServer(respond) as server:
        with anchoring(**watch(archive, server.url, tsa)):
            assert asked.wait(20)
        left = [thread for thread in threading.enumerate() if thread.name == "anchoring"]
        assert len(left) == 1
    left[0].join(20)


def test_a_fault_beside_the_daemon_is_told_and_ends_nothing(
    archive: Archive, tsa: TestAuthority, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it is."""

    def fault(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rounds, "newest", fault)
    Watch(**watch(archive, "http://127.0.0.1:9/", tsa)).look(())

    assert "checkpoint not shown outside by a fault" in caplog.text
