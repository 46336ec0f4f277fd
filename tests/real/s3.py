"""Services with the S3 API on loopback: SeaweedFS, which enforces locks, and rclone, which says yes to them."""

from __future__ import annotations

import json
import socket
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import requests

from archiver.clock import SystemClock
from archiver.config_stores import Store
from archiver.storage.s3_client import Client, connect
from archiver.storage.s3_store import S3Store
from tests.real.processes import free_port, on_a_free_port, spawn, stop, wait_until

PART = 5 << 20  # the smallest part a service takes
KEYS = {"S3_KEY": "archive:archive-secret", "S3_UPLOADER": "uploader:uploader-secret", "S3_WRONG": "archive:wrong"}
_UPLOADER = [
    "Read",
    "Write",
    "List",
    "Tagging",
    "PutObjectRetention",
    "GetObjectRetention",
    "PutObjectLegalHold",
    "GetObjectLegalHold",
    "GetBucketObjectLockConfiguration",
]
_IDENTITIES = {
    "identities": [
        {
            "name": "archive",
            "credentials": [{"accessKey": "archive", "secretKey": "archive-secret"}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        },
        {
            "name": "uploader",
            "credentials": [{"accessKey": "uploader", "secretKey": "uploader-secret"}],
            "actions": _UPLOADER,
        },
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service: its address, process and folder, and for SeaweedFS the address of the files below it."""

    url: str
    process: subprocess.Popen[bytes] = field(repr=False)
    folder: Path
    filer: str = ""
    credentials: Mapping[str, str] = field(default_factory=lambda: KEYS)

    def options(self, bucket: str, **said: Any) -> Store:
        """What the configuration says of a bucket of it."""
        return Store(**{"kind": "s3", "endpoint": self.url, "bucket": bucket, "credential": "env:S3_KEY"} | said)

    def client(self, bucket: str = "none") -> Client:
        """A client of the user who may do everything."""
        return connect(self.options(bucket), self.credentials, None)

    def bucket(self, *, lock: bool = True) -> str:
        """A new bucket, with Object Lock unless that is declined; its name."""
        name = f"records-{uuid.uuid4().hex[:12]}"
        self.client().create_bucket(Bucket=name, **({"ObjectLockEnabledForBucket": True} if lock else {}))
        return name

    def damage(self, bucket: str, key: str, version: str, data: bytes) -> None:
        """Change the bytes of a version where they lie, which the S3 API knows nothing of, as a failing disk does."""
        address = f"{self.filer}/buckets/{bucket}/{key}.versions/v_{version}"
        kept = requests.head(address, timeout=10)
        kept.raise_for_status()
        said = {name: value for name, value in kept.headers.items() if name.lower().startswith(("seaweed-", "x-amz-"))}
        requests.put(address, data=data, headers=said, timeout=10).raise_for_status()

    def store(self, bucket: str, *, at: str = "", seconds: float = 20, **said: Any) -> S3Store:
        """A bucket as a store, asked at this address or at another `at`, with so much patience for an answer."""
        options = self.options(bucket, **({"endpoint": at} if at else {}) | said)
        connecting = partial(connect, options, self.credentials, None, read_seconds=seconds)
        return S3Store(options, connecting, clock=SystemClock(), part=PART)

    def stop(self) -> None:
        """End it at once."""
        stop(self.process, seconds=0.1)


def start_seaweedfs(prepared: Path, folder: Path) -> Service:
    """A new SeaweedFS in `folder`. Raises NotStarted with its last words."""
    return on_a_free_port(lambda port: _seaweedfs(prepared / "weed", folder / f"weed-{port}", port))


def restarted(service: Service) -> Service:
    """A SeaweedFS that was ended, started again on its folder and port."""
    log = service.folder / "log"
    command = [str(word) for word in cast(Sequence[str | Path], service.process.args)]
    process = spawn(command, log)
    wait_until(lambda: answers(service.url), process, log, seconds=60)
    return replace(service, process=process)


def start_rclone(prepared: Path, folder: Path) -> Service:
    """A new rclone that serves a folder; it takes lock headers and keeps nothing of them."""
    return on_a_free_port(lambda port: _rclone(prepared / "rclone", folder / f"rclone-{port}", port))


def answers(url: str) -> bool:
    """Whether something refuses us at this address, as a service with the S3 API does without a signature."""
    try:
        return requests.get(url, timeout=5).status_code in (400, 403)
    except requests.exceptions.ConnectionError:
        return False


def _seaweedfs(program: Path, folder: Path, port: int) -> Service:
    (folder / "data").mkdir(parents=True)
    (folder / "s3.json").write_text(json.dumps(_IDENTITIES))
    filer, log = free_port(), folder / "log"
    said = {
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "dir": str(folder / "data"),
        "s3.port": port,
        "s3.config": str(folder / "s3.json"),
        "filer.port": filer,
        **{name: free_port() for name in ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc")},
        **{name: free_port() for name in ("filer.port.grpc", "s3.port.grpc")},
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "master.volumeSizeLimitMB": 64,
        "volume.max": 2000,  # each bucket takes several
        "master.telemetry": "false",
    }
    command: list[str | Path] = [program, "-logtostderr=true", "server", "-s3"]
    command += [f"-{name}={value}" for name, value in said.items()]
    process, url = spawn(command, log), f"http://127.0.0.1:{port}"
    wait_until(lambda: answers(url), process, log)
    return Service(url=url, process=process, folder=folder, filer=f"http://127.0.0.1:{filer}")


def _rclone(program: Path, folder: Path, port: int) -> Service:
    (folder / "data").mkdir(parents=True)
    log = folder / "log"
    command: list[str | Path] = [program, "serve", "s3", folder / "data", "--addr", f"127.0.0.1:{port}"]
    process = spawn([*command, "--auth-key", "archive,archive-secret", "--vfs-cache-mode", "off"], log)
    wait_until(lambda: _listens(port), process, log)
    return Service(url=f"http://127.0.0.1:{port}", process=process, folder=folder)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
