"""The rows of items that are new are written together; what stands in them is what one at a time would have given."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from archiver.model import Kind, Media, Snapshot
from archiver.model.times import epoch_second
from archiver.storage.new_items import TIME_SHIFT
from tests.storage.test_items_over_time import NOW, Rows

POST = Snapshot(kind=Kind.POST, remote_id="1", created=NOW, text="Levy", counters={"likes": 1})


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Rows]:
    """A new catalogue."""
    made = Rows(tmp_path / "catalogue.sqlite")
    yield made
    made.database.close()


def of_one_key(account: int) -> tuple[int, tuple[str, ...]]:
    """Three remote ids whose items of one second would have the same key, and its bits below the second."""
    found: dict[int, list[str]] = defaultdict(list)
    for number in count():
        named = hashlib.sha256(f"{account}\n{number}".encode()).digest()
        within = int.from_bytes(named[:4]) >> (32 - TIME_SHIFT)
        found[within].append(str(number))
        if len(found[within]) == 3:
            return within, tuple(found[within])
    raise LookupError


@pytest.mark.parametrize("replies", [(3,), (1, 2), (2, 1), (1, 1, 1)])
def test_items_that_would_have_the_same_key_have_the_ones_that_follow(rows: Rows, replies: tuple[int, ...]) -> None:
    """However many replies they come in: a rebuild must find the same keys."""
    within, ids = of_one_key(rows.account)
    shown = iter([replace(POST, remote_id=remote) for remote in ids])

    for many in replies:
        rows.show(*[next(shown) for _ in range(many)])

    keys = [rows.item(remote).id for remote in ids]
    first = (epoch_second(NOW) << TIME_SHIFT) | within
    assert keys == [str(first + step) for step in range(3)]


def test_a_reply_may_show_a_new_item_with_its_history_and_files_between_others(rows: Rows) -> None:
    """What asks for an item of the same reply finds it: its versions are numbered, its counters those shown last."""
    before = replace(POST, text="Levvy", historic=True, edited=NOW, source="/1")
    again = replace(POST, counters={"likes": 2}, media=(Media(id="m", url="https://p.example/m"),), source="/2")
    rows.show(replace(POST, remote_id="0"), POST, before, again, replace(POST, remote_id="2"))

    item = rows.item("1")
    assert [(version.number, version.text, version.historic) for version in item.versions] == [
        (1, "Levy", False),
        (2, "Levvy", True),
        (3, "Levy", False),
    ]
    assert [medium.id for medium in item.media] == ["m"]
    likes = rows.db.execute("SELECT i.remote_id, c.value FROM counters c JOIN items i ON i.id = c.item ORDER BY 1")
    assert [tuple(row) for row in likes] == [("0", 1), ("1", 2), ("2", 1)]
    sources = rows.db.execute(
        "SELECT p.source, p.version FROM appearances p JOIN items i ON i.id = p.item WHERE i.remote_id = '1' ORDER BY 1"
    )
    assert [tuple(row) for row in sources] == [("", 1), ("/1", 2), ("/2", 3)]
