"""The commands of anchoring: what they show, and with which exit code they end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.anchoring import cosignature, witness_state
from archiver.anchoring.judging import Judge
from archiver.clock import SetClock
from archiver.storage.archive import Archive
from archiver.storage.ledger import checkpoints, signed_note
from tests.anchoring.authority import TestAuthority
from tests.anchoring.ledger import NAME, note, sign
from tests.anchoring.setting import running
from tests.archives import Filled, filled, filled_once
from tests.cli.calling import Caller, Said
from tests.exact_server import CLOSE, ExactServer, path_of
from tests.storage.ledger.notes import ALICES
from tests.storage.ledger.trees import datas, tree_hash

__all__ = ["filled", "filled_once"]


@dataclass(kw_only=True)
class Anchored:
    """A command line over an archive with an authority and a witness, both reached at one server."""

    call: Caller
    state: witness_state.WitnessState
    broken: set[str]

    @property
    def ledger(self) -> Path:
        """The folder of the ledger."""
        return self.call.folder / "archive" / "ledger"

    def sign(self, size: int, leaves: list[bytes] | None = None) -> None:
        """Make a checkpoint, an hour later."""
        self.call.clock.move(timedelta(hours=1))
        with closing(Archive.open(self.call.folder / "archive")) as archive:
            sign(archive, size, leaves)


@pytest.fixture
def call(tmp_path: Path) -> Caller:
    """Over a new archive."""
    caller = Caller(folder=tmp_path)
    assert caller("init").code == 0
    return caller


@pytest.fixture
def anchored(call: Caller, tsa: TestAuthority) -> Iterator[Anchored]:
    """With a checkpoint of 300 that nobody was shown yet."""
    state = witness_state.create(call.folder / "witness", "w.example/1")
    state.trust(str(ALICES))
    made = Anchored(call=call, state=state, broken=set())
    judge = Judge(state=state, now=call.clock.now)

    def respond(request: bytes) -> Iterator[bytes | str]:
        path = path_of(request)
        if path in made.broken:
            yield CLOSE
        elif path == "/tsa":
            yield from tsa.respond(request)
        else:
            said = judge.answer(request.partition(b"\r\n\r\n")[2])
            head = f"HTTP/1.1 {said.status} X\r\nContent-Type: {said.type}\r\nContent-Length: {len(said.body)}\r\n\r\n"
            yield head.encode() + said.body

    with ExactServer(respond) as server:
        config = call.folder / "archiver.toml"
        config.write_text(
            config.read_text()
            + f'[[ledger.authorities]]\nname = "one"\nurl = "{server.url}/tsa"\ncertificates = "{tsa.root}"\n'
            + f'[[ledger.witnesses]]\nname = "esd"\nurl = "{server.url}"\nkey = "{state.key}"\n'
        )
        for path in (made.ledger / "checkpoints").glob("*"):
            path.unlink()
        made.sign(300)
        yield made


def listed(said: Said) -> list[tuple[int, list[str], list[tuple[str, int | None]]]]:
    """Each checkpoint with who has it, and who has not and which later one."""
    return [
        (
            one["size"],
            [anchor["name"] for anchor in one["anchors"]],
            [(lack["name"], lack["later"]) for lack in one["lacking"]],
        )
        for one in said.json["checkpoints"]
    ]


def test_where_nobody_is_configured_that_is_said(call: Caller) -> None:
    """And nothing fails."""
    for words in (("ledger", "stamp"), ("ledger", "anchors")):
        said = call(*words)
        assert (said.code, "nothing outside this archive shows" in said.out) == (0, True)


def test_the_newest_checkpoint_is_shown_once_to_each(anchored: Anchored) -> None:
    """A second call asks nobody again; the list says who has it, and how it was verified."""
    first, second = (anchored.call("ledger", "stamp", "--json") for _ in range(2))
    said = anchored.call("ledger", "anchors")

    assert (first.code, [one["taken"] for one in first.json["outcomes"]]) == (0, [True, True])
    assert (second.code, second.json["outcomes"], second.json["had_it"]) == (0, [], ["one", "esd"])
    assert listed(anchored.call("ledger", "anchors", "--json")) == [(300, ["one", "esd"], [])]
    assert "authority one: 20" in said.out
    assert "(library accepted; openssl accepted; this host's clock was" in said.out  # it stands at START


def test_one_place_can_be_named(anchored: Anchored) -> None:
    """One that is not configured is an error, with those that are."""
    assert [one["name"] for one in anchored.call("ledger", "stamp", "esd", "--json").json["outcomes"]] == ["esd"]
    assert anchored.call("ledger", "stamp", "esk").code == 2


def test_a_gap_is_told_by_every_command(anchored: Anchored) -> None:
    """Exit code 12 of the one that met it; status and doctor name it, doctor as an error after a day."""
    anchored.broken.add("/tsa")
    assert anchored.call("ledger", "stamp").code == 12
    anchored.sign(301)
    for _ in range(2):
        assert "authority one takes no checkpoint since" in anchored.call("status").out
        assert anchored.call("status", "--json").json["unanchored"][0]["cause"] == "network"
    assert [one["severity"] for one in doctor(anchored)] == ["warning"]
    anchored.call.clock.move(timedelta(hours=25))
    assert [one["severity"] for one in doctor(anchored)] == ["error"]
    anchored.broken.clear()
    assert anchored.call("ledger", "stamp").code == 0

    assert "takes no checkpoint" not in anchored.call("status").out
    assert listed(anchored.call("ledger", "anchors", "--json")) == [
        (301, ["one", "esd"], []),
        (300, ["esd"], [("one", 301)]),
    ]
    why = anchored.call("ledger", "anchors", "--json").json["checkpoints"][1]["lacking"][0]["why"]
    assert why.startswith("network: ")


def doctor(anchored: Anchored) -> list[dict[str, str]]:
    """What the doctor says of anchors."""
    checks = anchored.call("doctor", "--offline", "--json").json["checks"]
    return [one for one in checks if one["id"] == "anchors"]


def test_a_rewritten_ledger_is_an_alarm_in_every_command(anchored: Anchored) -> None:
    """Red, with exit code 10, and with the name of the witness."""
    anchored.call("ledger", "stamp")
    for path in (anchored.ledger / "checkpoints").iterdir():
        path.unlink()
    anchored.sign(310, [bytes(32), *datas(309)])
    said = anchored.call("ledger", "stamp", "esd")

    assert (said.code, "INTEGRITY ALARM: witness esd" in said.out) == (10, True)
    status = anchored.call("status")
    assert (status.code, "INTEGRITY ALARM: witness esd" in status.out.splitlines()[1]) == (10, True)
    assert anchored.call("status", "--nagios").code == 2
    (check,) = doctor(anchored)
    assert (check["severity"], "INTEGRITY ALARM" in check["what"]) == ("error", True)
    assert anchored.call("ledger", "anchors").code == 10


def test_what_is_kept_is_verified_again(anchored: Anchored) -> None:
    """A changed stamp, a changed cosignature, and a changed checkpoint are named; exit code 10."""
    anchored.call("ledger", "stamp")
    assert anchored.call("ledger", "anchors", "--check").code == 0
    stamp = anchored.ledger / "stamps/000000000300/one.json"
    signed = anchored.ledger / "witnesses/esd/000000000300"
    whole, lines = stamp.read_bytes(), signed.read_bytes()
    stamp.write_bytes(whole.replace(b'"asserted":"20', b'"asserted":"19'))
    signed.write_bytes(lines[:-10] + b"AAAAAAAA=\n")
    said = anchored.call("ledger", "anchors", "--check", "--json")
    wrong = [one["wrong"] for one in said.json["checkpoints"][0]["anchors"]]
    stamp.write_bytes(whole)
    signed.write_bytes(lines)
    checkpoints.stored_at(anchored.ledger, 300).write_bytes(note(300, bytes(32)))
    other = anchored.call("ledger", "anchors", "--check", "--json")

    assert (said.code, wrong) == (
        10,
        [
            "it asserts another time than was written down",
            "no cosignature on it is by the key that the configuration names",
        ],
    )
    assert (other.code, all(one["wrong"] for one in other.json["checkpoints"][0]["anchors"])) == (10, True)


def test_an_answer_that_was_changed_on_disk_is_named(anchored: Anchored) -> None:
    """By its own digest, without --check."""
    anchored.call("ledger", "stamp")
    (anchored.ledger / "stamps/000000000300/one.tsr").write_bytes(b"x")
    said = anchored.call("ledger", "anchors")

    assert (said.code, "one.tsr is not what was kept" in said.out) == (10, True)


def test_a_page_is_printed_with_the_digits_of_the_root(anchored: Anchored) -> None:
    """As text, as HTML, and into a new file only."""
    root = tree_hash(datas(300)).hex()
    text = anchored.call("ledger", "print").out
    html = anchored.call("ledger", "print", "--html", "--json").json["page"]
    target = str(anchored.call.folder / "page.html")

    assert [line.split()[1] for line in text.splitlines() if line[:6].strip().isdigit() and len(line) > 30] == [
        root[at : at + 4] for at in range(0, 64, 4)
    ]
    assert f">{root[:4]}</td>" in html
    assert anchored.call("ledger", "print", "--html", "--output", target).code == 0
    assert anchored.call("ledger", "print", "--output", target).code == 2
    assert anchored.call("ledger", "print", "--size", "299").code == 2
    assert Path(target).read_text() == html


def test_a_witness_is_begun_trusted_and_shown(tmp_path: Path) -> None:
    """Without any archive; what it shows is what the archive's configuration wants."""
    call, where = Caller(folder=tmp_path), str(tmp_path / "w")
    made = call("witness", "init", where, "--name", "w.example/1", "--json")
    trusted = call("witness", "trust", where, f"{ALICES} 2026-11-21T12:00:00.000000Z")
    shown = call("witness", "show", where, "--json")

    assert (made.code, trusted.code, shown.code) == (0, 0, 0)
    assert shown.json["key"] == made.json["key"]
    assert [(one["ledger"], one["size"], one["checkpoint"]) for one in shown.json["ledgers"]] == [(NAME, 0, None)]
    assert call("witness", "init", where, "--name", "w.example/1").code == 4
    assert call("witness", "trust", where, "nonsense").code == 10
    assert call("witness", "show", str(tmp_path / "none")).code == 4
    assert call("witness", "serve", where, "--listen", "nowhere").code == 2


