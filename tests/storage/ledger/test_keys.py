"""A signing key is never written over, never shown, and never changed without an act."""

from __future__ import annotations

import pickle
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.errors import AuthError, DiskError, UsageError, VerificationError
from archiver.storage.archive import Archive
from archiver.storage.ledger import custody, keys
from tests.storage.ledger.ledgers import START, place_of

NAME = "archiver/7d1f"
LATER = START + timedelta(days=1)


def told(archive: Archive) -> list[tuple[str, str, str, str | None]]:
    """What was recorded of keys: act, who, which key, which it replaces."""
    acts = custody.key_acts(archive.database.connection())
    return [(act.act, act.actor, act.detail["key"], act.detail["replaces"]) for act in acts]


def test_a_key_is_made_for_its_user_alone_and_found_again(tmp_path: Path) -> None:
    """The file is readable by its user only, and the key loaded from it signs as the one that was made."""
    made = keys.create(tmp_path / "signing-key", NAME)
    assert stat.S_IMODE((tmp_path / "signing-key").stat().st_mode) == 0o600
    loaded = keys.load(f"file:{tmp_path / 'signing-key'}", {}, NAME)
    assert (loaded.public, loaded.sign("text\n")) == (made.public, made.sign("text\n"))


def test_a_key_may_lie_in_the_environment(tmp_path: Path) -> None:
    """With its lines, as a service manager passes it."""
    made = keys.create(tmp_path / "signing-key", NAME)
    environ = {"LEDGER_KEY": (tmp_path / "signing-key").read_text(encoding="utf-8")}
    assert keys.load("env:LEDGER_KEY", environ, NAME).public == made.public


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    """Whatever lies at its place stays, byte for byte."""
    (tmp_path / "signing-key").write_bytes(b"somebody's")
    with pytest.raises(DiskError, match="never written over"):
        keys.create(tmp_path / "signing-key", NAME)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("signing-key", b"somebody's")]


def test_what_a_crash_left_of_a_key_is_no_obstacle(tmp_path: Path) -> None:
    """A half written file under a hidden name is nobody's key."""
    (tmp_path / ".signing-key.part").write_bytes(b"half")
    keys.create(tmp_path / "signing-key", NAME)
    assert [path.name for path in tmp_path.iterdir()] == ["signing-key"]


def test_a_key_shows_itself_nowhere(tmp_path: Path) -> None:
    """Neither printed nor pickled; its public half may be seen."""
    made = keys.create(tmp_path / "signing-key", NAME)
    assert repr(made) == f"SigningKey({made.public})"
    with pytest.raises(TypeError):
        pickle.dumps(made)


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", b"\xff\xfe", b"a" * 70_000],
)
def test_what_is_no_signing_key_is_told_without_showing_it(tmp_path: Path, content: bytes) -> None:
    """Also a key that others on this host may read."""
    path = tmp_path / "signing-key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(AuthError) as error:
        keys.load(f"file:{path}", {}, NAME)
    assert error.value.means.startswith("No checkpoint can be signed")
    path.unlink()
    keys.create(path, NAME)
    path.chmod(0o640)
    with pytest.raises(AuthError, match="can be read by other users"):
        keys.load(f"file:{path}", {}, NAME)


def test_the_public_keys_are_entered_once_each_in_order(tmp_path: Path) -> None:
    """One line a key: the public key and since when; what is no such line is told."""
    first, second = (keys.create(tmp_path / name, NAME).public for name in ("first", "second"))
    for key, since in ((first, START), (second, LATER), (first, LATER)):
        keys.enter(tmp_path, key, since)
    lines = (tmp_path / "keys").read_text(encoding="utf-8").splitlines()
    assert lines == [f"{first} 2026-11-21T12:00:00.000000Z", f"{second} 2026-11-22T12:00:00.000000Z"]
    assert keys.known_keys(tmp_path) == (first, second)
    for wrong in ("\n", "x\n", f"{first}\n", f"{first} yesterday\n", "\udcff", "\n".join(lines)):
        (tmp_path / "keys").write_bytes(wrong.encode(errors="surrogateescape"))
        with pytest.raises(VerificationError):
            keys.entered(tmp_path)


def test_an_archive_gets_its_key_once_and_on_record(archive: Archive) -> None:
    """Beginning twice makes one key, one act and one line."""
    place = place_of(archive)
    made = [custody.begin(archive, place, at=START, actor="Rhea") for _ in range(2)]
    assert made[0].public == made[1].public == custody.current(archive, place).public
    assert told(archive) == [("signing key begun", "Rhea", str(made[0].public), None)]
    assert [(one.key, one.since) for one in keys.entered(place.ledger)] == [(made[0].public, START)]


def test_a_key_made_before_a_crash_is_the_one_that_is_begun_with(archive: Archive) -> None:
    """A file without its act is taken, not replaced; an act without its line is carried out."""
    place = place_of(archive)
    assert place.file is not None
    made = keys.create(place.file, place.name)
    assert custody.begin(archive, place, at=START, actor="Rhea").public == made.public
    (place.ledger / "keys").unlink()
    assert custody.begin(archive, place, at=LATER, actor="Rhea").public == made.public
    assert [(one.key, one.since) for one in keys.entered(place.ledger)] == [(made.public, START)]
    assert len(told(archive)) == 1


