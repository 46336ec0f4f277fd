"""A witness signs only what continues what it saw, and has written that down before it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.anchoring import add_checkpoint, cosignature, witness_state
from archiver.anchoring.judging import Judge, Judged
from archiver.errors import DiskError, Locked, UsageError, VerificationError
from archiver.storage.ledger import merkle, signed_note
from archiver.storage.ledger.checkpoints import Checkpoint
from tests.anchoring.ledger import ALICE, NAME, START, note
from tests.storage.ledger.notes import ALICES, BOB, note_of
from tests.storage.ledger.trees import datas, proof, tree_hash

LEAVES = datas(300)
REWRITTEN = [*LEAVES[:10], bytes(32), *LEAVES[11:]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """A witness that watches Alice's ledger."""
    state = witness_state.create(tmp_path / "witness", "w.example/1")
    state.trust(f"{ALICES} 2026-11-21T12:00:00.000000Z")
    return Judge(state=state, now=lambda: START)


def asked(old: int, size: int, leaves: Sequence[bytes] = LEAVES, proven: Sequence[bytes] | None = None) -> bytes:
    """A request to sign the checkpoint of this size."""
    steps = proof(old, leaves[:size]) if proven is None else proven
    return add_checkpoint.written(old, steps, note(size, tree_hash(leaves[:size])))


def test_what_continues_is_signed_and_remembered(judge: Judge) -> None:
    """The cosignature holds over the checkpoint and the time, with the witness's public key."""
    answers = [judge.answer(asked(old, new)) for old, new in ((0, 1), (1, 7), (7, 7), (7, 256), (256, 300))]
    shown = signed_note.parse(note(300, tree_hash(LEAVES)) + answers[-1].body)
    held = list(cosignature.holding(shown, [judge.state.key]))

    assert [one.status for one in answers] == [200] * 5
    assert [(one.key, one.at) for one in held] == [(judge.state.key, START)]
    assert judge.state.seen(NAME) == Checkpoint(origin=NAME, size=300, root=tree_hash(LEAVES))
    assert witness_state.opened(judge.state.directory).seen(NAME).size == 300


def with_seven(judge: Judge) -> Judge:
    """Having signed the checkpoint of size 7."""
    assert judge.answer(asked(0, 7)).status == 200
    return judge


