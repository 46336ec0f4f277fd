"""A rebuild puts the replies that showed nothing new back to where they belong between the captures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archiver.demo.faults import Change
from archiver.demo.messages import Answer, Asked
from archiver.storage import run_rows
from archiver.storage.database import Connection
from archiver.storage.run_rows import unchanged_in
from tests.checks.making import made_anew
from tests.checks.projection import projected
from tests.checks.scenes import scene


def liked(status: str, times: int) -> Change:
    """Listings show this status as liked so many times."""

    def change(_asked: Asked, answer: Answer) -> Answer:
        told = json.loads(answer.body or b"{}")
        for one in told if isinstance(told, list) else ():
            if one["id"] == status:
                one["favourites_count"] = times
        return replace(answer, body=json.dumps(told).encode()) if isinstance(told, list) else answer

    return change


def test_counters_of_one_run_keep_their_order(tmp_path: Path) -> None:
    """Likes that a listing without news showed higher, and a thread right after it as before, are three values."""
    with scene(tmp_path / "archive") as told:
        reply = told.demo.district.id_of("c7a")
        with told.engine() as engine:
            told.poll(engine, "social")
            told.demo.faults.add("/api/v1/accounts/", liked(reply, 77), times=100)
            told.demo.district.add_a_comment()
            told.poll(engine, "social")
        live = projected(told.archive.database)
        made_anew(told)

        assert projected(told.archive.database) == live
        values = [dict(row)["value"] for row in live["counters"] if _is_of(row, reply)]
        assert (len(values), sorted(values)[-1]) == (3, 77)


def test_records_that_name_request_and_bytes_of_each_look_are_read_as_those_that_name_the_capture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until now they named both, though the capture they name says the same: a rebuild takes either."""
    with scene(tmp_path / "archive") as told:
        with told.engine() as engine:
            told.poll(engine, "social")
            with monkeypatch.context() as before:
                before.setattr(run_rows, "unchanged_in", _as_before)
                told.poll(engine, "social")
            told.poll(engine, "social")
        live = projected(told.archive.database)
        made_anew(told)

        assert projected(told.archive.database) == live
        assert {dict(row)["times"] for row in live["captures"] if dict(row)["stream"] == "posts"} == {3}


def _as_before(db: Connection, run: str) -> list[dict[str, Any]]:
    looks = unchanged_in(db, run)
    named = {row["id"]: row for row in db.execute("SELECT id, fetch_key, payload_sha256 FROM captures")}
    asked = [
        {"key": named[look["same"]]["fetch_key"], "payload": named[look["same"]]["payload_sha256"]} for look in looks
    ]
    return [look | more for look, more in zip(looks, asked, strict=True)]


def _is_of(row: tuple[tuple[str, object], ...], remote_id: str) -> bool:
    said = dict(row)
    return said["item"] == ("social", remote_id) and said["name"] == "favourites"
