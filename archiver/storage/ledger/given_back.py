"""What a catalogue that is lost held alone, given back from the ledger's files: leaves, acts, and the registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver.errors import VerificationError
from archiver.model import Account, Level, canonical_json
from archiver.model.account import AccountState
from archiver.storage import anchors, registers
from archiver.storage.accounts import add_account
from archiver.storage.database import Connection
from archiver.storage.ledger import acts_file, checkpoints, keys
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.leaves import append_all
from archiver.storage.ledger.merkle import Growing, leaf_hash
from archiver.storage.ledger.tiles import WIDTH, Tiles


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """How many leaves and acts were given back: those of the newest checkpoint."""

    leaves: int = 0
    acts: int = 0


def give_back(db: Connection, ledger: Path, origin: str) -> GivenBack:
    """Write the leaves, the acts and the registers of the newest checkpoint into an empty catalogue.

    Nothing where there is no checkpoint. Raises VerificationError where the files do not agree with it.
    """
    data = checkpoints.read(ledger)
    if data is None:
        return GivenBack()
    said, _ = checkpoints.opened(data, keys.known_keys(ledger), origin=origin)
    _leaves(db, Tiles(ledger, said.size), said)
    acts = sum(_act(db, kept) for kept in acts_file.read(ledger))
    _registers(db)
    anchors.give_back(db)
    return GivenBack(leaves=said.size, acts=acts)


def _leaves(db: Connection, tiles: Tiles, said: Checkpoint) -> None:
    growing = Growing()
    for index in range(-(-said.size // WIDTH)):
        datas = tiles.entries(index)
        for data in datas:
            growing.add(leaf_hash(data))
        append_all(db, datas)
    if growing.root() != said.root:
        raise _unsound(f"the leaves in its bundles are not those of the checkpoint of {said.size}")


def _act(db: Connection, kept: acts_file.KeptAct) -> int:
    """One act, which must be what its leaf says."""
    leaf = db.execute("SELECT data FROM leaves WHERE sequence = ?", (kept.leaf,)).fetchone()
    if leaf is None or leaf["data"] != kept.told.data:
        raise _unsound(f"act {kept.sequence} in {acts_file.NAME} is not what leaf {kept.leaf} says")
    db.execute(
        "INSERT INTO acts (sequence, at, actor, act, subject, detail, leaf, salt)"
        " VALUES (:sequence, :at, :actor, :act, :subject, :detail, :leaf, :salt)",
        {
            "sequence": kept.sequence,
            "at": kept.at,
            "actor": kept.actor,
            "act": kept.act,
            "subject": kept.subject,
            "detail": canonical_json(kept.detail).decode(),
            "leaf": kept.leaf,
            "salt": kept.salt,
        },
    )
    return 1


def _registers(db: Connection) -> None:
    """The registers as the acts make them, in the order in which they came about."""
    said = registers.as_acts_say(db)
    for account in said.accounts.values():
        add_account(db, _account(account))
    for request in said.requests.values():
        row = dict(request) | {"selector": canonical_json(request["selector"]).decode()}
        db.execute(
            "INSERT INTO requests (id, received, due, requester, text, selector, opened_by, opened, closed, closing)"
            " VALUES (:id, :received, :due, :requester, :text, :selector, :opened_by, :opened, :closed, :closing)",
            row,
        )
    for bundle in said.bundles.values():
        db.execute(
            "INSERT INTO bundles (request, made, name, sha256, size, items)"
            " VALUES (:request, :made, :name, :sha256, :size, :items)",
            {"size": 0} | bundle,  # acts of the first version do not say it
        )


def _account(said: Mapping[str, Any]) -> Account:
    typed = {"level": Level(said["level"]), "state": AccountState(said["state"])}
    return Account(**dict(said) | typed)


def _unsound(how: str) -> VerificationError:
    return VerificationError(
        f"The ledger's files do not agree with each other: {how}.",
        means="Without them it cannot be said what people did. Nothing was changed.",
        do="Restore the ledger folder from a backup. To go on without it, move the folder out of the archive.",
    )
