"""An archive whose sealed files go to a bucket: copied, locked, renewed, held, verified, repaired, found again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from archiver.checks.findings import Kind
from archiver.checks.rebuild import Tools, rebuild
from archiver.checks.segment_check import FIRST, SECOND
from archiver.clock import SetClock
from archiver.config_stores import Store
from archiver.model import PublicRecordsRequest, Selector
from archiver.polling.registry import connectors
from archiver.storage import request_rows
from archiver.storage.copies import CHECKPOINTS, INDEX
from archiver.storage.lock_keeping import held_names
from tests.checks.scenes import live_a_while, scene
from tests.real.bucket_archive import BucketArchive, bucket_archive, no_secret
from tests.real.lying_proxy import Fault, proxy_to, refused
from tests.real.s3 import Service

pytestmark = pytest.mark.real
Made = Callable[..., BucketArchive]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three busy months."""
    directory = tmp_path_factory.mktemp("kept") / "archive"
    with scene(directory) as told:
        live_a_while(told)
    return directory


@pytest.fixture
def make(kept: Path, tmp_path: Path) -> Made:
    """Makes an archive of it with these stores."""
    return lambda **stores: bucket_archive(kept, tmp_path / "archive", SetClock(datetime.now(UTC)), **stores)


@pytest.fixture
def options(seaweedfs: Service) -> Store:
    """A new bucket that keeps locks."""
    return seaweedfs.options(seaweedfs.bucket(), lock_days=20)


def open_request(made: BucketArchive, request: str, words: str) -> None:
    """Somebody asks for what holds these words."""
    with made.opened() as archive, archive.database.transaction() as db:
        asked = PublicRecordsRequest(
            id=request,
            received=made.clock.now(),
            text=words,
            selector=Selector(accounts=("blog",), words=words),
            opened_by="test",
            due=date(2027, 1, 1),
        )
        request_rows.add_request(db, asked, made.clock.now())


def test_everything_sealed_is_copied_locked_and_renewed(make: Made, options: Store, seaweedfs: Service) -> None:
    """Each file, index and checkpoint, as a version that is noted; its lock never falls below half of its time."""
    made = make(second_store=options)
    folder = made.directory / CHECKPOINTS
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "000000000001").write_text("a checkpoint\n")
    (kept,) = made.kept()
    noted, start = made.noted(options), made.clock.now()

    assert (kept.put, kept.waiting, kept.trouble) == (len(noted), 0, "")
    assert set(noted) == {*made.names(), f"{CHECKPOINTS}000000000001"}
    ends = {copy.locked_until for copy in noted.values() if copy.locked_until}
    assert all(timedelta(days=19, hours=23) < end - start <= timedelta(days=20, minutes=1) for end in ends)
    assert all(copy.version and copy.locked_until for copy in noted.values())

    made.later(days=9)
    assert (made.kept()[0].put, made.noted(options) == noted) == (0, True)
    made.later(days=2)
    made.kept()
    store, renewed = seaweedfs.store(options.bucket), made.noted(options)
    assert all((one.locked_until or start) - made.clock.now() > timedelta(days=19) for one in renewed.values())
    told = {name: store._told(name, copy.version).locked_until for name, copy in renewed.items()}
    assert told == {name: copy.locked_until for name, copy in renewed.items()}


def test_what_nobody_needs_any_more_is_not_renewed(make: Made, options: Store) -> None:
    """A file that is no longer among the sealed ones keeps the lock it has, and that runs out."""
    made = make(second_store=options)
    made.kept()
    with made.opened() as archive, archive.database.transaction() as db:
        (number, name) = db.execute("SELECT number, name FROM segments WHERE state = 'sealed' LIMIT 1").fetchone()
        db.execute("UPDATE segments SET state = 'open' WHERE number = ?", (number,))
    made.later(days=11)
    made.kept()
    old = [copy for copy in made.noted(options).values() if name in copy.name]

    assert len(old) == 2
    assert all((copy.locked_until or made.clock.now()) - made.clock.now() < timedelta(days=10) for copy in old)


def test_an_open_request_holds_its_files(make: Made, options: Store, seaweedfs: Service) -> None:
    """What it asks for is under legal hold while it is open, with the index; closed, it is let go."""
    made, store = make(second_store=options), seaweedfs.store(options.bucket)
    made.kept()
    open_request(made, "PRR-1", "agenda")
    with made.opened() as archive:
        asked = held_names(archive)
    made.kept()
    held = {name for name, copy in made.noted(options).items() if copy.held}

    def at_the_service() -> set[str]:
        heads = {
            name: store.client.head_object(**store.where(name, copy.version))
            for name, copy in made.noted(options).items()
        }
        return {name for name, head in heads.items() if head.get("ObjectLockLegalHoldStatus") == "ON"}

    assert (len(asked) > 0, len(asked) < len(made.noted(options)), held == asked) == (True, True, True)
    assert at_the_service() == asked
    with made.opened() as archive, archive.database.transaction() as db:
        request_rows.close_request(db, "PRR-1", closed=made.clock.now(), note="answered")
    made.kept()
    assert (at_the_service(), [copy for copy in made.noted(options).values() if copy.held]) == (set(), [])


