"""A bucket of a service that keeps what it promises is a store like a folder, and more: versions, locks, holds."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from archiver.errors import AuthError, DiskError, UsageError, VerificationError
from archiver.storage.s3_client import connect
from archiver.storage.s3_store import S3Store
from archiver.storage.stores import Placed
from tests.real.s3 import KEYS, PART, Service

pytestmark = pytest.mark.real
NAME = "office/2026-11/office-20261120T120000Z-0001.warc.gz"


@pytest.fixture
def bucket(seaweedfs: Service) -> str:
    """A new bucket with Object Lock."""
    return seaweedfs.bucket()


@pytest.fixture
def store(seaweedfs: Service, bucket: str) -> S3Store:
    """It, as a store."""
    return seaweedfs.store(bucket)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small file."""
    path = tmp_path / "segment"
    path.write_bytes(b"0123456789")
    return path


def read(store: S3Store, name: str = NAME) -> bytes:
    """The bytes of a file."""
    with store.open(name) as opened:
        return opened.read()


def knowing(store: S3Store, placed: Placed) -> S3Store:
    """The same store, where the catalogue knows the version."""
    return S3Store(store.options, lambda: store.client, clock=store._clock, version_of=lambda _: placed.version)


def test_what_was_put_is_given_back(store: S3Store, file: Path) -> None:
    """A file is read whole or in part, and positions in a part count from its beginning."""
    placed = store.put(NAME, file)

    with store.open(NAME) as whole, store.open(NAME, 3) as rest, store.open(NAME, 3, 4) as part:
        assert (whole.read(), rest.read(), part.read()) == (b"0123456789", b"3456789", b"3456")
    with store.open(NAME, 8, 100) as beyond, store.open(NAME, 20) as behind:
        assert (beyond.read(1), beyond.read(), beyond.read(), behind.read()) == (b"8", b"9", b"", b"")
    with store.open(NAME, 2, 5) as part:
        assert (part.seek(3), part.read(1), part.tell(), part.seek(0), part.read()) == (3, b"5", 4, 0, b"23456")
    assert placed.version is not None


def test_an_empty_file_is_a_file(store: S3Store, file: Path) -> None:
    """No bytes are bytes too."""
    file.write_bytes(b"")
    store.put(NAME, file)

    assert (read(store), list(store.names())) == (b"", [NAME])


def test_putting_the_same_again_does_nothing(store: S3Store, file: Path) -> None:
    """The same bytes under the same name: the same version, and no second one."""
    first = store.put(NAME, file)

    assert (store.put(NAME, file).version, len(store.versions(NAME))) == (first.version, 1)


@pytest.mark.parametrize("other", [b"", b"012345678", b"012345678X", b"0123456789X"])
def test_other_bytes_under_a_name_are_an_error(store: S3Store, file: Path, other: bytes) -> None:
    """A kept file is never replaced."""
    store.put(NAME, file)
    file.write_bytes(other)

    with pytest.raises(VerificationError, match="already, with other bytes"):
        store.put(NAME, file)
    assert (read(store), len(store.versions(NAME))) == (b"0123456789", 1)


def test_names_come_in_order_by_prefix(seaweedfs: Service, bucket: str, file: Path) -> None:
    """A prefix may end anywhere in a name; another archive's files in the same bucket are no names of ours."""
    ours, theirs = (seaweedfs.store(bucket, prefix=prefix) for prefix in ("ours/", "theirs/"))
    names = ["a/2026-10/x", "a/2026-11/x", "a/2026-11/y", "ab/2026-11/x"]
    for name in reversed(names):
        ours.put(name, file)
    theirs.put("b/2026-11/x", file)

    assert (list(ours.names()), list(theirs.names())) == (names, ["b/2026-11/x"])
    assert [list(ours.names(prefix)) for prefix in ("a/", "a/2026-1", "a", "none/")] == [
        names[:3],
        names[:3],
        names,
        [],
    ]


def test_odd_names_are_refused(seaweedfs: Service, file: Path) -> None:
    """No name leads out of the prefix, or to a hidden file; nothing is asked of the service then."""
    store = seaweedfs.store("none-such")
    for name in ("../x", "a/../../x", "/etc/x", "", "a//b", "a/.b", "a\x00b", "a b", "é"):
        verbs: list[Callable[[], object]] = [
            partial(store.put, name, file),
            partial(store.open, name),
            partial(store.delete, name),
        ]
        for verb in verbs:
            with pytest.raises(UsageError, match="cannot be the name"):
                verb()


def test_a_locked_file_stays(store: S3Store, file: Path) -> None:
    """It is locked from its first moment for as long as the options say, and cannot be deleted."""
    placed = store.put(NAME, file)
    left = (placed.locked_until or datetime.min.replace(tzinfo=UTC)) - datetime.now(UTC)

    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    with pytest.raises(DiskError, match="does not let go") as refused:
        store.delete(NAME)
    assert (len(refused.value.lines()), read(store)) == (3, b"0123456789")


