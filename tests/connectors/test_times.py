"""Every form of time a platform has been seen to write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import iso
from connectors.times import read_time

MOMENT = datetime(2024, 1, 5, 18, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2024-01-05T18:00:07Z",
        "2024-01-05t18:00:07z",
        "2024-01-05T18:00:07+0000",
        "2024-01-05T18:00:07 +00:00",
        "2024-01-05T10:00:07-08:00",
        "2024-01-05 18:00:07",
        "Fri, 05 Jan 2024 18:00:07 GMT",
        "Fri, 05 Jan 2024 10:00:07 PST",
        "5 Jan 24 18:00:07 +0000",
        "5 Jan 2024 18:00:07",
        "Fri Jan  5 18:00:07 2024",
        "January 5, 2024 10:00:07 AM PST",
        "01/05/2024 6:00:07 PM",
        1704477607,
        "1704477607",
        1704477607000,
        "1704477607000",
        1704477607.0,
    ],
)
def test_a_whole_second_is_read_from_every_form(written: Any) -> None:
    """ISO 8601, RFC 822, written dates, seconds and milliseconds since 1970."""
    assert read_time(written) == (MOMENT, "")


@pytest.mark.parametrize("digits", range(1, 10))
def test_fractions_of_one_to_nine_digits_are_read(digits: int) -> None:
    """What is finer than a microsecond is cut off; the raw form is in the kept reply."""
    fraction = "123456789"[:digits]
    expected = MOMENT.replace(microsecond=int(fraction[:6].ljust(6, "0")))
    assert read_time(f"2024-01-05T18:00:07.{fraction}Z") == (expected, "")


@pytest.mark.parametrize(
    "written",
    [
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "2024-02-30T00:00:00Z",
        "2024-01-05T10:00:60Z",
        "yesterday",
        "May",
        "10:30",
        "Friday",
        "June 2024",
        "10:30 2024",
        "not a time at all 2024",
        "1.7e9",
        True,
        float("nan"),
        float("inf"),
        10**40,
        -(10**30),
        ["2024-01-05"],
        {},
        "",
    ],
)
def test_what_is_no_time_is_kept_as_written(written: Any) -> None:
    """Nothing is guessed: no year, no day and no zone that was not written."""
    assert read_time(written) == (None, str(written)[:100])


def test_no_time_at_all_is_no_raw_text_either() -> None:
    """A missing field leaves nothing to keep."""
    assert read_time(None) == (None, "")


def test_1970_and_the_far_future_are_times() -> None:
    """They may be wrong, but they are what the platform wrote."""
    assert read_time(0) == (datetime(1970, 1, 1, tzinfo=UTC), "")
    assert read_time("9998-12-31T00:00:00Z") == (datetime(9998, 12, 31, tzinfo=UTC), "")


@pytest.mark.parametrize("written", ["2024-01-05T10:00:07", "5 Jan 2024 10:00:07", "01/05/2024 10:00:07 AM"])
def test_a_time_without_a_zone_is_in_the_zone_the_platform_documents(written: str) -> None:
    """The zone is the reader's to know, and never that of this host."""
    assert read_time(written, zone=timezone(timedelta(hours=-8))) == (MOMENT, "")


@given(st.datetimes(min_value=datetime(1000, 1, 2), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_the_archive_writes_is_read_back(moment: datetime) -> None:
    """Our own form is one of those read."""
    assert read_time(iso(moment)) == (moment, "")


@given(st.one_of(st.text(), st.from_regex(r"[0-9A-Za-z :+,./-]{0,40}", fullmatch=True), st.integers(), st.floats()))
def test_no_value_makes_it_fail(written: Any) -> None:
    """Either an aware UTC time, or the value as written."""
    moment, raw = read_time(written)
    assert raw == ("" if moment else str(written)[:100])
    assert moment is None or moment.utcoffset() == timedelta(0)
