"""A witness in a process of its own: what it signs, and what it refuses of a ledger that was rewritten."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.anchoring import cosignature, witness_state
from archiver.clock import SetClock
from archiver.config_ledger import Authority, Witness
from archiver.storage import anchor_files, anchors
from archiver.storage.acts import acts_on
from archiver.storage.archive import Archive
from archiver.storage.ledger import signed_note
from tests.anchoring.authority import TestAuthority
from tests.anchoring.ledger import START, note, sign
from tests.anchoring.setting import authority, round_, running, serving
from tests.exact_server import ExactServer
from tests.storage.ledger.notes import ALICES
from tests.storage.ledger.trees import datas, tree_hash

HOUR = timedelta(hours=1)
FORGED = [bytes(32), *datas(400)[1:]]


@dataclass(kw_only=True)
class Watched:
    """An archive, and a witness that runs."""

    archive: Archive
    clock: SetClock
    state: witness_state.WitnessState
    witness: Witness

    @property
    def ledger(self) -> Path:
        """The folder of the ledger."""
        return self.archive.directory / "ledger"

    def show(self) -> str:
        """Show the newest checkpoint an hour later; the cause where it is not signed."""
        self.clock.move(HOUR)
        (outcome,) = round_(self.archive, self.clock, self.witness)
        return outcome.gap.cause if outcome.gap else "signed"

    def forge(self, size: int) -> None:
        """Make the whole ledger anew, with other contents, as somebody with the key and every right could."""
        for folder in ("tile", "checkpoints"):
            shutil.rmtree(self.ledger / folder)
        sign(self.archive, size, FORGED)


@pytest.fixture
def watched(archive: Archive, tmp_path: Path) -> Iterator[Watched]:
    """An archive whose witness has signed the checkpoint of 300."""
    state = witness_state.create(tmp_path / "witness", "w.example/1")
    state.trust(str(ALICES))
    with serving(state.directory) as url:
        witness = Witness(name="esd", url=url, key=str(state.key))
        made = Watched(archive=archive, clock=SetClock(START), state=state, witness=witness)
        assert made.show() == "signed"
        yield made


def test_each_checkpoint_is_cosigned_and_the_lines_go_with_proofs(watched: Watched) -> None:
    """They are kept by size, hold by the witness's key, and are given for a proof's checkpoint."""
    sign(watched.archive, 301)
    assert watched.show() == "signed"
    for size in (300, 301):
        lines = anchor_files.cosignatures(watched.ledger, size)
        joined = signed_note.parse(note(size, tree_hash(datas(size))) + lines)
        assert len(list(cosignature.holding(joined, [watched.state.key]))) == 1
    assert watched.state.seen(ALICES.name).size == 301


@pytest.mark.parametrize("size", [300, 350, 299])
def test_a_rewritten_ledger_is_refused_and_raises_an_alarm(size: int, watched: Watched) -> None:
    """Of the same size, longer or shorter: the witness is named, and the alarm is an act."""
    watched.forge(size)
    assert watched.show() == anchors.INTEGRITY
    (gap,) = anchors.anchor_gaps(watched.archive.database.connection(), standing=True)
    (act,) = acts_on(watched.archive.database.connection(), "witness esd")

    assert (gap.alarm, gap.name, gap.since) == (True, "esd", START + 2 * HOUR)
    assert "The witness esd" in gap.detail
    assert (act.act, act.detail["cause"]) == ("raised an integrity alarm", anchors.INTEGRITY)
    assert watched.state.seen(ALICES.name).root == tree_hash(datas(300))


def test_an_alarm_stands_whatever_fails_later(watched: Watched) -> None:
    """A witness that cannot be reached afterwards does not make it a mere failure."""
    watched.forge(350)
    watched.show()
    with socket.create_server(("127.0.0.1", 0)) as free:
        gone = f"http://127.0.0.1:{free.getsockname()[1]}"
    watched.witness = replace(watched.witness, url=gone)
    assert watched.show() == "network"
    (gap,) = anchors.anchor_gaps(watched.archive.database.connection(), standing=True)

    assert (gap.alarm, gap.tries) == (True, 2)


def test_an_alarm_ends_when_the_ledger_continues_what_the_witness_saw(watched: Watched) -> None:
    """As after a restore of the right copy."""
    kept = watched.ledger.with_name("kept")
    shutil.copytree(watched.ledger, kept)
    watched.forge(350)
    watched.show()
    shutil.rmtree(watched.ledger)
    kept.rename(watched.ledger)
    sign(watched.archive, 310)

    assert watched.show() == "signed"
    assert anchors.anchor_gaps(watched.archive.database.connection(), standing=True) == ()


def test_an_older_copy_that_was_restored_raises_the_alarm(watched: Watched) -> None:
    """The witness saw more entries than it has."""
    kept = watched.ledger.with_name("kept")
    shutil.copytree(watched.ledger, kept)
    sign(watched.archive, 320)
    watched.show()
    shutil.rmtree(watched.ledger)
    kept.rename(watched.ledger)
    sign(watched.archive, 310)

    assert watched.show() == anchors.INTEGRITY


def test_a_witness_that_does_not_know_the_key_is_no_alarm(archive: Archive, tmp_path: Path) -> None:
    """Its keeper has to be told the key; until then it is a gap."""
    state = witness_state.create(tmp_path / "witness", "w.example/1")
    with running(state) as url:
        witness = Witness(name="esd", url=url, key=str(state.key))
        (outcome,) = round_(archive, SetClock(START), witness)
    assert outcome.gap and (outcome.gap.cause, outcome.gap.alarm) == ("rejected", False)


def test_a_signature_by_another_key_than_configured_counts_for_nothing(watched: Watched, tmp_path: Path) -> None:
    """Nor does one that is not over this checkpoint."""
    other = witness_state.create(tmp_path / "other", "w.example/1")
    watched.witness = replace(watched.witness, key=str(other.key))
    sign(watched.archive, 301)
    assert watched.show() == "bad answer"
    stale = anchor_files.cosignatures(watched.ledger, 300)
    with ExactServer(lambda _: [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(stale) + stale]) as server:
        watched.witness = replace(watched.witness, url=server.url, key=str(watched.state.key))
        assert watched.show() == "bad answer"
    assert anchor_files.cosignatures(watched.ledger, 301) == b""


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (b"HTTP/1.1 409 C\r\nContent-Length: 4\r\n\r\n299\n", "bad answer"),
        (b"HTTP/1.1 409 C\r\nContent-Length: 3\r\n\r\nabc", "bad answer"),
        (b"HTTP/1.1 500 C\r\nContent-Length: 0\r\n\r\n", "bad answer"),
        (b"HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "bad answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "bad answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "bad answer"),
        (b"HTTP/1.1 403 F\r\nContent-Length: 0\r\n\r\n", "rejected"),
    ],
)
def test_what_a_strange_witness_says_is_a_gap_and_no_more(reply: bytes, cause: str, watched: Watched) -> None:
    """It is asked twice at most, and nothing of it is kept."""
    sign(watched.archive, 301)
    with ExactServer(lambda _: [reply]) as server:
        watched.witness = replace(watched.witness, url=server.url)
        assert watched.show() == cause
        assert len(server.requests) <= 2
    assert anchor_files.cosignatures(watched.ledger, 301) == b""


CRASH = """
import os, signal, sys
from pathlib import Path
from archiver.anchoring import places
from archiver.clock import SetClock
from archiver.config_ledger import Authority, Witness
from archiver.storage import anchor_files
from archiver.storage.archive import Archive
from tests.anchoring.ledger import START
from tests.anchoring.setting import round_
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(anchor_files, sys.argv[2], die)
round_(Archive.open(Path(sys.argv[1])), SetClock(START), eval(sys.argv[3], {"Authority": Authority, "Witness": Witness,
    "PosixPath": Path}))
