"""The register of accounts, as rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from archiver.errors import NotFound
from archiver.model import Account, Level
from archiver.model.account import AccountState
from archiver.storage.database import Connection, Row

_COLUMNS = tuple(field.name for field in fields(Account))


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
    row = db.execute("SELECT * FROM accounts WHERE id = :id", {"id": account_id}).fetchone()
    if row is None:
        known = [str(other["id"]) for other in db.execute("SELECT id FROM accounts ORDER BY id")]
        raise NotFound(
            f"No account is registered as {account_id!r}.",
            do=f"Registered are: {', '.join(known)}" if known else "Register one: archiver accounts add --help",
        )
    return _from_row(row)


def all_accounts(db: Connection) -> tuple[Account, ...]:
    """Every account ever registered, by id."""
    return tuple(_from_row(row) for row in db.execute("SELECT * FROM accounts ORDER BY id"))


def account_numbers(db: Connection, ids: Iterable[str] | None = None) -> dict[str, int]:
    """The catalogue's number of each account id (of all where none are named)."""
    rows = db.execute("SELECT id, number FROM accounts")
    wanted = None if ids is None else set(ids)
    return {row["id"]: row["number"] for row in rows if wanted is None or row["id"] in wanted}


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


def _from_row(row: Row) -> Account:
    known = {name: row[name] for name in _COLUMNS}
    return Account(
        **known
        | {
            "level": Level(row["level"]),
            "state": AccountState(row["state"]),
            "options": json.loads(row["options"]),
        }
    )
