"""Whatever goes wrong on the way to a bucket: nothing counts that is not there, and doing it again ends the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archiver.errors import ArchiverError, AuthError, StoreDown, VerificationError
from archiver.storage.s3_store import S3Store
from tests.real import s3
from tests.real.lying_proxy import Fault, Proxy, one_bit_off, proxy_to, refused
from tests.real.processes import prepared
from tests.real.s3 import PART, Service

pytestmark = pytest.mark.real
NAME = "office/2026-11/office-20261120T120000Z-0001.warc.gz"
CONTENT = b"0123456789" * 100


@pytest.fixture(scope="module")
def bucket(seaweedfs: Service) -> str:
    """A bucket with Object Lock; each test has a prefix of its own in it."""
    return seaweedfs.bucket()


@pytest.fixture
def proxy(seaweedfs: Service) -> Iterator[Proxy]:
    """On the way to the service."""
    with proxy_to(seaweedfs.url) as running:
        yield running


@pytest.fixture
def store(seaweedfs: Service, bucket: str, proxy: Proxy, request: pytest.FixtureRequest) -> S3Store:
    """The bucket, by way of the proxy."""
    prefix = f"{abs(hash(request.node.name))}/"
    return seaweedfs.store(bucket, at=proxy.url, prefix=prefix)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small file."""
    path = tmp_path / "segment"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A file of three parts."""
    path = tmp_path / "long"
    path.write_bytes(b"abcdefgh" * (PART // 4) + b"end")
    return path


def read(store: S3Store) -> bytes:
    """The bytes of the file."""
    with store.open(NAME) as opened:
        return opened.read()


def told(error: ArchiverError, *words: str) -> list[bool]:
    """Whether it has its three lines, and these words in the first."""
    return [len(error.lines()) == 3, *(word in error.what for word in words)]


def test_no_answer_after_a_put_that_succeeded(store: S3Store, proxy: Proxy, file: Path) -> None:
    """The client asks again, is told that the name is taken, compares, and calls it done: one version, locked."""
    proxy.faults = [Fault(method="PUT", target=NAME, lost=True)]
    placed = store.put(NAME, file)

    assert (len(store.versions(NAME)), placed.locked_until is not None, read(store)) == (1, True, CONTENT)
    assert proxy.count("PUT", NAME) >= 2


def test_an_answer_that_comes_too_late(seaweedfs: Service, bucket: str, proxy: Proxy, file: Path) -> None:
    """The service is so slow that the client gives up waiting: asked again, it has the file already."""
    store = seaweedfs.store(bucket, at=proxy.url, prefix="late/", seconds=1)
    waited = threading.Event()
    proxy.faults = [Fault(method="PUT", target=NAME, lost=True, then=lambda: [waited.wait(1.5), None][1])]

    assert (store.put(NAME, file).version, len(store.versions(NAME))) == (store.versions(NAME)[0].id, 1)


def test_the_last_part_was_put_together_and_nobody_heard(store: S3Store, proxy: Proxy, long: Path) -> None:
    """Completing an upload is asked again after silence; whatever it answers then, the file counts once, locked."""
    proxy.faults = [Fault(method="POST", target="uploadId", lost=True)]
    try:
        placed = store.put(NAME, long)
    except StoreDown:  # the service forgot the upload it had completed: the next round finds the file there
        placed = store.put(NAME, long)

    assert (len(store.versions(NAME)), placed.locked_until is not None) == (1, True)
    assert read(store) == long.read_bytes()


def test_an_error_inside_of_a_200(store: S3Store, proxy: Proxy, long: Path) -> None:
    """A 200 with an error in it is an error: the client asks again, or the file does not count."""
    proxy.faults = [Fault(method="POST", target="uploadId", instead=refused(200, "InternalError"))]

    assert (store.put(NAME, long).version, read(store) == long.read_bytes()) == (store.versions(NAME)[0].id, True)
    proxy.faults = [Fault(method="POST", target="uploadId", times=99, instead=refused(200, "InternalError"))]
    with pytest.raises(StoreDown) as down:
        store.put("office/2026-11/other", long)
    assert told(down.value, "InternalError") == [True, True]
    assert store.versions("office/2026-11/other") == ()


@pytest.mark.parametrize(("status", "code"), [(503, "SlowDown"), (500, "InternalError"), (429, "TooManyRequests")])
def test_a_busy_service_is_asked_again(store: S3Store, proxy: Proxy, file: Path, status: int, code: str) -> None:
    """Twice it cannot; the third time it can. Where it never can, that is told, and nothing counts."""
    proxy.faults = [Fault(method="PUT", target=NAME, times=2, instead=refused(status, code))]
    assert store.put(NAME, file).version is not None

    proxy.faults = [Fault(method="PUT", target="never", times=99, instead=refused(status, code))]
    with pytest.raises(StoreDown) as down:
        store.put("office/2026-11/never", file)
    assert (told(down.value, "cannot be used"), store.versions("office/2026-11/never")) == ([True, True], ())


def test_a_conflict_is_tried_again(store: S3Store, proxy: Proxy, file: Path) -> None:
    """Somebody puts the same name at the same moment, and fails: 409, nothing is there, so it is sent again."""
    conflict = refused(409, "ConditionalRequestConflict")
    proxy.faults = [Fault(method="PUT", target=NAME, instead=conflict)]
    assert store.put(NAME, file).version is not None

    proxy.faults = [Fault(method="PUT", target="never", times=99, instead=conflict)]
    with pytest.raises(StoreDown, match="both that"):
        store.put("office/2026-11/never", file)


def test_what_comes_back_broken_off_is_asked_for_again(store: S3Store, proxy: Proxy, file: Path) -> None:
    """Half an answer is no answer; where there are only halves, that is told, and nobody is given half a file."""
    proxy.faults = [Fault(method="GET", target=NAME, times=2, cut=True)]
    store.put(NAME, file)
    proxy.faults = [Fault(method="GET", target=NAME, times=99, cut=True)]
    with pytest.raises(StoreDown) as down:
        read(store)

    assert told(down.value) == [True]
    proxy.faults = []
    assert read(store) == CONTENT


def test_what_comes_back_changed_does_not_count(store: S3Store, proxy: Proxy, file: Path) -> None:
    """One bit is off when it is read back: the put fails; when it is tried again and right, the same version counts."""
    proxy.faults = [Fault(method="GET", target=NAME, changed=one_bit_off)]
    with pytest.raises(VerificationError) as bad:
        store.put(NAME, file)

    assert told(bad.value, "gave back other bytes") == [True, True]
    assert (store.put(NAME, file).version, len(store.versions(NAME))) == (store.versions(NAME)[0].id, 1)


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (403, "RequestTimeTooSkewed", StoreDown, "its clock and this host's differ"),
        (403, "ExpiredToken", AuthError, "refuses our credential"),
        (403, "AccessDenied", AuthError, "refuses our credential"),
        (404, "NoSuchBucket", StoreDown, "the bucket is not there"),
        (400, "AuthorizationHeaderMalformed", StoreDown, "in another region"),
        (400, "BadDigest", StoreDown, "not those that were sent"),
        (507, "QuotaExceeded", StoreDown, "its space is used up"),
        (418, "Odd<Code", StoreDown, "answers with an error"),
    ],
)
def test_refusals_are_told_in_words(
    store: S3Store, proxy: Proxy, file: Path, status: int, code: str, kind: type[ArchiverError], words: str
) -> None:
    """What a service answers is told with what it means and what to do."""
    proxy.faults = [Fault(method="PUT", times=99, instead=refused(status, code))]
    with pytest.raises(kind) as told_of:
        store.put(NAME, file)

    assert told(told_of.value, words) == [True, True]


def test_a_file_moved_to_a_cold_tier(store: S3Store, proxy: Proxy, file: Path) -> None:
    """A lifecycle rule put it out of reach: that is told, and not that it is gone."""
    store.put(NAME, file)
    proxy.faults = [Fault(method="GET", target=NAME, times=99, instead=refused(403, "InvalidObjectState"))]
    with pytest.raises(StoreDown) as cold:
        read(store)

    assert (told(cold.value, "cold tier"), "restore request" in cold.value.do) == ([True, True], True)


def test_a_clock_that_is_an_hour_off(
    seaweedfs: Service, bucket: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service itself refuses what is signed at another time than its own."""
    from botocore import auth

    real = auth.get_current_datetime
    monkeypatch.setattr(auth, "get_current_datetime", lambda *a, **k: real(*a, **k) + timedelta(hours=1))
    with pytest.raises((StoreDown, AuthError)) as refused_it:
        seaweedfs.store(bucket, prefix="skewed/").put(NAME, file)

    assert told(refused_it.value, "its clock and this host's differ") == [True, True]


