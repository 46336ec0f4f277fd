"""The budgets of one exchange, by a clock that moves when told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.clock import SetClock
from archiver.errors import DiskError, PlatformDown
from archiver.model import Cause, Truncated
from archiver.polling.recorder import IN_MEMORY, Recorder


@pytest.fixture
def clock() -> SetClock:
    """A clock at rest."""
    return SetClock(datetime(2026, 3, 14, tzinfo=UTC))


@pytest.fixture
def recorder(tmp_path: Path, clock: SetClock) -> Iterator[Recorder]:
    """Room for ten bytes, thirty seconds in all, twelve of silence."""
    made = Recorder(directory=tmp_path, clock=clock, limit=10, seconds=30.0, idle_seconds=12.0)
    yield made
    made.close()


def test_a_silence_is_waited_out_only_as_far_as_the_whole_time_allows(recorder: Recorder, clock: SetClock) -> None:
    """Patience shrinks towards the end of the exchange, and then there is none."""
    waits = []
    for _ in range(3):
        waits.append(recorder.patience())
        clock.move(timedelta(seconds=10))
    assert waits == [12.0, 12.0, 10.0]
    with pytest.raises(PlatformDown) as raised:
        recorder.patience()
    assert (raised.value.cause, recorder.spent) == (Cause.TIMEOUT, Truncated.TIME)
    assert raised.value.what == "The reply did not end within 30 seconds."


def test_a_silence_is_told_from_a_slow_reply(recorder: Recorder) -> None:
    """The message says which of the two times was used up."""
    assert recorder.out_of_time().what == "The server was silent for 12 seconds."


def test_room_shrinks_to_nothing(recorder: Recorder) -> None:
    """What may still be received is what the limit leaves."""
    recorder.record(memoryview(b"1234567"))
    assert recorder.room() == 3
    recorder.record(memoryview(b"890"))
    with pytest.raises(PlatformDown) as raised:
        recorder.room()
    assert (raised.value.cause, recorder.spent) == (Cause.TOO_LARGE, Truncated.LENGTH)


def test_a_disk_that_cannot_take_the_bytes_is_a_disk_error(tmp_path: Path, clock: SetClock) -> None:
    """It is not mistaken for a failure of the platform."""
    gone = tmp_path / "gone"
    recorder = Recorder(directory=gone, clock=clock, limit=IN_MEMORY * 2, seconds=1.0, idle_seconds=1.0)
    with pytest.raises(DiskError) as raised:
        recorder.record(memoryview(bytes(IN_MEMORY + 1)))
    assert raised.value.what == f"Cannot write temporary files in {gone}: No such file or directory."
    recorder.close()