"""


def crash(archive: Archive, where: str, place: Authority | Witness) -> int:
    """Show the newest checkpoint in another process, which dies between the answer and storing it."""
    words = [sys.executable, "-c", CRASH, str(archive.directory), where, repr(place)]
    return subprocess.run(words, check=False, capture_output=True).returncode


def test_after_a_crash_between_signature_and_storing_it_is_signed_again(watched: Watched) -> None:
    """The witness knows more than the archive, says so, and is asked anew from there."""
    sign(watched.archive, 310)
    assert crash(watched.archive, "keep_witness", watched.witness) == -signal.SIGKILL
    assert watched.state.seen(ALICES.name).size == 310
    assert anchor_files.newest_cosigned(watched.ledger, "esd") == 300
    sign(watched.archive, 320)

    assert watched.show() == "signed"
    assert anchor_files.newest_cosigned(watched.ledger, "esd") == 320


def test_after_a_crash_between_stamp_and_storing_it_is_stamped_again(archive: Archive, tsa: TestAuthority) -> None:
    """Nothing of it was kept, and the next round keeps one."""
    with ExactServer(tsa.respond) as server:
        one = authority(server.url, tsa)
        assert crash(archive, "keep_stamp", one) == -signal.SIGKILL
        assert anchor_files.stamped_sizes(archive.directory / "ledger", "one") == frozenset()
        (outcome,) = round_(archive, SetClock(START), one)
    assert outcome.gap is None
    assert len(server.requests) == 2


HOSTILE: dict[str, Callable[[socket.socket], None]] = {
    "silent": lambda _: None,
    "half a request": lambda line: line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 100\r\n\r\nold"),
    "endless head": lambda line: line.sendall(b"POST /add-checkpoint HTTP/1.1\r\n" + b"X: y\r\n" * 200),
    "huge": lambda line: line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n"),
    "chunked": lambda line: line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "no number": lambda line: line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: -5\r\n\r\n"),
    "another page": lambda line: line.sendall(b"GET /signing-key HTTP/1.1\r\n\r\n"),
    "a path out": lambda line: line.sendall(b"POST /../signing-key HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
    "noise": lambda line: line.sendall(bytes(range(256)) * 20 + b"\r\n\r\n"),
}


def test_hostile_clients_do_not_keep_a_witness_from_answering(archive: Archive, tmp_path: Path) -> None:
    """Each is cut off or refused; none gets a signature or a file."""
    state = witness_state.create(tmp_path / "witness", "w.example/1")
    state.trust(str(ALICES))
    with running(state, seconds=0.5) as url:
        port = int(url.rpartition(":")[2])
        for attack in HOSTILE.values():
            with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
                attack(line)
                answer = _all(line)
                assert not answer.startswith(b"HTTP/1.0 200") and "\u2014".encode() not in answer
        (outcome,) = round_(archive, SetClock(START), Witness(name="esd", url=url, key=str(state.key)))
    assert outcome.gap is None


def _all(line: socket.socket) -> bytes:
    data = b""
    try:
        while block := line.recv(65536):
            data += block
    except ConnectionResetError:
        pass
    return data