def test_nobody_there_and_no_such_bucket(seaweedfs: Service, bucket: str, file: Path) -> None:
    """A port where nobody listens, a bucket that is gone, a wrong key: three different sentences."""
    with pytest.raises(StoreDown, match="does not answer") as nobody:
        seaweedfs.store(bucket, at="http://127.0.0.1:9").put(NAME, file)
    with pytest.raises(StoreDown, match="the bucket is not there") as gone:
        list(seaweedfs.store("none-such").names())
    with pytest.raises(AuthError, match="refuses our credential") as wrong:
        seaweedfs.store(bucket, credential="env:S3_WRONG").put(NAME, file)

    assert [told(one.value) for one in (nobody, gone, wrong)] == [[True]] * 3


def test_the_server_is_killed_in_the_middle_of_a_put(tmp_path: Path, long: Path) -> None:
    """kill -9 between two parts: the put fails, and once the server is back the same put ends well, its lock kept."""
    folder = prepared("s3")
    if folder is None:
        pytest.skip("s3 is not prepared on this machine: run .ci/servers")
    service = s3.start_seaweedfs(folder, tmp_path)
    bucket = service.bucket()
    with proxy_to(service.url) as proxy:
        store = service.store(bucket, at=proxy.url)
        proxy.faults = [Fault(method="PUT", target="partNumber=2", then=service.process.kill)]
        with pytest.raises(StoreDown, match="does not answer"):
            store.put(NAME, long)
        service.stop()
        again = s3.restarted(service)
        try:
            placed = store.put(NAME, long)
            assert (len(store.versions(NAME)), read(store) == long.read_bytes()) == (1, True)
            assert isinstance(placed.locked_until, datetime)
            assert store.removed(NAME, placed.version) is False
        finally:
            again.stop()
