"""Classes of named fields, as `dataclasses` makes them, whose methods are made when they are first called.

`dataclasses` writes and compiles the source of up to seven methods for each class, a millisecond of processor time; of
the hundreds of classes that a run imports, most never have an instance. What is made here is a dataclass all the same:
`dataclasses.fields`, `replace` and `asdict` know it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from inspect import get_annotations
from operator import attrgetter
from typing import Any, TypeVar, cast, dataclass_transform, overload

C = TypeVar("C")
Values = Callable[[Any], tuple[Any, ...]]
Fields = tuple[dataclasses.Field[Any], ...]

_MADE_LATER = object()
"""Stands for a default that a function makes anew for each instance."""


@overload
def dataclass(cls: type[C], /) -> type[C]: ...
@overload
def dataclass(*, frozen: bool = False, slots: bool = False, kw_only: bool = False) -> Callable[[type[C]], type[C]]: ...
@dataclass_transform(field_specifiers=(dataclasses.field,))
def dataclass(
    cls: type[C] | None = None,
    /,
    *,
    frozen: bool = False,
    slots: bool = False,
    kw_only: bool = False,
) -> type[C] | Callable[[type[C]], type[C]]:
    """As `dataclasses.dataclass`, for what is asked of it here; a method that the class defines itself is kept."""

    def wrap(cls: type[C]) -> type[C]:
        own = {name for name, value in vars(cls).items() if value is not None}
        if cls.__doc__ is None:
            cls.__doc__ = f"{cls.__name__}({', '.join(get_annotations(cls))})"
        bare = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)
        made = bare(cls)
        methods = _methods(made, frozen=frozen, slots=slots)
        for name in methods.keys() - own:
            setattr(made, name, methods[name])
        return made

    return wrap if cls is None else wrap(cls)


def _methods(cls: type[Any], *, frozen: bool, slots: bool) -> dict[str, Any]:
    fields = dataclasses.fields(cls)
    methods: dict[str, Any] = {
        "__init__": _beginning(cls, frozen=frozen),
        "__eq__": _equality(_values(f.name for f in fields if f.compare)),
        "__hash__": None,
        "__repr__": _shown,
    }
    if frozen:
        hashed = _values(f.name for f in fields if (f.compare if f.hash is None else f.hash))
        methods |= {
            "__hash__": lambda self: hash(hashed(self)),
            "__setattr__": _not_set,
            "__delattr__": _not_deleted,
        }
        if slots:
            methods |= {"__getstate__": _state, "__setstate__": _set_state}
    return methods


def _values(of: Any) -> Values:
    """Takes the values of these fields from an instance."""
    names = tuple(of)
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _equality(values: Values) -> Callable[[Any, Any], Any]:
    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _beginning(cls: type[Any], *, frozen: bool) -> Callable[..., None]:
    """An `__init__` that at its first call puts the real one in its place."""

    def begin(self: Any, *positional: Any, **values: Any) -> None:
        cls.__init__ = made = _compiled(cls, frozen=frozen)
        made(self, *positional, **values)

    begin.__name__, begin.__qualname__ = "__init__", f"{cls.__qualname__}.__init__"
    return begin


def _compiled(cls: type[Any], *, frozen: bool) -> Callable[..., None]:
    """The `__init__` of a class. Where its `__setattr__` refuses, each value goes past it: through its slot, if any."""
    names: dict[str, Any] = {"_later": _MADE_LATER, "_set": object.__setattr__}
    body = []
    fields = dataclasses.fields(cls)
    for n, f in enumerate(fields):
        if (value := _given(f, names)) is None:
            continue
        slot: Any = getattr(cls, f.name, None)
        if not frozen:
            body.append(f" _self.{f.name} = {value}")
        elif type(slot) is _SLOT:
            names[f"_set{n}"] = slot.__set__
            body.append(f" _set{n}(_self, {value})")
        else:
            body.append(f" _set(_self, {f.name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        body.append(" _self.__post_init__()")
    lines = [f"def __init__({_parameters(fields)}):", *(body or [" pass"])]
    exec("\n".join(lines), names)  # noqa: S102 - names of our own fields
    made = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return cast("Callable[..., None]", made)


def _given(f: dataclasses.Field[Any], names: dict[str, Any]) -> str | None:
    """The expression of a field's value in `__init__`, its default noted; None for a field that gets none."""
    if f.default_factory is not dataclasses.MISSING:
        names[f"_default_{f.name}"] = f.default_factory
        made = f"_default_{f.name}()"
        return f"{made} if {f.name} is _later else {f.name}" if f.init else made
    if f.default is not dataclasses.MISSING:
        names[f"_default_{f.name}"] = f.default
        return f.name if f.init else f"_default_{f.name}"
    return f.name if f.init else None


def _parameters(fields: Fields) -> str:
    by_place = [_parameter(f) for f in fields if f.init and not f.kw_only]
    by_name = [_parameter(f) for f in fields if f.init and f.kw_only]
    return ", ".join(["_self", *by_place, *(["*", *by_name] if by_name else [])])


def _parameter(f: dataclasses.Field[Any]) -> str:
    if f.default_factory is not dataclasses.MISSING:
        return f"{f.name}=_later"
    return f.name if f.default is dataclasses.MISSING else f"{f.name}=_default_{f.name}"


class _Slotted:
    __slots__ = ("slot",)


_SLOT = type(vars(_Slotted)["slot"])


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