def test_another_key_in_its_place_is_not_used(archive: Archive) -> None:
    """Whoever puts a key of their own there signs nothing with it."""
    place = place_of(archive)
    custody.begin(archive, place, at=START, actor="Rhea")
    assert place.file is not None
    place.file.rename(place.ledger / "away")
    keys.create(place.file, place.name)
    with pytest.raises(AuthError, match="is not the one this ledger is signed with"):
        custody.current(archive, place)


def test_a_replaced_key_lies_beside_its_successor(archive: Archive) -> None:
    """The new key is recorded and takes the place; the old one is kept, to sign the first checkpoint with it."""
    place = place_of(archive)
    old = custody.begin(archive, place, at=START, actor="Rhea").public
    handed = custody.rotate(archive, place, at=LATER, actor="Sam")
    assert handed.old is not None
    assert handed.old.public == old
    assert custody.current(archive, place).public == handed.new.public != old
    assert told(archive)[1:] == [("signing key replaced", "Sam", str(handed.new.public), str(old))]
    beside = custody.retired(archive, place)
    assert beside is not None
    assert beside.public == old
    assert keys.known_keys(place.ledger) == (old, handed.new.public)


def test_a_lost_key_signs_nothing_any_more(archive: Archive) -> None:
    """Without the old key only --lost goes on, and says so in the act; the file it was in is kept."""
    place = place_of(archive)
    old = custody.begin(archive, place, at=START, actor="Rhea").public
    assert place.file is not None
    place.file.write_bytes(b"damaged")
    with pytest.raises(AuthError, match="is not a signing key"):
        custody.rotate(archive, place, at=LATER, actor="Sam")
    handed = custody.rotate(archive, place, at=LATER, actor="Sam", lost=True)
    assert handed.old is None
    assert custody.retired(archive, place) is None
    assert told(archive)[1:] == [("signing key lost", "Sam", str(handed.new.public), str(old))]
    assert custody.aside(place.file, handed.new.public).read_bytes() == b"damaged"
    assert custody.current(archive, place).public == handed.new.public


def test_a_key_that_is_gone_is_replaced_as_lost(archive: Archive) -> None:
    """There is nothing to keep then."""
    place = place_of(archive)
    custody.begin(archive, place, at=START, actor="Rhea")
    assert place.file is not None
    place.file.unlink()
    handed = custody.rotate(archive, place, at=LATER, actor="Sam", lost=True)
    assert custody.current(archive, place).public == handed.new.public


def test_a_key_that_somebody_put_there_is_taken_where_the_old_one_is_shown(archive: Archive, tmp_path: Path) -> None:
    """For a key kept by systemd or the environment: the new one lies there, the old one is given by reference."""
    place = place_of(archive, reference="env:KEY", environ={"KEY": _pem(tmp_path / "old")})
    old = custody.begin(archive, place, at=START, actor="Rhea").public
    changed = place_of(archive, reference="env:KEY", environ={"KEY": _pem(tmp_path / "new")})
    for wrong in ("", f"file:{tmp_path / 'new'}"):
        with pytest.raises(UsageError, match=r"the old one .* was not given"):
            custody.rotate(archive, changed, at=LATER, actor="Sam", old=wrong)
    handed = custody.rotate(archive, changed, at=LATER, actor="Sam", old=f"file:{tmp_path / 'old'}")
    assert handed.old is not None
    assert (handed.old.public, custody.current(archive, changed).public) == (old, handed.new.public)
    with pytest.raises(UsageError, match="No key can be made where env:KEY leads"):
        custody.rotate(archive, changed, at=LATER, actor="Sam")


def test_a_ledger_without_a_key_has_none_to_replace(archive: Archive) -> None:
    """The first key is begun with, not rotated to."""
    with pytest.raises(AuthError, match="has no signing key yet"):
        custody.rotate(archive, place_of(archive), at=START, actor="Rhea")


@pytest.mark.parametrize("crash", ["made", "recorded", "entered", "moved away"])
def test_a_rotation_is_finished_wherever_it_was_interrupted(archive: Archive, crash: str) -> None:
    """Before it is on record the old key goes on, and the next rotation takes what was made; then it is done."""
    place = place_of(archive)
    old = custody.begin(archive, place, at=START, actor="Rhea")
    assert place.file is not None
    new = keys.create(place.file.with_name("signing-key.next"), place.name).public
    if crash != "made":
        custody._record(archive, custody.REPLACED, new, old.public, at=LATER, actor="Sam")
    if crash in ("entered", "moved away"):
        keys.enter(place.ledger, new, LATER)
    if crash == "moved away":
        place.file.rename(custody.aside(place.file, new))
    if crash == "made":
        assert custody.current(archive, place).public == old.public
        assert custody.rotate(archive, place, at=LATER, actor="Sam").new.public == new
    assert custody.current(archive, place).public == new
    beside = custody.retired(archive, place)
    assert beside is not None
    assert beside.public == old.public
    assert len(told(archive)) == 2
    assert {path.name for path in place.ledger.glob("*key*")} == {
        "keys",
        "signing-key",
        custody.aside(place.file, new).name,
    }


def _pem(path: Path) -> str:
    keys.create(path, NAME)
    return path.read_text(encoding="utf-8")
