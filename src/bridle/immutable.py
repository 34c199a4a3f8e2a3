"""Immutable classes of named fields, whose methods are made when they are first called.

`dataclasses` writes and compiles the source of six methods for each class, a millisecond of processor time; of the
hundreds of record types that a run imports, most never have an instance. What is made here is a dataclass all the same:
`dataclasses.fields`, `replace` and `asdict` know it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from inspect import get_annotations
from operator import attrgetter
from typing import Any, TypeVar, cast, dataclass_transform

C = TypeVar("C")
Values = Callable[[Any], tuple[Any, ...]]

_MADE_LATER = object()
"""Stands for a default that a function makes anew for each instance."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(dataclasses.field,))
def immutable(cls: type[C]) -> type[C]:
    """As `dataclass(frozen=True, slots=True, kw_only=True)`; a method that the class defines itself is kept."""
    own = {name for name, value in vars(cls).items() if value is not None}
    if cls.__doc__ is None:
        cls.__doc__ = f"{cls.__name__}({', '.join(get_annotations(cls))})"
    bare = dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False, slots=True, kw_only=True)
    made = bare(cls)
    fields = dataclasses.fields(cast(Any, made))
    compared = _values([f.name for f in fields if f.compare])
    hashed = _values([f.name for f in fields if (f.compare if f.hash is None else f.hash)])
    methods = {
        "__init__": _beginning(made),
        "__eq__": _equality(compared),
        "__hash__": lambda self: hash(hashed(self)),
        "__repr__": _shown,
        "__setattr__": _not_set,
        "__delattr__": _not_deleted,
        "__getstate__": _state,
        "__setstate__": _set_state,
    }
    for name in methods.keys() - own:
        setattr(made, name, methods[name])
    return made


def _values(names: list[str]) -> Values:
    """Takes the values of these fields from an instance."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _equality(values: Values) -> Callable[[Any, Any], Any]:
    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _beginning(cls: type[Any]) -> Callable[..., None]:
    """An `__init__` that at its first call puts the real one in its place."""

    def begin(self: Any, *positional: Any, **values: Any) -> None:
        cls.__init__ = made = _compiled(cls)
        made(self, *positional, **values)

    begin.__name__, begin.__qualname__ = "__init__", f"{cls.__qualname__}.__init__"
    return begin


def _compiled(cls: type[Any]) -> Callable[..., None]:
    """The `__init__` of a class: each value goes through its slot, past the `__setattr__` that refuses."""
    names: dict[str, Any] = {"_later": _MADE_LATER}
    parameters, body = [], []
    for n, f in enumerate(dataclasses.fields(cls)):
        names[f"_set{n}"] = getattr(cls, f.name).__set__
        value = f.name
        if f.default_factory is not dataclasses.MISSING:
            names[f"_default{n}"] = f.default_factory
            parameters.append(f"{f.name}=_later")
            value = f"_default{n}() if {f.name} is _later else {f.name}"
        elif f.default is not dataclasses.MISSING:
            names[f"_default{n}"] = f.default
            parameters.append(f"{f.name}=_default{n}")
        else:
            parameters.append(f.name)
        body.append(f" _set{n}(_self, {value})")
    if hasattr(cls, "__post_init__"):
        body.append(" _self.__post_init__()")
    signature = ", ".join(["_self", "*", *parameters] if parameters else ["_self"])
    exec("\n".join([f"def __init__({signature}):", *(body or [" pass"])]), names)  # noqa: S102 - names of our own fields
    made = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return cast("Callable[..., None]", made)


def _shown(self: Any) -> str:
    told = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{type(self).__qualname__}({told})"


def _not_set(_: Any, name: str, __: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _not_deleted(_: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, f.name) for f in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for f, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, f.name, value)
