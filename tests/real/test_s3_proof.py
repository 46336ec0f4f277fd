"""A bucket has to show what it keeps: one that does is told so, one that only says yes is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.checks.seen import Seen, Severity
from archiver.clock import SetClock
from archiver.config_stores import Store
from archiver.errors import StoreDown
from archiver.storage.s3_locks import said
from archiver.storage.s3_proof import PROBE, Promise, prove
from tests.checks.scenes import live_a_while, scene
from tests.real.bucket_archive import BucketArchive, bucket_archive, no_secret
from tests.real.lying_proxy import Fault, one_bit_off, proxy_to, refused
from tests.real.processes import holds_in_time
from tests.real.s3 import Service

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three busy months."""
    directory = tmp_path_factory.mktemp("kept") / "archive"
    with scene(directory) as told:
        live_a_while(told)
    return directory


@pytest.fixture
def make(kept: Path, tmp_path: Path) -> Callable[..., BucketArchive]:
    """Makes an archive of it with these stores."""
    return lambda **stores: bucket_archive(kept, tmp_path / "archive", SetClock(datetime.now(UTC)), **stores)


def bucket_seen(made: BucketArchive) -> Seen:
    """What the doctor says of the bucket."""
    (found,) = [one for one in made.doctored() if one.id.startswith("bucket")]
    assert no_secret(found)
    return found


@pytest.mark.parametrize("lock", ["governance", "compliance"])
def test_a_bucket_that_keeps_everything(seaweedfs: Service, lock: str) -> None:
    """Every promise was tried, and none was broken; the unlocked probe is gone, the locked one stays until its end."""
    store = seaweedfs.store(seaweedfs.bucket(), lock=lock)
    proof = prove(store, datetime.now(UTC))

    assert (proof.locked, proof.broken, len(store.versions(PROBE)), list(store.names())) == (True, (), 1, [])


def test_probes_go_when_their_lock_has_ended(seaweedfs: Service) -> None:
    """The next proof takes away what an earlier one had to leave."""
    store, end = seaweedfs.store(seaweedfs.bucket()), datetime.now(UTC) + timedelta(seconds=3)
    store.client.put_object(**store.where(PROBE), Body=b"old", **said("governance", end))
    (left,) = store.versions(PROBE)
    assert holds_in_time(lambda: datetime.now(UTC) > end + timedelta(seconds=1), seaweedfs.process, seconds=20)

    assert prove(store, datetime.now(UTC)).locked
    assert left.id not in {version.id for version in store.versions(PROBE)}


def test_a_key_that_may_not_go_round_locks_is_enough(seaweedfs: Service) -> None:
    """The proof needs no more rights than keeping does."""
    store = seaweedfs.store(seaweedfs.bucket(), credential="env:S3_UPLOADER")

    assert prove(store, datetime.now(UTC)).broken == ()


def test_a_service_that_only_says_yes_is_found_out(rclone: Service) -> None:
    """It took the lock, and told of it when asked; then it let the locked file go."""
    proof = prove(rclone.store(rclone.bucket(lock=False)), datetime.now(UTC))

    assert proof.locked is False
    assert {Promise.LOCK_KEPT, Promise.VERSIONS, Promise.OLD_BYTES, Promise.HOLD} <= set(proof.broken)


def test_a_bucket_made_without_object_lock(seaweedfs: Service) -> None:
    """The same service keeps no lock in it; without a lock being asked for, it is told to have no versions."""
    bucket = seaweedfs.bucket(lock=False)

    assert not prove(seaweedfs.store(bucket), datetime.now(UTC)).locked
    assert prove(seaweedfs.store(bucket, lock="none"), datetime.now(UTC)).broken == (
        Promise.VERSIONS,
        Promise.OLD_BYTES,
    )


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        (Fault(method="GET", target="versionId", changed=one_bit_off), Promise.READ_BACK),
        (Fault(method="PUT", target="legal-hold", times=9, instead=refused(403, "AccessDenied")), Promise.HOLD),
        (Fault(method="DELETE", target="versionId", times=9, instead=refused(204, "")), Promise.LOCK_KEPT),
    ],
    ids=["other bytes", "no hold", "removal is answered with yes"],
)
def test_each_broken_promise_counts(seaweedfs: Service, fault: Fault, broken: Promise) -> None:
    """One lie is enough for the bucket not to count as one that locks."""
    bucket = seaweedfs.bucket()
    with proxy_to(seaweedfs.url) as proxy:
        proxy.faults = [replace(fault)]
        proof = prove(seaweedfs.store(bucket, at=proxy.url), datetime.now(UTC))

    assert (broken in proof.broken, proof.locked) == (True, False)


def test_a_busy_service_has_broken_no_promise(seaweedfs: Service) -> None:
    """503 is no answer to the question: the proof is not made, and nobody is told that the bucket lies."""
    bucket = seaweedfs.bucket()
    with proxy_to(seaweedfs.url) as proxy:
        proxy.faults = [Fault(method="PUT", target="retention", times=9, instead=refused(503, "SlowDown"))]
        with pytest.raises(StoreDown, match="slow down"):
            prove(seaweedfs.store(bucket, at=proxy.url), datetime.now(UTC))


def test_the_doctor_tells_it_in_words(make: Callable[..., BucketArchive], seaweedfs: Service, rclone: Service) -> None:
    """What the bucket did, in a sentence, and what to do; an error, since a lock is relied on."""
    good = make(second_store=seaweedfs.options(seaweedfs.bucket()))
    bad = replace(good, config=replace(good.config, second_store=rclone.options(rclone.bucket(lock=False))))
    fine, found = bucket_seen(good), bucket_seen(bad)

    assert (fine.severity, "keeps locks (governance) and holds" in fine.what) == (Severity.OK, True)
    assert (found.severity, "said yes to a lock, and then let the locked file be removed" in found.what) == (
        Severity.ERROR,
        True,
    )
    assert "Make a bucket with Object Lock" in found.fix


def test_copies_in_a_liar_do_not_count_as_locked(make: Callable[..., BucketArchive], rclone: Service) -> None:
    """They are copies, verified like any other; no lock of them is noted or claimed, and the trouble stays in sight."""
    options = rclone.options(rclone.bucket(lock=False))
    made = make(second_store=options)
    (kept,) = made.kept()
    stands = made.standing()

    assert (kept.waiting, "does not keep its locks" in kept.trouble, made.found()) == (0, True, ())
    assert {copy.locked_until for copy in made.noted(options).values()} == {None}
    assert (stands.asked_to_lock, stands.locked, stands.trouble == kept.trouble) == (True, 0, True)


def test_nothing_leaves_this_machine_for_a_liar(make: Callable[..., BucketArchive], rclone: Service) -> None:
    """Where it is the store of sealed files, they are copied to it and stay here, too."""
    made = make(store=rclone.options(rclone.bucket(lock=False)))
    before = made.names()
    made.kept()

    assert (made.names(), made.found()) == (before, ())


def test_locks_that_stop_being_kept_stop_counting(
    make: Callable[..., BucketArchive], seaweedfs: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket that kept its promises yesterday is asked again today."""
    with proxy_to(seaweedfs.url) as proxy:
        options: Store = seaweedfs.options(seaweedfs.bucket(), endpoint=proxy.url)
        made = make(second_store=options)
        made.kept()
        assert made.standing().locked == len(made.noted(options))
        proxy.faults = [Fault(method="DELETE", target=PROBE, times=99, instead=refused(204, ""))]
        made.later(hours=25)
        made.kept()

        assert (made.standing().locked, "does not keep its locks" in made.standing().trouble) == (0, True)
