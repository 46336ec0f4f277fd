"""Object Lock of one version: for a time that can be made longer, and a hold without end until it is lifted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from archiver.storage.s3_client import Client


def said(mode: str, until: datetime | None) -> dict[str, Any]:
    """What a put says so that its version is locked; nothing where it shall not be."""
    if until is None:
        return {}
    return {"ObjectLockMode": mode.upper(), "ObjectLockRetainUntilDate": until}


def lock(client: Client, where: dict[str, str], mode: str, until: datetime) -> None:
    """Lock a version, or its lock for longer. Raises what the client raises."""
    client.put_object_retention(**where, Retention={"Mode": mode.upper(), "RetainUntilDate": until})


def locked_until(client: Client, where: dict[str, str]) -> datetime | None:
    """Until when the bucket says that a version is locked; None where it says of no lock."""
    told = client.head_object(**where).get("ObjectLockRetainUntilDate")
    return told.astimezone(UTC) if isinstance(told, datetime) else None


def hold(client: Client, where: dict[str, str], *, on: bool) -> None:
    """Set or lift a version's legal hold. Raises what the client raises."""
    client.put_object_legal_hold(**where, LegalHold={"Status": "ON" if on else "OFF"})


def is_held(client: Client, where: dict[str, str]) -> bool:
    """Whether the bucket says that a version is under legal hold."""
    return bool(client.head_object(**where).get("ObjectLockLegalHoldStatus") == "ON")
