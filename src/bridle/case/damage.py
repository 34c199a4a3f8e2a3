"""A file of a case that is missing, or is not as bridle writes it: whoever reads it is told which one, and what to do.

A case may come from somebody else. What its files hold is held against a shape once, where it is read, so that whoever
uses it need not ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from bridle.file_names import is_text

_UNREADABLE = (
    OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError, NotImplementedError,
)  # fmt: skip
"""What readers of TOML, JSON and Parquet raise for bytes that are something else; Arrow's errors are among them."""
_SHOWN = 160
"""Characters of why that are told."""
NOT_TEXT = "its name, or that of a folder it is in, is not UTF-8"
"""Why libraries cannot open the tables of a case by their names."""
LARGEST = (1 << 63) - 1
"""A number that a column can hold; so is what is as far below nothing."""


class CaseDamagedError(ValueError):
    """A file of a case cannot be read; tells which one, why, and the next step."""

    def __init__(self, case: Path, file: str, why: str) -> None:
        self.case, self.file = case, file
        said = " ".join(why.split())
        super().__init__(f"{file} of {case} is damaged: {said:.{_SHOWN}}; `bridle verify {case}` says what differs")


class CaseNameError(CaseDamagedError):
    """A case lies under a name by which libraries cannot open its files; tells what to do."""

    def __init__(self, case: Path) -> None:
        self.case, self.file = case, "a table"
        ValueError.__init__(self, f"{case} cannot be opened: {NOT_TEXT}; rename it, or go into its folder")


@contextmanager
def reading(case: Path, file: str) -> Iterator[None]:
    """Whatever goes wrong in reading a file of a case is its damage. Raises CaseDamagedError."""
    try:
        yield
    except CaseDamagedError:
        raise
    except FileNotFoundError as e:
        raise CaseDamagedError(case, file, "it is missing") from e
    except _UNREADABLE as e:
        if not is_text(str(case)):
            raise CaseNameError(case) from e
        raise CaseDamagedError(case, file, f"{getattr(e, 'strerror', None) or e or type(e).__name__}") from e


@contextmanager
def asking(case: Path) -> Iterator[None]:
    """A question of bridle's own to the tables of a case: what is wrong with it is the tables' damage.

    Raises CaseDamagedError; memory that did not suffice is no damage, and goes on as duckdb.OutOfMemoryException.
    """
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.Error, UnicodeDecodeError) as e:
        raise CaseDamagedError(case, "a table", str(e)) from e


def checked(value: Any, shape: Any, *, whole: bool = False) -> Any:
    """The value, which has the shape. Raises ValueError that says where it has not.

    A shape is `str`, `int`, `bool`, `dict` or `list`; None; a tuple of shapes, any of which it has; a set of texts, one
    of which it is; a list of one shape, that of all items; `{...: shape}`, that of all values of an object; or an
    object's keys with their shapes. A key may be missing unless its name ends with `!`; if `whole`, only where it ends
    with `?`. Other keys may hold anything.
    """
    if (wrong := _wrong(value, shape, whole)) is not None:
        raise ValueError(wrong)
    return value


def _wrong(value: Any, shape: Any, whole: bool) -> str | None:
    """What is wrong, with its place before it."""
    if isinstance(shape, tuple):
        tried = [_wrong(value, s, whole) for s in shape]
        return None if None in tried else tried[0]
    if isinstance(shape, list):
        return _expected("a list", value) if not isinstance(value, list) else _first(value, shape[0], whole)
    if isinstance(shape, Mapping):
        return _expected("an object", value) if not isinstance(value, dict) else _object(value, shape, whole)
    if isinstance(shape, frozenset):
        fits, words = isinstance(value, str) and value in shape, f"one of {', '.join(sorted(shape))}"
    elif shape is None:
        fits, words = value is None, "nothing"
    elif shape is int:
        fits = isinstance(value, int) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST
        words = "a whole number"
    else:
        fits, words = isinstance(value, shape), {str: "a text", bool: "true or false"}.get(shape, shape.__name__)
    return None if fits else _expected(words, value)


def _first(values: list[Any], shape: Any, whole: bool) -> str | None:
    """What is wrong with the first item that is not so."""
    for n, v in enumerate(values):
        if (wrong := _wrong(v, shape, whole)) is not None:
            return f"[{n}] {wrong}"
    return None


def _object(value: dict[str, Any], shape: Mapping[Any, Any], whole: bool) -> str | None:
    if ... in shape:
        told = ((k, k in value, v, shape[...], False) for k, v in value.items())
    else:
        bare = ((key, key.rstrip("!?"), s) for key, s in shape.items())
        told = (
            (name, name in value, value.get(name), s, key[-1] == "!" or (whole and key[-1] != "?"))
            for key, name, s in bare
        )
    for name, there, v, s, needed in told:
        if not there:
            if needed:
                return f"{name!s:.60}: expected it, found nothing"
        elif (wrong := _wrong(v, s, whole)) is not None:
            return f"{name!s:.60}: {wrong}"
    return None


def _expected(words: str, value: Any) -> str:
    return f"expected {words}, got {value!r:.60}"
