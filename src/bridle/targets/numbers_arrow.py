"""Numbers read by the column: what `numbers.Reader` says, for lists too long to read cell by cell.

Only what is clear is decided here: plain digits of one country code, of a length that its plan has, as they stand or
after a migration. All else goes to the `Reader`, so that both ways say the same of every
cell; a property test holds them together. The patterns are libphonenumber's, for RE2 as Arrow has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.targets import plans
from bridle.targets.numbers import Number, Reader, regions_of

_PLAIN = r"^(?:\+|00){}[1-9](?:[ -]?[0-9]){{7,14}}$"
_KINDS = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number", "pager", "uan",
          "voicemail")  # fmt: skip
_TEXT, _LISTS = pa.string(), pa.list_(pa.string())
_MOST_REGIONS = 30


@dataclass(frozen=True)
class Columns:
    """What `numbers.Number` has, a column each."""

    number: pa.Array
    written: pa.Array
    country: pa.Array
    candidates: pa.Array
    status: pa.Array
    rule: pa.Array
    extension: pa.Array


NAMES = ("number", "written", "country", "candidates", "status", "rule", "extension")


def of_numbers(numbers: list[Number]) -> Columns:
    """Numbers that were read cell by cell, as columns."""
    return Columns(*(pa.array([getattr(n, x) for n in numbers], _LISTS if x == "candidates" else _TEXT) for x in NAMES))


def read_many(raw: pa.Array, times: pa.Array, reader: Reader) -> Columns:
    """Cells and their times of selection (timestamp[us, UTC] or null), as `reader.read` reads each."""
    plain = _PLAIN.format("" if reader.region else "?")
    is_plain = pc.fill_null(pc.match_substring_regex(raw, plain), False)
    places = pc.indices_nonzero(is_plain)
    digits = pc.replace_substring_regex(raw.take(places), r"^00|[ +\-]", "")
    parts = [_left(raw, times, reader, pc.indices_nonzero(pc.invert(is_plain)))]
    for code, within in _by_code(digits):
        at = places.take(within)
        parts += _of_code(code, digits.take(within), at, raw, times, reader)
    order = pc.array_sort_indices(_joined([at for at, _ in parts], pa.uint64()))
    joined = {n: _joined([getattr(c, n) for _, c in parts], _LISTS if n == "candidates" else _TEXT) for n in NAMES}
    return Columns(*(joined[n].take(order) for n in NAMES))


def _joined(arrays: list[pa.Array], of: pa.DataType) -> pa.Array:
    return pa.concat_arrays([a.cast(of) for a in arrays]) if arrays else pa.array([], of)


def _left(raw: pa.Array, times: pa.Array, reader: Reader, at: pa.Array) -> tuple[pa.Array, Columns]:
    """The cells at some places, read one by one."""
    cells = raw.take(at).to_pylist()
    moments = times.take(at).cast(pa.int64()).to_pylist()
    return at, of_numbers([reader.read(c or "", t) for c, t in zip(cells, moments, strict=True)])


def _by_code(digits: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    """Country codes, and where their digits stand."""
    one, two, three = (pc.utf8_slice_codeunits(digits, 0, n) for n in (1, 2, 3))
    known = [str(c) for c in phonenumbers.COUNTRY_CODE_TO_REGION_CODE]
    is_two = pc.is_in(two, value_set=pa.array([c for c in known if len(c) == 2]))
    code = pc.if_else(pc.is_in(one, value_set=pa.array(["1", "7"])), one, pc.if_else(is_two, two, three))
    encoded = code.dictionary_encode()
    order = pc.array_sort_indices(encoded.indices)
    start = 0
    for run in pc.value_counts(encoded.indices.take(order)).to_pylist():
        yield encoded.dictionary[run["values"]].as_py(), order.slice(start, run["counts"])
        start += run["counts"]


def _of_code(
    code: str, digits: pa.Array, at: pa.Array, raw: pa.Array, times: pa.Array, reader: Reader
) -> Iterator[tuple[pa.Array, Columns]]:
    """What is clear of the digits of one country code, and then what is left."""
    plan = _plan(code)
    if plan is None:
        yield _left(raw, times, reader, at)
        return
    today, rule, unclear = _migrated(code, digits, times.take(at).cast(pa.int64()))
    national = pc.utf8_slice_codeunits(today, len(code), 20)
    if plan.prefix is not None:
        as_written = pc.utf8_slice_codeunits(digits, len(code), 20)
        stripped = pc.or_(*(pc.match_substring_regex(n, plan.prefix) for n in (national, as_written)))
        unclear = pc.or_(unclear, stripped)
    masks = plan.valid(national)
    possible = pc.is_in(pc.utf8_length(national), value_set=pa.array(plan.possible, pa.int32()))
    is_clear = pc.and_not(pc.or_(pc.greater(masks, 0), possible), unclear)
    clear = pc.indices_nonzero(is_clear)
    yield at.take(clear), _columns(plan, *(c.take(clear) for c in (digits, today, rule, masks)))
    yield _left(raw, times, reader, at.take(pc.indices_nonzero(pc.invert(is_clear))))


def _columns(plan: _Plan, digits: pa.Array, today: pa.Array, rule: pa.Array, masks: pa.Array) -> Columns:
    plus, count = pa.scalar("+"), len(digits)
    coded = masks.dictionary_encode()
    sets = [plan.regions_in(m) for m in coded.dictionary.to_pylist()]
    one = pa.array([s[0] if len(s) == 1 else None for s in sets], _TEXT)
    late = pc.fill_null(pc.ends_with(rule, f":{plans.LATE}"), False)
    late = pc.or_(late, pc.equal(masks, 0))
    status = pc.if_else(late, "possible", pc.if_else(pc.is_valid(rule), "valid_then", "valid_now"))
    return Columns(
        pc.binary_join_element_wise(plus, today, ""), pc.binary_join_element_wise(plus, digits, ""),
        one.take(coded.indices), pa.array(sets, _LISTS).take(coded.indices), status, rule, pa.nulls(count, _TEXT),
    )  # fmt: skip


def _migrated(code: str, digits: pa.Array, micros: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """The digits of today, the migration, and whether that is for the `Reader` to say."""
    today, rule = digits, pa.nulls(len(digits), _TEXT)
    unclear = pa.repeat(pa.scalar(False), len(digits))
    for m in plans.migrations():
        if not (m.code.startswith(code) or code.startswith(m.code)):
            continue
        hit = pc.match_substring_regex(digits, f"^(?:{m.old})$")
        then = pc.and_(hit, pc.fill_null(pc.less(micros, m.until), False))
        if m.new.startswith(code):
            read = pc.and_(pc.is_null(rule), hit if m.distinct else then)
            new = pc.replace_substring_regex(digits, f"^(?:{m.old})$", m.new.replace(r"\g<1>", r"\1"))
            name = pc.if_else(pc.or_(then, pc.is_null(micros)), m.id, f"{m.id}:{plans.LATE}")
            today, rule = pc.if_else(read, new, today), pc.if_else(read, name, rule)
            unclear = unclear if m.distinct else pc.or_(unclear, pc.and_not(hit, then))
        else:
            unclear = pc.or_(unclear, hit)
        if m.new_form is not None:
            early = pc.fill_null(pc.less(micros, m.since), False)
            unclear = pc.or_(unclear, pc.and_(early, pc.match_substring_regex(digits, f"^(?:{m.new_form})$")))
    return today, rule, unclear


@dataclass(frozen=True)
class _Plan:
    """One country code's plan of today: of each region, lengths and patterns in general and of each kind of number.

    `possible`: how many national digits a number may have that is in no range.
    """

    regions: tuple[str, ...]
    prefix: str | None
    possible: tuple[int, ...]
    general: tuple[tuple[tuple[int, ...], str], ...]
    kinds: tuple[tuple[tuple[tuple[int, ...], str], ...], ...]

    def valid(self, national: pa.Array) -> pa.Array:
        """Bits of the regions that national digits are valid in."""
        lengths = pc.utf8_length(national)
        bits = pa.repeat(pa.scalar(0, pa.int64()), len(national))
        for n, (general, kinds) in enumerate(zip(self.general, self.kinds, strict=True)):
            found = _matches(national, lengths, *general)
            some = pa.repeat(pa.scalar(False), len(national))
            for kind in kinds:
                some = pc.or_(some, _matches(national, lengths, *kind))
            bits = pc.add(bits, pc.if_else(pc.and_(found, some), 1 << n, 0))
        return bits

    def regions_in(self, bits: int) -> list[str]:
        """The regions of some bits; all of the code's where there is none."""
        return [r for n, r in enumerate(self.regions) if bits >> n & 1 or not bits]


