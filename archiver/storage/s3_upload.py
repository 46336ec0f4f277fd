"""Puts a file into a bucket as a new version, in one piece or in parts, locked from its first moment."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archiver.storage.s3_client import Client

PART = 16 << 20  # a file longer than this goes in parts, so that what breaks off is not sent anew from its beginning

Stop = Callable[[], None]  # raises where the work shall end


def never() -> None:
    """Nothing stops the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One object to be: `where` is its Bucket and Key, `said` its lock, hold and metadata as the client takes them.

    `only_new`: refused where the key has a version that is not marked as removed.
    """

    where: Mapping[str, str]
    said: Mapping[str, Any] = field(default_factory=dict)
    checksums: bool = True
    only_new: bool = True
    part: int = PART

    def send(self, client: Client, path: Path, stop: Stop = never) -> str | None:
        """Send the file; the id of the version it became. Raises what the client raises."""
        if path.stat().st_size > self.part:
            return self._in_parts(client, path, stop)
        data = path.read_bytes()
        answer = client.put_object(
            **self.where, **self.said, **self._condition(), **self._sums(data), Body=data, ContentLength=len(data)
        )
        return version_in(answer)

    def _in_parts(self, client: Client, path: Path, stop: Stop) -> str | None:
        self._abandon_others(client)
        algorithm = {"ChecksumAlgorithm": "SHA256"} if self.checksums else {}
        begun = client.create_multipart_upload(**self.where, **self.said, **algorithm)["UploadId"]
        try:
            parts = [self._part(client, begun, number, data) for number, data in _parts(path, self.part, stop)]
            answer = client.complete_multipart_upload(
                **self.where, **self._condition(), UploadId=begun, MultipartUpload={"Parts": parts}
            )
        except BaseException:
            self._abandon(client, begun)
            raise
        return version_in(answer)

    def _part(self, client: Client, upload: str, number: int, data: bytes) -> dict[str, Any]:
        sums = self._sums(data)
        answer = client.upload_part(**self.where, **sums, UploadId=upload, PartNumber=number, Body=data)
        kept = {"ChecksumSHA256": sums["ChecksumSHA256"]} if self.checksums else {}
        return {"PartNumber": number, "ETag": answer["ETag"], **kept}

    def _abandon_others(self, client: Client) -> None:
        """Uploads of this file that broke off earlier take space that nobody sees."""
        key = self.where["Key"]
        listed = client.list_multipart_uploads(Bucket=self.where["Bucket"], Prefix=key).get("Uploads", [])
        for one in listed:
            if one["Key"] == key:
                self._abandon(client, one["UploadId"])

    def _abandon(self, client: Client, upload: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client.abort_multipart_upload(**self.where, UploadId=upload)
        except (ClientError, BotoCoreError):  # done already, or for the next time
            return

    def _condition(self) -> dict[str, str]:
        return {"IfNoneMatch": "*"} if self.only_new else {}

    def _sums(self, data: bytes) -> dict[str, str]:
        if self.checksums:
            return {"ChecksumSHA256": base64.b64encode(hashlib.sha256(data).digest()).decode()}
        md5 = hashlib.md5(data, usedforsecurity=False).digest()  # what older services know instead
        return {"ContentMD5": base64.b64encode(md5).decode()}


def version_in(answer: Mapping[str, Any]) -> str | None:
    """The version an answer names; None where the bucket keeps no versions."""
    version = answer.get("VersionId")
    return None if version in (None, "", "null") else str(version)


def _parts(path: Path, size: int, stop: Stop) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        number = 0
        while data := file.read(size):
            stop()
            number += 1
            yield number, data
