"""Rebuilding a scene's catalogue."""

from __future__ import annotations

from typing import Any

from archiver.checks.rebuild import Rebuilt, Tools, rebuild
from archiver.polling.registry import connectors
from archiver.storage.archive import Archive
from archiver.storage.schema import PRIMARY_TABLES
from tests.checks.scenes import Scene


def made_anew(told: Scene, **how: Any) -> Rebuilt:
    """The scene's catalogue, rebuilt."""
    told.archive.database.close()
    tools = Tools(config=told.config, connectors=connectors(), clock=told.clock, **how)
    return rebuild(told.archive.directory, tools)


def of_people(archive: Archive) -> dict[str, list[Any]]:
    """The tables that are no one's to rebuild."""
    db = archive.database.connection()
    return {table: [tuple(row) for row in db.execute(f"SELECT * FROM {table}")] for table in PRIMARY_TABLES}  # noqa: S608