def _matches(national: pa.Array, lengths: pa.Array, allowed: tuple[int, ...], pattern: str) -> pa.Array:
    found = pc.match_substring_regex(national, pattern)
    return pc.and_(found, pc.is_in(lengths, value_set=pa.array(allowed, lengths.type))) if allowed else found


@cache
def _plan(code: str) -> _Plan | None:
    """The plan of a country code; None where there is none of a region, or RE2 does not take its patterns."""
    regions = regions_of(int(code))
    if not regions or len(regions) > _MOST_REGIONS:
        return None
    data = [d for r in regions if (d := phonenumbers.PhoneMetadata.metadata_for_region(r)) is not None]
    if len(data) < len(regions) or any(d.general_desc is None for d in data):
        return None
    prefix = data[0].national_prefix_for_parsing
    general = [d.general_desc for d in data]
    described = tuple(_described(g) for g in general)
    stripped = f"^(?:{prefix})" if prefix else None
    made = _Plan(regions, stripped, _possible(general[0]), described, tuple(_kinds(d) for d in data))
    try:
        made.valid(pa.array(["1"]))
        pc.match_substring_regex(pa.array(["1"]), made.prefix or "x")
    except pa.ArrowInvalid:
        return None
    return made


def _possible(general: Any) -> tuple[int, ...]:
    return tuple(n for n in general.possible_length if n not in general.possible_length_local_only)


def _kinds(data: Any) -> tuple[tuple[tuple[int, ...], str], ...]:
    """The kinds of numbers of a region; those of the same lengths are one pattern."""
    by_lengths: dict[tuple[int, ...], list[str]] = {}
    for kind in _KINDS:
        of = getattr(data, kind)
        if of is not None and of.national_number_pattern and of.possible_length != (-1,):
            by_lengths.setdefault(tuple(of.possible_length), []).append(of.national_number_pattern)
    return tuple((lengths, f"^(?:{'|'.join(some)})$") for lengths, some in by_lengths.items())


def _described(of: Any) -> tuple[tuple[int, ...], str]:
    return tuple(of.possible_length), f"^(?:{of.national_number_pattern})$"
