"""The acts of the register of accounts: register, change, retire, resume; each recorded with what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from archiver.acts.fields import id_from
from archiver.errors import UsageError
from archiver.model import Account, Connector, Level, NoAuth, auth_of
from archiver.model.account import AccountState
from archiver.storage import accounts, frontier, schedule
from archiver.storage.acts import acts_on, record_act
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.registers import Act

_WHO_ANSWERS = ("url", "handle")
_MAY_CHANGE = frozenset(
    {
        *_WHO_ANSWERS, "unit", "purpose", "audience", "owner", "deputy", "level", "credential", "interval_minutes",
        "options",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSince:
    """The level an account had from a moment on, and who said so."""

    level: Level
    since: datetime
    by: str


def register(archive: Archive, account: Account, connector: Connector, *, who: str, now: datetime) -> Account:
    """Register an account (its id made from platform and handle where it is empty); polled from now on.

    Raises UsageError where the id, or the same presence, is registered already.
    """
    named = account if account.id else replace(account, id=id_from(account.platform, account.handle))
    _require_usable_credential(named, connector)
    with archive.database.transaction() as db:
        _require_new(db, named)
        number = accounts.add_account(db, named)
        schedule.make_due(db, number, now)
        record_act(db, at=now, actor=who, act=Act.REGISTERED, subject=named.id, detail=as_json(named))
    return named


def change(
    archive: Archive,
    account_id: str,
    new: Mapping[str, Any],
    *,
    connector: Connector,
    repin: bool | None,
    who: str,
    now: datetime,
) -> Account:
    """Change fields of an account. `repin` True drops the pinned platform id, so that the next reply pins anew.

    Raises UsageError where nothing would change, or where another account could answer and `repin` is not decided.
    """
    if unknown := set(new) - _MAY_CHANGE:
        raise ValueError(f"not to be changed: {sorted(unknown)}")
    with archive.database.transaction() as db:
        old = accounts.account_called(db, account_id)
        changed = replace(old, **new) if not repin else replace(old, **new, platform_id=None)
        _require_change(old, changed)
        _require_decision(old, changed, repin=repin)
        _require_usable_credential(changed, connector)
        accounts.change_account(db, changed)
        _poll_soon(db, changed, now)
        record_act(db, at=now, actor=who, act=Act.CHANGED, subject=account_id, detail=_difference(old, changed))
    return changed


def retire(archive: Archive, account_id: str, *, reason: str, who: str, now: datetime) -> Account:
    """End the polling of an account; everything kept of it stays. Raises UsageError where it is retired already."""
    with archive.database.transaction() as db:
        old = accounts.account_called(db, account_id)
        if old.state is AccountState.RETIRED:
            raise UsageError(f"The account {account_id} is retired already.", do=f"archiver accounts show {account_id}")
        retired = replace(old, state=AccountState.RETIRED, state_reason=reason)
        accounts.change_account(db, retired)
        frontier.give_up(db, _number(db, account_id))
        record_act(db, at=now, actor=who, act=Act.RETIRED, subject=account_id, detail={"reason": reason})
    return retired


def resume(archive: Archive, account_id: str, *, reason: str, who: str, now: datetime) -> Account:
    """Poll a stopped or retired account again, from now on. Raises UsageError where it is polled anyway."""
    with archive.database.transaction() as db:
        old = accounts.account_called(db, account_id)
        if old.state is AccountState.ACTIVE:
            raise UsageError(f"The account {account_id} is polled already.", do=f"archiver accounts show {account_id}")
        resumed = replace(old, state=AccountState.ACTIVE, state_reason="")
        accounts.change_account(db, resumed)
        _poll_soon(db, resumed, now)
        detail = {"reason": reason, "was": str(old.state), "because": old.state_reason}
        record_act(db, at=now, actor=who, act=Act.RESUMED, subject=account_id, detail=detail)
    return resumed


def level_history(db: Connection, account_id: str) -> tuple[LevelSince, ...]:
    """The levels of an account as they were registered, in order."""
    found: list[LevelSince] = []
    for act in acts_on(db, account_id):
        said = act.detail if act.act == Act.REGISTERED else act.detail.get("to", {}) if act.act == Act.CHANGED else {}
        if "level" in said:
            found.append(LevelSince(level=Level(said["level"]), since=act.at, by=act.actor))
    return tuple(found)


def as_json(account: Account) -> dict[str, Any]:
    """An account as JSON values; its credential is a reference."""
    plain: dict[str, Any] = {field.name: getattr(account, field.name) for field in fields(account)}
    return plain | {"level": str(account.level), "state": str(account.state), "options": dict(account.options)}


def _number(db: Connection, account_id: str) -> int:
    return accounts.account_numbers(db, (account_id,))[account_id]


def _poll_soon(db: Connection, account: Account, now: datetime) -> None:
    if account.state is AccountState.ACTIVE:
        schedule.make_due(db, _number(db, account.id), now)


def _difference(old: Account, new: Account) -> dict[str, Any]:
    before, after = as_json(old), as_json(new)
    names = [name for name in after if before[name] != after[name]]
    return {"from": {name: before[name] for name in names}, "to": {name: after[name] for name in names}}


def _require_new(db: Connection, account: Account) -> None:
    for other in accounts.all_accounts(db):
        if other.id == account.id:
            raise UsageError(
                f"The id {account.id!r} is taken by {other.handle} on {other.platform}.",
                means="Nothing was registered.",
                do="Choose another id: --id NAME",
            )
        if (other.platform, other.url, other.handle) == (account.platform, account.url, account.handle):
            raise UsageError(
                f"This account is registered already, as {other.id!r}.",
                means="Nothing was registered twice.",
                do=f"See it: archiver accounts show {other.id}",
            )


def _require_change(old: Account, new: Account) -> None:
    if old == new:
        raise UsageError(
            f"Nothing of the account {old.id} would change.",
            means="Nothing was recorded.",
            do="Name what is to change: archiver accounts change --help",
        )


def _require_decision(old: Account, new: Account, *, repin: bool | None) -> None:
    elsewhere = any(getattr(old, name) != getattr(new, name) for name in _WHO_ANSWERS)
    if elsewhere and old.platform_id is not None and repin is None:
        raise UsageError(
            f"The account {old.id} is pinned to the platform id {old.platform_id!r}.",
            means="Nothing was changed: records of another account must not be kept under this name by mistake.",
            do="If the same account answers there: --keep-pin. If another one may: --repin (or register it anew).",
        )


def _require_usable_credential(account: Account, connector: Connector) -> None:
    if account.credential and isinstance(auth_of(connector, account), NoAuth):
        raise UsageError(
            f"The connector {account.platform} takes no credential.",
            means="Nothing was registered or changed; the secret would never be used.",
            do="Leave --credential out.",
        )
