"""What the acts say of the registers: accounts, requests and bundles as they must stand after everything done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from archiver.storage.acts import MADE_ANEW
from archiver.storage.database import ROW_FAULTS, Connection


class Act(StrEnum):
    """The acts that change a register."""

    REGISTERED = "account registered"
    CHANGED = "account changed"
    RETIRED = "account retired"
    RESUMED = "account resumed"
    STOPPED = "account stopped"
    PINNED = "account pinned"
    OPENED = "request opened"
    CLOSED = "request closed"
    BUNDLED = "bundle made"


@dataclass(slots=True, kw_only=True)
class Registers:
    """Accounts and requests by id, bundles by name, each with the fields that acts tell."""

    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    bundles: dict[str, dict[str, Any]] = field(default_factory=dict)

    def apply(self, act: str, subject: str, at: str, detail: Mapping[str, Any]) -> None:
        """One act more."""
        account, request = self.accounts.get(subject, {}), self.requests.get(subject, {})
        match act:
            case Act.REGISTERED:
                self.accounts[subject] = dict(detail)
            case Act.CHANGED:
                account.update(detail["to"])
            case Act.RETIRED:
                account.update(state="retired", state_reason=detail["reason"])
            case Act.RESUMED:
                account.update(state="active", state_reason="")
            case Act.STOPPED:
                account.update(state="stopped", state_reason=detail["reason"])
            case Act.PINNED:
                account.update(platform_id=detail["platform_id"])
            case Act.OPENED:
                self.requests[subject] = _request(detail) | {"opened": at}
            case Act.CLOSED:
                request.update(closed=at, closing=detail["note"])
            case Act.BUNDLED:
                said = {name: detail[name] for name in ("name", "sha256", "items", "size") if name in detail}
                self.bundles[str(detail["name"])] = said | {"request": subject, "made": detail["made_at"]}


def _request(detail: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: detail[name] for name in ("id", "received", "due", "requester", "text", "opened_by")}
    return said | {"selector": detail["scope"], "closed": None, "closing": ""}


def as_acts_say(db: Connection) -> Registers:
    """The registers as all acts together make them. An act that cannot be read is passed over: its leaf tells of it."""
    made = Registers()
    for row in db.execute("SELECT act, subject, at, detail FROM acts ORDER BY sequence"):
        try:
            made.apply(row["act"], row["subject"], row["at"], json.loads(row["detail"]))
        except ROW_FAULTS:
            continue
    return made


def problems(db: Connection) -> Iterator[tuple[str, str | None]]:
    """Where a register does not say what the acts say: in words, and the account it is about, where it is about one."""
    said = as_acts_say(db)
    again = _registered_again(db) - said.accounts.keys()
    accounts = {row["id"]: _account(dict(row)) for row in db.execute("SELECT * FROM accounts")}
    for name, what in _differing(accounts, said.accounts, known=again):
        yield f"The register says of account {name} {what}", name
    requests = {row["id"]: _json(dict(row), "selector") for row in db.execute("SELECT * FROM requests")}
    for name, what in _differing(requests, said.requests):
        yield f"The register says of request {name} {what}", None
    bundles = {row["name"]: dict(row) for row in db.execute("SELECT * FROM bundles")}
    for name, what in _differing(bundles, said.bundles):
        yield f"The register says of bundle {name} {what}", None


def _differing(
    rows: Mapping[str, Mapping[str, Any]], acts: Mapping[str, Mapping[str, Any]], *, known: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str]]:
    for name in sorted({*rows, *acts} - known):
        if name not in rows:
            yield name, "nothing, and acts speak of it."
        elif name not in acts:
            yield name, "something that no act tells of."
        elif off := [key for key, value in acts[name].items() if rows[name].get(key) != value]:
            yield name, f"another {', '.join(sorted(off))} than the acts."


def _registered_again(db: Connection) -> frozenset[str]:
    """Accounts that a rebuild found in the WARC files alone; no act registered them."""
    found: set[str] = set()
    for row in db.execute("SELECT detail FROM acts WHERE act = ?", (MADE_ANEW,)):
        try:
            found.update(json.loads(row["detail"])["registered again"])
        except ROW_FAULTS:
            continue
    return frozenset(found)


def _account(row: dict[str, Any]) -> dict[str, Any]:
    del row["number"]
    return _json(row, "options")


def _json(row: dict[str, Any], name: str) -> dict[str, Any]:
    try:
        return row | {name: json.loads(row[name])}
    except ValueError:
        return row