def test_a_store_that_is_down_stops_nothing(make: Made, options: Store, seaweedfs: Service) -> None:
    """What waits is told, tried again with patience, and copied when the service is back; nothing is put twice."""
    with proxy_to(seaweedfs.url) as proxy:
        made = make(second_store=seaweedfs.options(options.bucket, endpoint=proxy.url))
        proxy.faults = [
            Fault(method=method, times=10**6, instead=refused(503, "SlowDown")) for method in ("GET", "PUT")
        ]
        (down,) = made.kept(patient=True)
        assert (down.put, down.waiting, "slow down" in down.trouble) == (0, len(made.names()), True)
        assert made.kept(patient=True) == ()
        (seen,) = [one for one in made.doctored() if one.id == "copies second_store"]
        assert (seen.severity, str(down.waiting) in seen.what, no_secret(seen)) == ("error", True, True)
        (finding,) = [one for one in made.found() if one.copy == SECOND]
        assert finding.kind is Kind.UNREAD

        made.later(minutes=6)
        (again,) = made.kept(patient=True)
        assert again.next - made.clock.now() == timedelta(minutes=10)
        proxy.faults = [Fault(method="PUT", target="index.json", times=2, lost=True)]
        made.later(minutes=11)
        (back,) = made.kept(patient=True)
        assert (back.put, back.waiting, back.trouble, made.found()) == (down.waiting, 0, "", ())
        store = seaweedfs.store(options.bucket)
        assert {len(store.versions(name)) for name in made.names()} == {1}


def test_a_bucket_as_the_only_store(make: Made, options: Store) -> None:
    """Files leave this machine when the bucket has them, are read from there, and a rebuild finds them without rows."""
    made = make(store=options)
    names = made.names()
    made.kept()

    assert (made.names(), set(made.noted(options)), made.found()) == ([], set(names), ())
    before = made.noted(options)
    tools = Tools(config=made.config, connectors=connectors(), clock=made.clock)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("S3_KEY", made.environ["S3_KEY"])
        done = rebuild(made.directory, tools)
    assert (done.whole, made.noted(options) == before, made.found()) == (True, True, ())

    with made.opened() as archive, archive.database.transaction() as db:
        db.execute("DELETE FROM copies")
    (again,) = made.kept()
    assert (again.put, again.trouble) == (len(names), "")
    versions = {name: copy.version for name, copy in made.noted(options).items()}
    assert (versions, made.names()) == ({name: copy.version for name, copy in before.items()}, [])


def flipped(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one bit turned."""
    changed = bytearray(data)
    changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


@pytest.fixture
def rotting(make: Made, options: Store) -> Iterator[BucketArchive]:
    """An archive with its second copy in the bucket."""
    made = make(second_store=options)
    made.kept()
    yield made


def test_bits_that_turn_in_the_bucket_are_found_and_restored(
    rotting: BucketArchive, options: Store, seaweedfs: Service
) -> None:
    """Thirty single bits where the service keeps its bytes: each is found, each file whole again as a new version."""
    chance, store = random.Random(20261122), seaweedfs.store(options.bucket)
    here = {name: (rotting.directory / "warc" / name).read_bytes() for name in rotting.names()}
    found = 0
    for _ in range(3):
        chosen = chance.sample(sorted(here), 10)
        for name in chosen:
            version = rotting.noted(options)[name].version
            seaweedfs.damage(options.bucket, name, str(version), flipped(here[name], chance))
        told = {one.file for one in rotting.found() if one.copy == SECOND}
        found += sum(Path(name).name.removesuffix(INDEX) in told for name in chosen)
        done = rotting.repaired()
        assert (sorted(one.file for one in done.mended), done.hopeless) == (sorted(chosen), [])
        assert rotting.found() == ()

    assert found == 30
    for name, copy in rotting.noted(options).items():
        with store._opened(name, copy.version) as file:
            assert file.read() == here[name]
    assert all(copy.locked_until is not None for copy in rotting.noted(options).values())


def test_a_damaged_file_here_comes_back_from_the_bucket(rotting: BucketArchive) -> None:
    """Bits turn on this machine's disk: restored from the locked versions, byte for byte."""
    chance = random.Random(7)
    paths = {name: rotting.directory / "warc" / name for name in rotting.names()}
    before = {name: path.read_bytes() for name, path in paths.items()}
    for name in chance.sample(sorted(paths), 8):
        paths[name].chmod(0o600)
        paths[name].write_bytes(flipped(before[name], chance))
    missing = chance.choice([name for name in sorted(paths) if not name.endswith(INDEX)])
    paths[missing].unlink()
    kinds = {one.copy for one in rotting.found()}
    done = rotting.repaired()

    assert (kinds, done.hopeless, {one.copy for one in done.mended}) == ({FIRST}, [], {FIRST})
    assert ({name: path.read_bytes() for name, path in paths.items()} == before, rotting.found()) == (True, ())


def test_a_bucket_that_was_emptied_is_filled_again(rotting: BucketArchive, options: Store, seaweedfs: Service) -> None:
    """Somebody with every right went round the locks: verify names each file, repair puts each back."""
    store = seaweedfs.store(options.bucket)
    for name, copy in rotting.noted(options).items():
        store.client.delete_object(**store.where(name, copy.version), BypassGovernanceRetention=True)
    missing = [one for one in rotting.found() if one.kind is Kind.MISSING]
    done = rotting.repaired()

    assert len(missing) == len([name for name in rotting.names() if not name.endswith(INDEX)])
    assert (sorted(one.file for one in done.mended), rotting.found()) == (rotting.names(), ())


def test_what_somebody_put_over_a_file_changes_nothing(
    rotting: BucketArchive, options: Store, seaweedfs: Service
) -> None:
    """A forged newer version and a mark of removal: the noted version is read, and found again without its note."""
    store, before = seaweedfs.store(options.bucket), rotting.noted(options)
    for name in before:
        store.client.put_object(**store.where(name), Body=json.dumps({"forged": True}).encode())
        store.client.delete_object(**store.where(name))
    assert rotting.found() == ()
    with rotting.opened() as archive, archive.database.transaction() as db:
        db.execute("DELETE FROM copies")
    rotting.kept()

    after = rotting.noted(options)
    assert {name: copy.version for name, copy in after.items()} == {name: copy.version for name, copy in before.items()}
