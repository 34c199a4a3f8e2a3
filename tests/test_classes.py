"""Classes whose methods are made later behave as those that `dataclasses` makes at once."""

import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from itertools import product
from typing import Any

import pytest

from bridle.classes import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where something is."""

    x: int
    y: int | None = None
    marks: list[str] = field(default_factory=list, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Point):
    """A point with a name."""

    name: str = field(default="unnamed", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """A single value."""

    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No value at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Refuses a negative value."""

    value: int

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError("negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caseless:
    """Equal whatever the case."""

    text: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Caseless) and self.text.lower() == other.text.lower()

    def __repr__(self) -> str:
        return "Caseless"

    __hash__ = None  # type: ignore[assignment]


def test_values_are_kept_by_name() -> None:
    point = Named(x=1, y=2, name="here")
    assert (point.x, point.y, point.marks, point.name) == (1, 2, [], "here")
    assert (Point(x=3).y, Named(x=3).name, Nothing()) == (None, "unnamed", Nothing())


def test_each_instance_gets_its_own_default() -> None:
    first, second = Point(x=1), Point(x=1)
    first.marks.append("a")
    assert (first.marks, second.marks) == (["a"], [])


@pytest.mark.parametrize("again", [False, True], ids=["the first call", "later calls"])
def test_wrong_arguments_are_refused(again: bool) -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Fresh:
        value: int

    if again:
        Fresh(value=1)
    with pytest.raises(TypeError, match=r"missing 1 required keyword-only argument: 'value'"):
        Fresh()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'other'"):
        Fresh(value=1, other=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"positional argument"):
        Fresh(1)  # type: ignore[misc]


def test_nothing_can_be_changed_or_added() -> None:
    point = Point(x=1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'z'"):
        point.z = 2  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    assert not hasattr(point, "__dict__")
    assert point.x == 1


def test_equal_values_of_one_class_are_equal() -> None:
    assert Point(x=1, y=2, marks=["a"]) == Point(x=1, y=2)
    assert Point(x=1, y=2) != Point(x=1, y=3)
    assert Point(x=1) != Named(x=1)
    assert len({Point(x=1), Point(x=1), Point(x=2)}) == 2
    nan = float("nan")
    assert One(value=nan) == One(value=nan)
    with pytest.raises(TypeError, match="unhashable"):
        hash(One(value=[]))


def test_it_is_shown_as_it_is_written() -> None:
    assert repr(Named(x=1, y=2, name="here")) == "Named(x=1, y=2, marks=[])"
    assert repr(Nothing()) == "Nothing()"


def test_methods_of_its_own_are_kept() -> None:
    assert Caseless(text="A") == Caseless(text="a")
    assert repr(Caseless(text="A")) == "Caseless"
    with pytest.raises(ValueError, match="negative"):
        Checked(value=-1)


def test_it_is_a_dataclass_to_others() -> None:
    named = Named(x=1, name="here")
    assert [f.name for f in dataclasses.fields(named)] == ["x", "y", "marks", "name"]
    assert dataclasses.replace(named, x=2) == Named(x=2, name="here")
    assert dataclasses.asdict(named) == {"x": 1, "y": None, "marks": [], "name": "here"}
    assert pickle.loads(pickle.dumps(named)) == named


VARIANTS = [dict(zip(("frozen", "slots", "kw_only"), flags, strict=True)) for flags in product([False, True], repeat=3)]


class Plain:
    """What each way to make a class is tried on."""

    a: int
    b: tuple[int, ...] = (1,)
    c: list[int] = field(default_factory=list, compare=False)
    d: int = field(default=4, init=False, repr=False)
    e: str = field(default="e", kw_only=True)


def _outcome(of: Callable[[], object]) -> object:
    try:
        return of()
    except Exception as e:  # noqa: BLE001 - what is raised is the outcome
        return type(e), str(e).replace("__main__.", "")


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_it_behaves_as_what_dataclasses_make(variant: dict[str, bool]) -> None:
    def fresh() -> type[Any]:
        return type("Plain", (), {k: v for k, v in vars(Plain).items() if k not in ("__dict__", "__weakref__")})

    def asked(cls: type[Any]) -> list[object]:
        one, other = cls(a=5), cls(a=5, b=(2,), e="x")
        return [
            repr(one), repr(other), one == cls(a=5, c=[1]), one == other, _outcome(lambda: hash(other)), one.c, one.d,
            _outcome(lambda: cls(5, (2,), [3]).c), _outcome(lambda: cls(5, (2,), [3], "e")),
            _outcome(lambda: cls(a=5, d=1)), _outcome(cls), _outcome(lambda: setattr(one, "a", 6)),
            () if variant["slots"] else _outcome(lambda: setattr(one, "z", 6)),
            _outcome(lambda: delattr(one, "b")), _outcome(lambda: one.a),
            hasattr(one, "__dict__"), dataclasses.asdict(other), dataclasses.replace(other, a=7) == other,
            cls.__match_args__, cls.__dict__.get("__slots__"),
        ]  # fmt: skip

    # `dataclasses` of Python 3.11 raises another error for a name that no slot has.
    ours, theirs = dataclass(**variant)(fresh()), dataclasses.dataclass(**variant)(fresh())
    assert asked(ours) == asked(theirs)