def test_what_a_witness_shows_is_the_checkpoint_it_signed(anchored: Anchored) -> None:
    """To compare an archive with."""
    anchored.call("ledger", "stamp")
    said = anchored.call("witness", "show", str(anchored.state.directory), "--json")

    assert said.json["ledgers"][0]["checkpoint"] == note(300, tree_hash(datas(300))).decode()
    assert json.dumps(said.json)


def test_a_proof_brings_the_cosignatures_on_its_checkpoint(filled: Filled) -> None:
    """Behind the archive's own signature; the proof holds by the archive's key, and they by the witness's."""
    call = Caller(folder=filled.directory.parent, clock=SetClock(filled.now))
    state = witness_state.create(call.folder / "witness", "w.example/1")
    ledger = filled.directory / "ledger"
    assert call("ledger", "checkpoint").code == 0
    state.trust((ledger / "keys").read_text())
    with running(state) as url:
        config = call.folder / "archiver.toml"
        table = f'[[ledger.witnesses]]\nname = "esd"\nurl = "{url}"\nkey = "{state.key}"\n'
        config.write_text(config.read_text() + table)
        assert call("ledger", "stamp").code == 0
    proof = call.folder / "item.tlog-proof"
    item = str(call("search", "--json").json["items"][0]["item"])

    assert call("proof", item, "--output", str(proof)).code == 0
    assert call("proof", "--check", str(proof)).code == 0
    made = signed_note.parse(proof.read_bytes().partition(b"\n\n")[2])
    assert len(list(cosignature.holding(made, [state.key]))) == 1
    (kept,) = (ledger / "witnesses" / "esd").iterdir()
    kept.write_bytes("\u2014 broken".encode())
    assert "w.example/1" not in call("proof", item).out
