"""The first page of each kind of search, beside joining and sorting what matches; and capped counts."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from archiver.model import Selector, iso
from archiver.storage import search
from archiver.storage.accounts import account_numbers
from archiver.storage.database import Connection
from benchmarks import samples
from benchmarks.archives import NOW
from benchmarks.frame import Figure, quantiles

MOST_MS = 15.0
TIMES_NAIVE = 10.0
MOST_COUNT_MS = 60.0
_BESIDE_NAIVE = ("common word", "phrase", "phrase of common words", "word + account + dates")
Ask = Callable[[Selector], object]


def queries(count: int, rng: random.Random) -> Mapping[str, list[Selector]]:
    """So many selectors of each kind, their words drawn by how often they occur."""
    words = samples.vocabulary()
    said = [text.lower().rstrip(".").split() for text in samples.texts(400, seed=0)]
    pairs = [pair for text in said for pair in pairwise(text)]
    rank = {word: number for number, word in enumerate(words)}
    scarce = [pair for pair in pairs if min(rank[one] for one in pair) > 50]
    common = [f'"{one} {other}"' for one in words[:4] for other in words[:4]]

    def word(lowest: int, highest: int) -> str:
        return words[rng.randrange(lowest, highest)]

    made: dict[str, Callable[[], Selector]] = {
        "common word": lambda: Selector(words=word(0, 4)),
        "medium word": lambda: Selector(words=word(300, 900)),
        "rare word": lambda: Selector(words=word(20_000, 50_000)),
        "phrase": lambda: Selector(words='"{} {}"'.format(*rng.choice(scarce))),
        "phrase of common words": lambda: Selector(words=rng.choice(common)),
        "prefix": lambda: Selector(words=word(50, 5_000)[:3] + "*"),
        "two words": lambda: Selector(words=f"{word(300, 900)} {word(0, 4)}"),
        "word + account + dates": lambda: _filtered(word(20, 200), rng),
    }
    return {kind: [make() for _ in range(count)] for kind, make in made.items()}


def _filtered(word: str, rng: random.Random) -> Selector:
    since = NOW - timedelta(days=rng.randrange(400, 3000))
    return Selector(
        words=word, accounts=(f"school-{rng.randrange(1, 401)}",), since=since, until=since + timedelta(days=365)
    )


def naive(db: Connection, selector: Selector) -> list[int]:
    """What the page costs where nothing is arranged for it: join what matches, filter, sort by time, cut off."""
    numbers = list(account_numbers(db, selector.accounts).values()) if selector.accounts else []
    conditions = ["search MATCH :match"]
    if numbers:
        conditions.append("i.account = :account")
    if selector.since and selector.until:
        conditions.append("i.created >= :since AND i.created < :until")
    rows = db.execute(
        "SELECT i.id FROM search s JOIN items i ON i.id = s.rowid"  # noqa: S608  (all of it is our own)
        f" WHERE {' AND '.join(conditions)} ORDER BY i.created DESC, i.id DESC LIMIT 50",
        {
            "match": search.match_expression(Selector(words=selector.words), []),
            "account": numbers[0] if numbers else None,
            "since": _text(selector.since),
            "until": _text(selector.until),
        },
    )
    return [int(row["id"]) for row in rows]


def _text(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def figures(db: Connection, items: int, *, count: int, repeats: int) -> Iterator[Figure]:
    """Two figures for each kind of query: milliseconds, and times the naive way; and the capped count."""
    for kind, selectors in queries(count, random.Random(5)).items():
        slug = kind.replace(" + ", "-").replace(" ", "-")
        for selector in selectors[:3]:
            if list(search.find(db, selector).keys) != naive(db, selector):
                raise SystemExit(f"the two ways find different items for {selector.words}")
        ours = _milliseconds(lambda one: search.find(db, one), selectors, repeats)
        theirs = _milliseconds(lambda one: naive(db, one), selectors[: max(3, count // 2)], 1)
        counted = _milliseconds(lambda one: search.count(db, one), selectors, 1)
        (p50, p95), (naive50, naive95) = quantiles(ours), quantiles(theirs)
        yield Figure(
            name=f"search/{slug}",
            what=f"first page, {kind}, {items:,} items, 95th percentile",
            value=p95,
            unit="ms",
            at_most=MOST_MS,
            beside={"median, ms": p50, "naive median, ms": naive50, "naive 95th, ms": naive95},
        )
        yield Figure(
            name=f"search/{slug}-naive",
            what=f"the same beside join and sort, {kind}, 95th percentiles",
            value=naive95 / p95,
            unit="x as fast",
            at_least=TIMES_NAIVE if kind in _BESIDE_NAIVE else None,
        )
        yield Figure(
            name=f"search/{slug}-count",
            what=f"count up to 10,000, {kind}, 95th percentile",
            value=quantiles(counted)[1],
            unit="ms",
            at_most=MOST_COUNT_MS,
        )


def _milliseconds(ask: Ask, selectors: Sequence[Selector], repeats: int) -> list[float]:
    """The median of the repeats of each query, after one that is not counted."""
    return [statistics.median(_timed(ask, one) for _ in range(repeats)) for one in selectors if ask(one) is not None]


def _timed(ask: Ask, selector: Selector) -> float:
    began = time.perf_counter()
    ask(selector)
    return (time.perf_counter() - began) * 1000
