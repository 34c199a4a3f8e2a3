"""Read by the column or cell by cell: the same of every cell, of real plans, old forms and nonsense."""

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.targets import numbers_arrow, plans
from bridle.targets.numbers import Reader
from bridle.targets.numbers_arrow import NAMES, of_numbers, read_many

TIMES = pa.timestamp("us", "UTC")
EDGES = sorted({t + d for t in plans.bounds() for d in (-1, 0, 1)})
CODES = [str(c) for c in phonenumbers.COUNTRY_CODE_TO_REGION_CODE]
KINDS = [
    getattr(phonenumbers.PhoneNumberType, k) for k in ("MOBILE", "FIXED_LINE", "TOLL_FREE", "PREMIUM_RATE", "VOIP")
]
EXAMPLES = [
    phonenumbers.format_number(e, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS) for kind in KINDS
    if (e := phonenumbers.example_number_for_type(region, kind)) is not None
]  # fmt: skip
OLD = ["+5215512345678", "+525512345678", "+22507123456", "+2250707123456", "+22990123456", "+24106031234",
       "+2417031234", "+551191234567", "+556181234567", "+841662345678", "+841202345678", "+5712345678", "+37744123456",
       "+38649123456", "+38138123456", "+49123", "+8401662345678", "+4402079460000", "+80012345678"]  # fmt: skip


def same(cells, times, region=None):
    columns = read_many(pa.array(cells, pa.string()), pa.array(times, TIMES), Reader(region))
    one_by_one = of_numbers([Reader(region).read(c, t) for c, t in zip(cells, times, strict=True)])
    for name in NAMES:
        assert getattr(columns, name).to_pylist() == getattr(one_by_one, name).to_pylist(), name
        assert getattr(columns, name).type == getattr(one_by_one, name).type, name


def written(number):
    return st.sampled_from([number, number[1:], f"00{number[1:]}", f"{number[:4]} {number[4:]}", f"{number}x1"])


digits = st.text("0123456789", min_size=4, max_size=12)
ending = st.text("0123456789", min_size=1, max_size=4)
cell = st.one_of(
    st.sampled_from([*EXAMPLES, *OLD]).flatmap(written),
    st.builds(lambda e, end: e[: -len(end)] + end, st.sampled_from([*EXAMPLES, *OLD]), ending),
    st.builds(lambda c, d: f"+{c}{d}", st.sampled_from(CODES), digits),
    st.text(max_size=16),
)  # fmt: skip
time = st.one_of(st.none(), st.sampled_from(EDGES), st.integers(0, 2**51))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(cell, time), max_size=60))
def test_any_cells(rows):
    same([c for c, _ in rows], [t for _, t in rows])


@pytest.mark.parametrize("tail", ["", "0", "9"])
def test_an_example_of_every_kind_of_every_plan(tail):
    cells = [e[: len(e) - len(tail)] + tail for e in EXAMPLES]
    assert len(cells) > 700
    same(cells, [None] * len(cells))


def test_old_forms_about_the_moments_of_their_migrations():
    rows = [(c, t) for c in OLD for t in [*EDGES, None]]
    same([c for c, _ in rows], [t for _, t in rows])


def test_with_a_region_bare_digits_are_national():
    same(["02079460000", "2079460000", "+442079460000", "00442079460000", "33612345678"], [None] * 5, "GB")


def test_what_is_clear_is_not_read_cell_by_cell(monkeypatch):
    cells = ["+5215512345678", "+213551234567", "+33612345678", "+12025550101", "+919876543210", "+79123456789"]
    read = []
    monkeypatch.setattr(Reader, "read", lambda self, raw, time: read.append(raw))
    made = read_many(pa.array(cells), pa.array([0] * 6, TIMES), Reader())
    assert read == []
    assert made.country.to_pylist() == ["MX", "DZ", "FR", "US", "IN", "RU"]
    assert made.rule.to_pylist() == ["mx-2019", None, None, None, None, None]


def test_no_rows():
    same([], [])
    assert numbers_arrow.read_many(pa.array([], pa.string()), pa.array([], TIMES), Reader()).status.to_pylist() == []
