"""The sentences of a finding."""

from datetime import UTC, datetime

import pytest

from bridle.detect.message import cut, fields, iso, plain, write


def test_names_and_formats_are_filled_in() -> None:
    values = {"name": "bh", "time": datetime(2019, 7, 22, 17, 42, 41, tzinfo=UTC), "bytes": 1234567}
    assert write("{name} at {time:%Y-%m-%d %H:%M} moved {bytes:,} B {{so}}", values) == (
        "bh at 2019-07-22 17:42 moved 1,234,567 B {so}"
    )


def test_an_instant_without_a_format_is_iso_8601() -> None:
    assert write("{t}", {"t": datetime(2019, 7, 22, 17, 42, 41, 500_000, tzinfo=UTC)}) == "2019-07-22T17:42:41.5Z"


def test_what_is_not_recorded_says_so_even_with_a_format() -> None:
    assert write("at {t:%Y}", {"t": None}) == "at (not recorded)"


@pytest.mark.parametrize("template", ["{a.b}", "{a[0]}", "{0}", "{}", "{a!r}", "{a:{b}}", "{a:9999}", "{a:}>5}"])
def test_reaching_into_objects_and_huge_widths_are_refused(template: str) -> None:
    with pytest.raises(ValueError):
        fields(template)


def test_a_name_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        write("{a}", {})


def test_a_format_that_does_not_fit_falls_back_to_the_value() -> None:
    assert write("{a:%Y}", {"a": "x"}) == "x"
    assert write("{a:,d}", {"a": "x"}) == "x"


def test_long_values_are_cut_and_say_so() -> None:
    assert cut("x" * 501) == "x" * 500 + "… (1 more characters)"
    assert cut("x" * 500) == "x" * 500
    assert write("{a}", {"a": "y" * 1000}) == "y" * 200 + "… (800 more characters)"


def test_values_are_safe_for_json() -> None:
    assert plain(b"\x00\xff") == "00ff"
    assert plain(float("nan")) == "nan"
    assert plain(float("-inf")) == "-inf"
    assert plain((1, "a", None, True)) == [1, "a", None, True]
    assert plain({"k": b"\x01"}) == {"k": "01"}
    assert plain(list(range(52)))[-1] == "… (2 more)"
    assert plain(b"\x00" * 1000) == "00" * 250 + "… (1,500 more characters)"


def test_a_wall_clock_keeps_no_zone() -> None:
    assert iso(datetime(2020, 1, 2, 3, 4, 5)) == "2020-01-02T03:04:05"
    assert iso(datetime(2020, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC)) == "2020-01-02T03:04:05.25Z"
    assert iso(datetime(2020, 1, 2, 3, 4, 10, tzinfo=UTC)) == "2020-01-02T03:04:10Z"
    assert iso(None) is None