def test_without_a_lock_what_is_deleted_is_gone(seaweedfs: Service, bucket: str, file: Path) -> None:
    """Every version of it, and the marks that hid it; deleting again is no error, and reading says what is missing."""
    store = seaweedfs.store(bucket, lock="none")
    store.put(NAME, file)
    store.client.put_object(**store.where(NAME), Body=b"other")
    store.client.delete_object(**store.where(NAME))
    store.delete(NAME)
    store.delete(NAME)

    assert (list(store.names()), store._all_of(NAME)) == ([], ())
    with pytest.raises(VerificationError, match=f"has no file {NAME}"):
        store.open(NAME)


def test_a_long_file_goes_in_parts_and_is_locked(store: S3Store, tmp_path: Path) -> None:
    """Its parts are one version, locked like any other; an upload that broke off earlier is cleaned away."""
    path = tmp_path / "long"
    path.write_bytes(bytes(range(256)) * (PART // 256) * 2 + b"the end")
    left = store.client.create_multipart_upload(**store.where(NAME))["UploadId"]
    placed = store.put(NAME, path)
    listed = store.client.list_multipart_uploads(Bucket=store.options.bucket).get("Uploads", [])

    assert placed.locked_until is not None
    assert [one["UploadId"] for one in listed if one["UploadId"] == left] == []
    assert (read(store) == path.read_bytes(), len(store.versions(NAME))) == (True, 1)
    assert store.put(NAME, path).version == placed.version


def test_reads_go_by_version(store: S3Store, file: Path) -> None:
    """Who puts other bytes over a file, or marks it as removed, changes nothing for whoever knows its version."""
    placed = store.put(NAME, file)
    store.client.put_object(**store.where(NAME), Body=b"forged!!!!")
    assert (read(knowing(store, placed)), read(store)) == (b"0123456789", b"forged!!!!")
    store.client.delete_object(**store.where(NAME))

    assert (read(knowing(store, placed)), list(store.names())) == (b"0123456789", [NAME])


def test_a_version_is_found_again_by_its_bytes(store: S3Store, file: Path) -> None:
    """A catalogue that lost the version finds it among others of its size; bytes that are nowhere are not found."""
    placed = store.put(NAME, file)
    store.client.put_object(**store.where(NAME), Body=b"forged!!!!")
    sha256 = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"

    assert store.find(NAME, 10, sha256) == placed
    assert (store.find(NAME, 10, "0" * 64), store.find("a/b/c", 10, sha256)) == (None, None)


def test_locks_grow_and_holds_come_and_go(store: S3Store, file: Path) -> None:
    """What the bucket says after each change is what is told."""
    placed = store.put(NAME, file)
    later = (placed.locked_until or datetime.now(UTC)) + timedelta(days=9)

    assert store.lock(NAME, placed.version, later) == later
    assert (store.hold(NAME, placed.version, on=True), store.hold(NAME, placed.version, on=False)) == (True, False)


def test_a_service_without_checksums(seaweedfs: Service, bucket: str, file: Path, tmp_path: Path) -> None:
    """Where they are switched off, files go without them and are compared all the same; also those in parts."""
    store = seaweedfs.store(bucket, checksums=False)
    path = tmp_path / "long"
    path.write_bytes(b"z" * (PART + 1))
    store.put(NAME, file)
    store.put("a/2026-11/long", path)

    assert (read(store), read(store, "a/2026-11/long") == path.read_bytes()) == (b"0123456789", True)


def test_a_key_without_special_rights_is_enough(seaweedfs: Service, bucket: str, file: Path) -> None:
    """A user who may not go round locks can do all that keeping needs."""
    store = seaweedfs.store(bucket, credential="env:S3_UPLOADER")
    placed = store.put(NAME, file)

    assert placed.locked_until is not None
    assert store.lock(NAME, placed.version, placed.locked_until + timedelta(days=1)) is not None
    assert store.hold(NAME, placed.version, on=True) is True


def test_nothing_of_the_environment_is_used(
    seaweedfs: Service, bucket: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys, profiles, addresses, proxies and authorities of whoever runs the program change nothing."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "other",
        "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_PROFILE": "none-such",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_CA_BUNDLE": "/none",
        "AWS_CONFIG_FILE": "/none",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)

    assert seaweedfs.store(bucket).put(NAME, file).version is not None


def test_no_key_is_told(seaweedfs: Service, bucket: str, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither with the finest log nor in errors: a wrong key, one that is none, and one that is not there."""
    caplog.set_level(logging.DEBUG)
    told = []
    for reference in ("env:S3_WRONG", "env:S3_HALF", "env:S3_NONE"):
        options = replace(seaweedfs.options(bucket), credential=reference)
        environ = {**KEYS, "S3_HALF": "half-a-key"}
        wrong = S3Store(options, partial(connect, options, environ, None), clock=seaweedfs.store(bucket)._clock)
        with pytest.raises(AuthError) as refused:
            wrong.put(NAME, file)
        assert len(refused.value.lines()) == 3
        told.append(" ".join(refused.value.lines()))

    said = " ".join([*told, caplog.text])
    assert [word for word in ("archive-secret", "wrong:", ":wrong", "half-a-key", "Signature=") if word in said] == []
    assert ["refuses our credential" in told[0], "is not a key" in told[1], "is not set" in told[2]] == [True] * 3