REFUSED: dict[str, tuple[Callable[[], bytes], Judged]] = {
    "unknown ledger": (
        lambda: asked(7, 9).replace(NAME.encode(), b"archiver/other"),
        Judged(status=404, body=b"this ledger is not watched here\n"),
    ),
    "another key": (
        lambda: add_checkpoint.written(
            7,
            proof(7, LEAVES[:9]),
            bytes(note_of(str(Checkpoint(origin=NAME, size=9, root=tree_hash(LEAVES[:9]))), BOB)),
        ),
        Judged(status=403, body=b"no key that is trusted for this ledger signed this\n"),
    ),
    "changed after it was signed": (
        lambda: asked(7, 9).replace(b"\n9\n", b"\n8\n"),
        Judged(status=403, body=b"no key that is trusted for this ledger signed this\n"),
    ),
    "old size too small": (lambda: asked(0, 9), Judged(status=409, body=b"7\n", type="text/x.tlog.size")),
    "old size too large": (lambda: asked(8, 9), Judged(status=409, body=b"7\n", type="text/x.tlog.size")),
    "smaller than what it saw": (lambda: asked(5, 5), Judged(status=409, body=b"7\n", type="text/x.tlog.size")),
    "old size beyond the checkpoint": (
        lambda: asked(9, 9).replace(b"old 9", b"old 10"),
        Judged(status=400, body=b"the old size is larger than the checkpoint's\n"),
    ),
    "same size, other contents": (
        lambda: asked(7, 7, [bytes(32), *LEAVES[1:]]),
        Judged(status=409, body=b"7\n", type="text/x.tlog.size"),
    ),
    "rewritten": (
        lambda: asked(7, 9, [bytes(32), *LEAVES[1:]]),
        Judged(status=422, body=b"the proof does not lead from the checkpoint last seen to this one\n"),
    ),
    "without a proof": (
        lambda: asked(7, 9, proven=()),
        Judged(status=422, body=b"the proof does not lead from the checkpoint last seen to this one\n"),
    ),
    "proof with a step too many": (
        lambda: asked(7, 9, proven=[*proof(7, LEAVES[:9]), bytes(32)]),
        Judged(status=422, body=b"the proof does not lead from the checkpoint last seen to this one\n"),
    ),
    "same size with a proof": (
        lambda: asked(7, 7, proven=[bytes(32)]),
        Judged(status=422, body=b"the proof does not lead from the checkpoint last seen to this one\n"),
    ),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_does_not_continue_is_refused_as_the_protocol_says(how: str, judge: Judge) -> None:
    """And what the witness remembers stays as it was."""
    make, expected = REFUSED[how]

    assert with_seven(judge).answer(make()) == expected
    assert judge.state.seen(NAME) == Checkpoint(origin=NAME, size=7, root=tree_hash(LEAVES[:7]))


def test_an_empty_ledger_has_only_one_root(judge: Judge) -> None:
    """A checkpoint of size 0 with another root continues nothing."""
    wrong = judge.answer(add_checkpoint.written(0, (), note(0, bytes(32))))
    right = judge.answer(add_checkpoint.written(0, (), note(0, merkle.EMPTY_ROOT)))

    assert (wrong.status, right.status) == (409, 200)


STEP = b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
NO_REQUESTS = (
    b"",
    b"old 0\n\n",
    b"old 00\n\nx",
    b"old -1\n\nx",
    b"old 1\nnot base64\n\nx",
    b"\n\n",
    b"old 1\n" * 70 + b"\n",
    asked(0, 7).replace(b"old 0\n", b"old 0\n" + STEP * 64),
    asked(0, 7).replace(b"old 0\n", b"old 0\r\n"),
    asked(0, 7)[:-30],
    b"\xff" * 100,
)


@pytest.mark.parametrize("body", NO_REQUESTS)
def test_what_is_no_request_is_a_bad_request(body: bytes, judge: Judge) -> None:
    """Status 400, and nothing is remembered."""
    assert (judge.answer(body).status, judge.state.seen(NAME).size) == (400, 0)


@given(body=st.binary(max_size=400))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    """They are a request or a VerificationError."""
    for data in (body, b"old 3\n" + body, b"old 3\n\n" + body):
        try:
            assert add_checkpoint.written(*_parts(add_checkpoint.read(data))) == data
        except VerificationError:
            continue


def _parts(read: add_checkpoint.Submission) -> tuple[int, tuple[bytes, ...], bytes]:
    return read.old, read.proof, read.checkpoint


def test_a_rewritten_ledger_that_its_own_key_signed_is_kept_as_evidence(judge: Judge) -> None:
    """The refused checkpoint lies with the witness, to the byte."""
    forged = [bytes(32), *LEAVES[1:]]
    with_seven(judge).answer(asked(7, 9, forged))
    kept = [path.read_bytes() for path in (judge.state.directory / "differing").iterdir()]

    assert kept == [note(9, tree_hash(forged[:9]))]


def test_what_cannot_be_remembered_is_not_signed(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remembering comes first: where it fails there is no signature to answer with."""

    def full(*_: object) -> None:
        raise DiskError("The disk is full.")

    monkeypatch.setattr(witness_state.files, "replace", full)
    with pytest.raises(DiskError):
        judge.answer(asked(0, 7))


def test_a_cosignature_over_another_time_or_text_does_not_hold(judge: Judge) -> None:
    """Nor one by another key, nor one that is too short."""
    text = str(Checkpoint(origin=NAME, size=7, root=tree_hash(LEAVES[:7])))
    right = cosignature.cosigned(text, judge.state.private, judge.state.name, START)
    later = (int(START.timestamp()) + 1).to_bytes(8, "big") + right.value[8:]
    wrong = [
        signed_note.Signature(name=right.name, key_id=right.key_id, value=value)
        for value in (later, right.value[:-1], right.value + b"\0", bytes(72), b"\xff" * 72)
    ]
    wrong.append(cosignature.cosigned(text.replace("7", "8"), judge.state.private, judge.state.name, START))
    wrong.append(cosignature.cosigned(text, ALICE, judge.state.name, START))
    shown = signed_note.SignedNote(text=text, signatures=(*wrong, right))

    assert [one.signature for one in cosignature.holding(shown, [judge.state.key])] == [right]


def test_a_witness_that_lost_its_directory_signs_nothing(tmp_path: Path) -> None:
    """One that forgot what it saw would sign anything; it does not begin anew by itself."""
    with pytest.raises(DiskError):
        witness_state.opened(tmp_path / "missing")


def test_a_witness_is_begun_in_an_empty_directory_with_a_key_nobody_else_may_read(tmp_path: Path) -> None:
    """Never over another one, and not with a name that no signature line can carry."""
    state = witness_state.create(tmp_path / "w", "w.example")

    assert (state.directory / "signing-key").stat().st_mode & 0o777 == 0o600
    assert witness_state.opened(state.directory).key == state.key
    with pytest.raises(DiskError):
        witness_state.create(tmp_path / "w", "w.example")
    for name in ("", "two words", "a+b", "x" * 101, "line\nfeed"):
        with pytest.raises(UsageError):
            witness_state.create(tmp_path / "other", name)


def test_only_one_process_answers_for_a_witness(judge: Judge) -> None:
    """Two could each remember something else."""
    with judge.state.only_server(), pytest.raises(Locked), judge.state.only_server():
        pass


def test_the_key_of_a_witness_is_not_that_of_a_ledger(judge: Judge) -> None:
    """It would never verify a checkpoint."""
    with pytest.raises(VerificationError):
        judge.state.trust(str(judge.state.key))
    assert judge.state.logs() == (ALICES,)
