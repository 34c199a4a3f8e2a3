"""Rows in time, held against trying every combination of them."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.indicators.pattern import StartStop, Within, parse
from bridle.indicators.sequence import Allowance, moment, occurrences
from bridle.indicators.terms import All, Any_, Row, Sequence_, Term, Timed, Times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def asked(name):
    return Term(path=name, kind="domain", operator="=", values=(name,), shown=(name,), negated=False,
                columns=frozenset(), beside=frozenset(), identifies=True)  # fmt: skip


STEPS = st.recursive(
    st.sampled_from("abc").map(lambda n: Row(asked(n))),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(All), st.tuples(inner, inner).map(Any_), st.tuples(inner, inner).map(Sequence_),
        st.builds(lambda s, n: Timed(s, Within(parse("[a:b=1]"), n)), inner, st.integers(1, 6)),
        st.builds(lambda s, a, n: Timed(s, StartStop(parse("[a:b=1]"), at(a), at(a + n))), inner, st.integers(0, 6),
                  st.integers(1, 6)),
        st.builds(Times, inner, st.integers(1, 3)),
    ),
    max_leaves=4,
)  # fmt: skip
ROWS = st.lists(st.tuples(st.integers(0, 8), st.sets(st.sampled_from("abc"), min_size=1)), max_size=5)


def at(seconds):
    return EPOCH + timedelta(seconds=seconds)


def every(step, rows):
    """Every set of rows that satisfies a step."""
    if isinstance(step, Row):
        return {frozenset([n]) for n, (_, names) in enumerate(rows) if step.test.path in names}
    if isinstance(step, Any_):
        return {s for p in step.parts for s in every(p, rows)}
    if isinstance(step, Times):
        some = every(step.inner, rows)
        return {
            frozenset().union(*c) for c in combinations(some, step.times) if len(set().union(*c)) == sum(map(len, c))
        }
    if isinstance(step, Timed):
        return {s for s in every(step.inner, rows) if inside(step.by, [rows[n][0] for n in s])}
    a, b = (every(p, rows) for p in step.parts)
    both = {(x, y) for x in a for y in b if not x & y}
    if isinstance(step, Sequence_):
        both = {(x, y) for x, y in both if max(rows[n][0] for n in x) <= min(rows[n][0] for n in y)}
    return {x | y for x, y in both}


def inside(by, times):
    if isinstance(by, Within):
        return max(times) - min(times) <= by.seconds
    return by.start <= at(min(times)) and at(max(times)) < by.stop


@settings(max_examples=400, deadline=None)
@given(STEPS, ROWS)
def test_an_occurrence_is_found_where_trying_everything_finds_one(step, rows):
    moments = [moment(n, at(seconds)) for n, (seconds, _) in enumerate(rows)]
    of = {asked(name): [m for m, (_, names) in zip(moments, rows, strict=True) if name in names] for name in "abc"}
    found = occurrences(step, of, Allowance(100_000))
    sets = every(step, rows)
    assert bool(found) == bool(sets)
    for o in found:
        numbers = frozenset(n for n in range(len(rows)) if o.rows >> n & 1)
        assert numbers in sets
        times = [rows[n][0] for n in numbers]
        assert (o.first, o.last) == (min(times) * 1_000_000, max(times) * 1_000_000)
