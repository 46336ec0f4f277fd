"""A bundle ten times as large needs about the same memory."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Iterator
from typing import BinaryIO

from exports.bundle import write_bundle
from tests.exports import bundle_samples as samples

LIMIT = 5_000_000  # bytes; the whole of 20,000 items is about 150 million


class Nowhere:
    """A sink that keeps nothing."""

    def write(self, data: bytes, /) -> int:
        """Count."""
        return len(data)


def _on_disk() -> BinaryIO:
    return tempfile.TemporaryFile()  # type: ignore[return-value]


def _records(count: int) -> Iterator[tuple[bytes]]:
    member = samples.record(1)
    return ((member,) for _ in range(count))


def _peak(count: int) -> int:
    tracemalloc.start()
    try:
        write_bundle(
            Nowhere(),
            samples.case(count),
            items=samples.many(count),
            records=_records(count),
            media=(),
            scratch=_on_disk,
        )
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_items() -> None:
    """The peak of 20,000 items is below one and a half times that of 2,000, and small."""
    _peak(10)  # templates and caches

    small, large = _peak(2_000), _peak(20_000)

    assert large < 1.5 * small
    assert large < LIMIT
