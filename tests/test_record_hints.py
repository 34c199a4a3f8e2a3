"""What the annotations of records mean: the same as for Python, though each spelling is looked up once in a module."""

import typing

import pytest

from bridle import artifacts
from bridle.core import Gap, ProcessName, Record, Utc, _hints, fields_of, record


@record
class Started(Record):
    name: ProcessName | None = None
    other: ProcessName | None = None
    tags: tuple[str, ...] = ()
    time: Utc | None = None


@record
class Odd(Record):
    value: dict[str, str]


def test_the_types_of_fields_come_with_their_kinds_those_of_the_base_first():
    assert [(f.name, f.type, f.kind, f.many, f.optional) for f in fields_of(Started)] == [
        ("locator", str, None, False, False),
        ("name", str, "process-name", False, True),
        ("other", str, "process-name", False, True),
        ("tags", str, None, True, False),
        ("time", Utc, None, False, True),
    ]


def test_what_no_table_holds_is_refused():
    with pytest.raises(TypeError, match=r"Odd.value: a record cannot hold dict\[str, str\]"):
        fields_of(Odd)


def test_every_record_means_what_python_says():
    records = [Gap, *(r for name in artifacts.paths() for r in artifacts.load(name).records)]
    assert len(records) > 100
    for one in records:
        expected = typing.get_type_hints(one, include_extras=True)
        found = _hints(one)
        assert (one, found, [*found]) == (one, expected, [*expected])
