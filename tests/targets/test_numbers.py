"""Numbers: what is written, what it means by the plan of its time, and which regions it may be of."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.targets import plans
from bridle.targets.numbers import Cleaned, Number, Reader, cleaned, identity_of, original_allocation


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**6


@pytest.mark.parametrize(("raw", "digits", "extension"), [
    ("+1 (202) 555-0101", "12025550101", None),
    ("0012025550101", "12025550101", None),
    ("tel:+1-202-555-0101", "12025550101", None),
    ("tel:202-555-0101;phone-context=+1", "12025550101", None),
    ("tel:+12025550101;ext=12", "12025550101", "12"),
    ("+1 202 555 0101 ext. 7", "12025550101", "7"),
    ("+12025550101x42", "12025550101", "42"),
    ("١٢٠٢٥٥٥٠١٠١", "12025550101", None),
    ("+۱۲۰۲۵۵۵۰۱۰۱", "12025550101", None),
    ("+१२०२५५५०१०१", "12025550101", None),
    ("＋１２０２５５５０１０１", "12025550101", None),
    ("\u202a+1 202 555 0101\u202c\u200f", "12025550101", None),
    ("+44 (0)7700 900123", "447700900123", None),
    ("12025550101", "12025550101", None),
    ("12025550101.0", "12025550101", None),
    ('="+12025550101"', "12025550101", None),
    ("'+12025550101", "12025550101", None),
    ("+1\u00a0202–555—0101", "12025550101", None),
])  # fmt: skip
def test_a_cell_in_many_forms(raw, digits, extension):
    assert cleaned(raw) == Cleaned(digits, extension)


@pytest.mark.parametrize("raw", ["", "n/a", "1.2025550101E+10", "0202 555 0101", "+0 202 555 0101", "1234567",
                                 "+1234567890123456", "+12025550101" * 30, "1-800-FLOWERS", "+", "٣",
                                 "x12"])  # fmt: skip
def test_cells_that_are_no_number(raw):
    assert cleaned(raw).digits is None


def test_a_national_form_needs_a_region():
    number = Reader("GB").read("07700 900123", None)
    assert (number.number, number.written) == ("+447700900123", "+447700900123")
    assert Reader().read("07700 900123", None) == Number(None, None, (), "invalid")


CASES = [
    # raw, time, number, candidates, status, rule
    ("+12025550101", "2019-05-01", "+12025550101", ("US",), "valid_now", None),
    ("+5215512345678", "2018-01-01", "+525512345678", ("MX",), "valid_then", "mx-2019"),
    ("+5215512345678", None, "+525512345678", ("MX",), "valid_then", "mx-2019"),
    ("+5215512345678", "2020-02-01", "+525512345678", ("MX",), "valid_then", "mx-2019"),
    ("+5215512345678", "2021-01-01", "+525512345678", ("MX",), "possible", "mx-2019:late"),
    ("+525512345678", "2018-01-01", "+525512345678", ("MX",), "valid_now", None),
    ("+22507123456", "2019-01-01", "+2250707123456", ("CI",), "valid_then", "ci-2021-orange"),
    ("+22555123456", "2019-01-01", "+2250555123456", ("CI",), "valid_then", "ci-2021-mtn"),
    ("+22540123456", "2019-01-01", "+2250140123456", ("CI",), "valid_then", "ci-2021-moov"),
    ("+2250707123456", "2019-01-01", "+2250707123456", ("CI",), "valid_now", "ci-2021-orange:early"),
    ("+22990123456", "2019-01-01", "+2290190123456", ("BJ",), "valid_then", "bj-2024"),
    ("+2290190123456", "2019-01-01", "+2290190123456", ("BJ",), "valid_now", "bj-2024:early"),
    ("+24106031234", "2018-01-01", "+24166031234", ("GA",), "valid_then", "ga-2019-6"),
    ("+2417031234", "2018-01-01", "+24177031234", ("GA",), "valid_then", "ga-2019-7"),
    ("+24101441234", "2018-01-01", "+24111441234", ("GA",), "valid_then", "ga-2019-fixed"),
    ("+551191234567", "2012-01-01", "+5511991234567", ("BR",), "valid_then", "br-2012-11"),
    ("+551981234567", "2013-01-01", "+5519981234567", ("BR",), "valid_then", "br-2013-sp"),
    ("+552181234567", "2013-01-01", "+5521981234567", ("BR",), "valid_then", "br-2013-rj-es"),
    ("+559281234567", "2013-01-01", "+5592981234567", ("BR",), "valid_then", "br-2014-north"),
    ("+557181234567", "2013-01-01", "+5571981234567", ("BR",), "valid_then", "br-2015"),
    ("+556181234567", "2015-01-01", "+5561981234567", ("BR",), "valid_then", "br-2016"),
    ("+841662345678", "2018-01-01", "+84362345678", ("VN",), "valid_then", "vn-2018-viettel"),
    ("+5712345678", "2020-01-01", "+576012345678", ("CO",), "valid_then", "co-2021"),
    ("+37744123456", "2016-05-01", "+38344123456", ("XK",), "valid_then", "xk-2017-monaco"),
    ("+37744123456", "2019-05-01", "+37744123456", ("MC", "XK"), "valid_now", None),
    ("+37744123456", None, "+37744123456", ("MC", "XK"), "valid_now", None),
    ("+38649123456", "2016-05-01", "+38349123456", ("XK",), "valid_then", "xk-2017-slovenia"),
    ("+38138123456", "2016-05-01", "+38338123456", ("XK",), "valid_then", "xk-2017-serbia"),
    ("+77012345678", None, "+77012345678", ("KZ",), "valid_now", None),
    ("+79123456789", None, "+79123456789", ("RU",), "valid_now", None),
    ("+590690001234", None, "+590690001234", ("GP", "BL", "MF"), "valid_now", None),
    ("+212650123456", None, "+212650123456", ("MA", "EH"), "valid_now", None),
    ("+447700900123", None, "+447700900123", ("GB", "GG", "IM", "JE"), "possible", None),
    ("+80012345678", None, "+80012345678", (), "valid_now", None),
    ("+999123456789", None, None, (), "invalid", None),
    ("+3361234567890", None, "+3361234567890", ("FR",), "invalid", None),
    *[(f"+84{old}2345678", "2018-01-01", f"+84{new}2345678", ("VN",), "valid_then", f"vn-2018-{old}")
      for old, new in (("120", 70), ("121", 79), ("122", 77), ("126", 76), ("128", 78), ("123", 83), ("124", 84),
                       ("125", 85), ("127", 81), ("129", 82), ("186", 56), ("188", 58), ("199", 59))],
]  # fmt: skip


@pytest.mark.parametrize(("raw", "time", "number", "candidates", "status", "rule"), CASES)
def test_by_the_plan_of_its_time(raw, time, number, candidates, status, rule):
    read = Reader().read(raw, at(time) if time else None)
    assert (read.number, set(read.candidates), read.status, read.rule) == (number, set(candidates), status, rule)
    assert read.candidates[:1] == candidates[:1]
    assert read.country == (candidates[0] if len(candidates) == 1 else None)
    assert read.written == raw


def test_every_migration_has_a_case_here_and_a_source():
    assert {m.id for m in plans.migrations()} == {c[5] for c in CASES if c[5] and ":" not in c[5]}
    for m in plans.migrations():
        assert m.since <= m.until, m.id
        assert m.sources, m.id
        assert all(re.match(r"https?://", s) for s in m.sources), m.id
        assert "(?" not in m.old.replace("(?:", ""), "RE2 has no look-around"


def test_the_boundary_of_a_migration_is_its_moment():
    before, after = at("2020-08-03T04:59:59"), at("2020-08-03T05:00:00")
    reader = Reader()
    assert reader.read("+5215512345678", before).rule == "mx-2019"
    assert reader.read("+5215512345678", after).rule == "mx-2019:late"


@settings(max_examples=200, deadline=None)
@given(
    st.from_regex(r"(1|7|44|52|521|225|241|84|55|33|377)[0-9]{5,10}", fullmatch=True), st.none() | st.integers(0, 2**51)
)
def test_to_read_twice_is_to_read_once(digits, time):
    once = Reader().read(f"+{digits}", time)
    if once.status == "valid_now" and once.rule is None:
        assert Reader().read(once.number, time).number == once.number


def test_the_carrier_is_only_that_of_the_range():
    assert original_allocation("+254712345678") == {"carrier": "Safaricom", "portable": True}
    assert original_allocation("+12025550101") == {"carrier": None, "portable": True}


def test_what_a_token_is_made_of():
    assert identity_of("+525512345678", "+5215512345678", "a 1") == "+525512345678"
    assert identity_of(None, " n/a ", "a 1") == "text:n/a"
    assert identity_of(None, "", "a 1") == "row:a 1"
