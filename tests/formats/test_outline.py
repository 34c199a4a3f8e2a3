"""Text that is ordered by indentation."""

from __future__ import annotations

import io

from bridle.core import Gap
from bridle.formats.outline import DEEPEST, SHOWN, outline


def test_a_line_lies_below_those_that_are_indented_less() -> None:
    stored = b"a\n\tb:\n\t\tc \n\n        d\n\t  e\n\t f\r\n x\xff\ng\n\t\n"
    assert list(outline(io.BytesIO(stored))) == [
        (1, (), "a"),
        (2, ("a",), "b:"),
        (3, ("a", "b:"), "c"),
        (5, ("a",), "d"),
        (6, ("a", "d"), "e"),
        (7, ("a", "d"), "f"),
        (8, ("a",), "x\\xff"),
        (9, (), "g"),
    ]


def test_levels_are_bounded_and_what_follows_is_read() -> None:
    deep = "".join(" " * n + f"{n}\n" for n in range(DEEPEST + 3))
    found = list(outline(io.BytesIO(deep.encode() + b"end\n")))
    assert [f[0] for f in found if not isinstance(f, Gap)] == [*range(1, DEEPEST + 2), DEEPEST + 4]
    assert [g for g in found if isinstance(g, Gap)] == [
        Gap(locator=f"line {n}", reason="expected at most 32 levels, got more") for n in (DEEPEST + 2, DEEPEST + 3)
    ]


def test_a_line_that_is_too_long_is_a_gap() -> None:
    found = list(outline(io.BytesIO(b"a\n" + b"x" * 20 + b"\n b\n"), 8))
    assert [f.locator if isinstance(f, Gap) else f for f in found] == [(1, (), "a"), "line 2", (3, ("a",), "b")]


def test_a_long_line_does_not_multiply_in_those_below_it() -> None:
    found = list(outline(io.BytesIO(b"x" * 300 + b"\n y\n")))
    assert found == [(1, (), "x" * 300), (2, ("x" * SHOWN,), "y")]
