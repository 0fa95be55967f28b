from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.components.times import duration, from_seconds, iso, milliseconds, moment

AT = datetime(2024, 10, 29, 13, 24, 21, tzinfo=UTC)
SECONDS = 1_730_208_261


@pytest.mark.parametrize(
    "value",
    [
        SECONDS,
        float(SECONDS),
        SECONDS * 1000,
        str(SECONDS),
        str(SECONDS * 1000),
        "1730208261.0",
        "2024-10-29T13:24:21Z",
        "2024-10-29T13:24:21",
        "2024-10-29 13:24:21",
        "2024-10-29T13:24:21.000+00:00",
        "2024-10-29T15:24:21+02:00",
        "20241029T132421Z",
    ],
    ids=repr,
)
def test_the_ways_to_write_a_moment(value):
    assert moment(value) == AT


def test_a_date_is_its_beginning_in_utc():
    assert moment("2024-10-29") == moment("20241029") == datetime(2024, 10, 29, tzinfo=UTC)


def test_a_time_keeps_the_zone_that_it_is_written_in():
    said = moment("2024-10-29T00:30:00+02:00")
    assert said is not None
    assert said.date().isoformat() == "2024-10-29"


@pytest.mark.parametrize(
    ("number", "year"),
    [(0, 1970), (-1, 1969), (99_999_999_999, 5138), (100_000_000_000, 1973), (-100_000_000_000, 1966)],
)
def test_numbers_are_seconds_until_they_can_only_be_milliseconds(number, year):
    said = moment(number)
    assert said is not None
    assert said.year == year


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "12345678",
        "2024-13-01",
        "2024-02-30",
        "2024-10-29T25:00:00",
        "29.10.2024",
        "12345678901234",
        "-1730208261",
        "\u0661" * 10,
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        True,
        False,
        None,
        [SECONDS],
        {},
        10**18,
        -(10**18),
        10**400,
        1e308,
        float("inf"),
        float("nan"),
    ],
    ids=lambda value: f"{value!r:.25}",
)
def test_what_names_no_moment(value):
    assert moment(value) is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=3))
def test_nothing_that_json_holds_breaks_the_reading_of_a_moment(value: Any):
    said = moment(value)
    assert said is None or iso(said)


@given(st.datetimes(timezones=st.timezones()))
def test_what_is_written_reads_as_the_same_moment(when):
    try:
        utc = when.astimezone(UTC)
    except OverflowError:
        return
    assert moment(iso(utc)) == utc
    said = moment(when.isoformat())
    assert said is not None
    assert said.astimezone(UTC) == utc


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (AT, "2024-10-29T13:24:21Z"),
        (AT + timedelta(milliseconds=500), "2024-10-29T13:24:21.500000Z"),
        (datetime.fromisoformat("2024-10-29T15:24:21+02:00"), "2024-10-29T13:24:21Z"),
    ],
)
def test_a_moment_as_text(when, text):
    assert iso(when) == text


@given(st.integers(100_000_000_000, 253_402_300_799_999))
def test_milliseconds_stay_exact(number):
    said = moment(number)
    assert said is not None
    assert milliseconds(said) == number


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("P3D", timedelta(days=3)),
        ("P2W", timedelta(weeks=2)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("PT5M", timedelta(minutes=5)),
        ("PT1H2M3S", timedelta(hours=1, minutes=2, seconds=3)),
        ("PT2592000S", timedelta(days=30)),
        ("P0D", timedelta(0)),
        ("P9999999W", timedelta(weeks=9_999_999)),
    ],
)
def test_durations(text, long):
    assert duration(text) == long


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "3D", "p3d", "P3", "P1M", "P1Y", "P-3D", "P1.5D", "P3D ", "PT5D", "P12345678W", "P\u0663D"],
)
def test_what_is_no_duration_is_told_how_one_is_written(text):
    with pytest.raises(ValueError, match=r"^a duration is written as P3D \(three days\) or PT5M \(five minutes\)$"):
        duration(text)


def test_seconds_beyond_all_time_are_its_end():
    assert from_seconds(0.5) == datetime(1970, 1, 1, 0, 0, 0, 500_000, UTC)
    assert [from_seconds(far).year for far in (-1e308, 1e308, float("inf"))] == [1, 9999, 9999]
