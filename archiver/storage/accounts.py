"""The register of accounts, as rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from archiver.errors import NotFound
from archiver.model import Account, Level
from archiver.model.account import AccountState
from archiver.storage.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLevel:
    """An account's number, and all that retention rules ask of it."""

    number: int
    id: str
    level: Level


_COLUMNS = tuple(field.name for field in fields(Account))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM accounts"  # noqa: S608  (names are our own)


def add_account(db: Connection, account: Account) -> int:
    """Store a new account; its number is returned. The id must be new."""
    names, values = ", ".join(_COLUMNS), ", ".join(f":{name}" for name in _COLUMNS)
    row = db.execute(
        f"INSERT INTO accounts ({names}) VALUES ({values}) RETURNING number",  # noqa: S608  (names are our own)
        _as_row(account),
    ).fetchone()
    return int(row["number"])


def change_account(db: Connection, account: Account) -> None:
    """Write the account's fields over those stored under its id."""
    pairs = ", ".join(f"{name} = :{name}" for name in _COLUMNS)
    db.execute(f"UPDATE accounts SET {pairs} WHERE id = :id", _as_row(account))  # noqa: S608  (names are our own)


def account_called(db: Connection, account_id: str) -> Account:
    """The account of this id. Raises NotFound, naming those that are near."""
    row = _plain(db).execute(f"{_SELECT} WHERE id = :id", {"id": account_id}).fetchone()
    if row is None:
        known = [str(other["id"]) for other in db.execute("SELECT id FROM accounts ORDER BY id")]
        raise NotFound(
            f"No account is registered as {account_id!r}.",
            do=f"Registered are: {', '.join(known)}" if known else "Register one: archiver accounts add --help",
        )
    return _from_row(row)


def all_accounts(db: Connection) -> tuple[Account, ...]:
    """Every account ever registered, by id."""
    return tuple(_from_row(row) for row in _plain(db).execute(f"{_SELECT} ORDER BY id"))


def account_levels(db: Connection) -> tuple[AccountLevel, ...]:
    """Every account ever registered, by id: a fifth of the time of `all_accounts`."""
    rows = _plain(db).execute("SELECT number, id, level FROM accounts ORDER BY id")
    return tuple(AccountLevel(number=number, id=name, level=Level(level)) for number, name, level in rows)


def polled_on(db: Connection, platform: str) -> dict[int, Account]:
    """The accounts of a platform that are polled, by their numbers."""
    rows = _plain(db).execute(f"{_SELECT} WHERE platform = ? AND state = 'active' ORDER BY id", (platform,))
    found = [_from_row(row) for row in rows]
    numbers = account_numbers(db, [account.id for account in found])
    return {numbers[account.id]: account for account in found}


def account_numbers(db: Connection, ids: Iterable[str] | None = None) -> dict[str, int]:
    """The catalogue's number of each account id (of all where none are named)."""
    if ids is None:
        return dict(_plain(db).execute("SELECT id, number FROM accounts"))
    named = "SELECT a.id, a.number FROM json_each(?) j CROSS JOIN accounts a ON a.id = j.value"
    return dict(_plain(db).execute(named, (json.dumps(list(ids)),)))


def account_id_of(db: Connection, number: int) -> str:
    """The id of the account of this number."""
    (found,) = db.execute("SELECT id FROM accounts WHERE number = ?", (number,)).fetchone()
    return str(found)


def _as_row(account: Account) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(account, name) for name in _COLUMNS}
    return row | {
        "level": str(account.level),
        "state": str(account.state),
        "options": json.dumps(dict(account.options), sort_keys=True),
    }


def _plain(db: Connection) -> Any:
    """A cursor that gives plain tuples: values by name take four times as long, and there are hundreds of accounts."""
    cursor = db.cursor()
    cursor.row_factory = None
    return cursor


def _from_row(row: Sequence[Any]) -> Account:
    known = dict(zip(_COLUMNS, row, strict=True))
    known |= {
        "level": Level(known["level"]),
        "state": AccountState(known["state"]),
        "options": json.loads(known["options"]) if known["options"] != "{}" else {},
    }
    return Account(**known)
