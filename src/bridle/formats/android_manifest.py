"""What an app's AndroidManifest.xml says: the app, its permissions, and the components that Android may start.

Elements count where Android looks for them: a component in the first `application`, a filter in a component. Values are
those the file holds; a text that lies in the app's resources stands as its reference, such as `@0x7f0b0001`.

Sources: https://developer.android.com/guide/topics/manifest/manifest-intro ; AOSP `ParsingPackageUtils.java`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/android/content/pm/parsing/ .
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from typing import TypeVar

from bridle.classes import dataclass
from bridle.core import FormatError
from bridle.formats import axml
from bridle.formats.axml import Left, Oddity, Start, Value

KINDS = ("activity", "activity-alias", "service", "receiver", "provider")
MOST = 20_000
"""Components, and permissions."""
MOST_WITHIN = 500
"""Actions and other names of one component."""
_PERMISSIONS = ("uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m", "permission", "permission-tree")
_MAIN, _LAUNCHER = "android.intent.action.MAIN", "android.intent.category.LAUNCHER"
_NO_DEFAULT_EXPORT = 17
"""From this targetSdkVersion on a provider is not exported unless it says so."""

_T = TypeVar("_T")


@dataclass
class Filter:
    """One intent filter."""

    actions: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    priority: int | None = None


@dataclass
class Component:
    """Something Android may start. Texts are as stored, but for `name`."""

    kind: str
    name: str | None
    """With the package before it where the file leaves it out."""
    attributes: dict[str, Value]
    filters: list[Filter] = field(default_factory=list)
    meta_data: dict[str, str] = field(default_factory=dict)

    def is_exported(self, target_sdk: int | None) -> bool:
        """Whether other apps may start it, as Android takes it where it does not say."""
        said = boolean(self.attributes.get("exported"))
        if said is not None:
            return said
        if self.kind == "provider":
            return target_sdk is not None and target_sdk < _NO_DEFAULT_EXPORT
        return bool(self.filters)

    @property
    def is_launcher(self) -> bool:
        """Whether it is an entry of the app in the list of apps."""
        return self.kind in ("activity", "activity-alias") and any(
            _MAIN in f.actions and _LAUNCHER in f.categories for f in self.filters
        )


@dataclass
class Permission:
    """A permission the app asks for, or defines."""

    element: str
    attributes: dict[str, Value]


@dataclass
class Manifest:
    """What the file says. `oddities` are those of the file, and what was more than is read."""

    package: str | None = None
    root: dict[str, Value] = field(default_factory=dict)
    sdk: dict[str, Value] = field(default_factory=dict)
    application: dict[str, Value] = field(default_factory=dict)
    permissions: list[Permission] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    meta_data: dict[str, str] = field(default_factory=dict)
    instrumented: list[str] = field(default_factory=list)
    """Packages it may watch from inside (`instrumentation`)."""
    left: list[Left] = field(default_factory=list)
    """What is there and is not kept, or not whole: strings, and elements beyond `MOST` or `MOST_WITHIN`."""
    oddities: list[Oddity] = field(default_factory=list)

    @property
    def target_sdk(self) -> int | None:
        """As Android takes it: the least version where no target is named."""
        found = self.sdk.get("targetSdkVersion", self.sdk.get("minSdkVersion"))
        return whole(found)


def read(data: bytes) -> Manifest:
    """The manifest of an app. Raises FormatError where it is none."""
    reader = _Reader()
    for event in axml.events(data):
        if isinstance(event, Left):
            reader.found.left.append(event)
        elif isinstance(event, Oddity):
            reader.found.oddities.append(event)
        elif isinstance(event, Start):
            reader.start(event)
    if reader.root != "manifest":
        raise FormatError(f"manifest: expected an element `manifest`, got {reader.root!a:.60}")
    reader.found.left += reader.beyond()
    return reader.found


def boolean(value: Value | None) -> bool | None:
    """A truth value, also where it is written as text. None where it is none."""
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower())
    return None if value is None or isinstance(value, float) else bool(value)


def whole(value: Value | None) -> int | None:
    """A whole number, also where it is written as text. None where it is none, such as the name of a preview."""
    if isinstance(value, str) and len(value) < 12 and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text(value: Value | None) -> str | None:
    """Any value as text. None where there is none, or none in it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or value == "" else str(value)


def full_name(package: str | None, name: str) -> str:
    """The name of a class with its package, which may be left out."""
    if name.startswith(".") and package:
        return package + name
    return f"{package}.{name}" if package and "." not in name else name


class _Reader:
    def __init__(self) -> None:
        self.found, self.root = Manifest(), ""
        self._component: Component | None = None
        self._filter: Filter | None = None
        self._applications = 0
        self._more: Counter[str] = Counter()
        """How many elements of each kind were not kept."""
        self._path: list[str] = []

    def start(self, element: Start) -> None:
        del self._path[element.depth - 1 :]
        self._path.append(element.name)
        if element.depth == 1 and not self.root:
            self._root(element)
        elif element.depth == 2:
            self._top(element)
        elif element.depth > 2 and self._path[1] == "application" and self._applications == 1:
            self._within(element)

    def _root(self, element: Start) -> None:
        self.root = element.name
        self.found.root = _attributes(element)
        self.found.package = text(self.found.root.get("package"))

    def _top(self, element: Start) -> None:
        attributes = _attributes(element)
        if element.name == "application":
            self._applications += 1
            self.found.application = attributes if self._applications == 1 else self.found.application
        elif element.name == "uses-sdk":
            self.found.sdk.update(attributes)
        elif element.name in _PERMISSIONS:
            self._keep("permissions", self.found.permissions, Permission(element.name, attributes), MOST)
        elif element.name == "instrumentation" and (target := text(attributes.get("targetPackage"))):
            self._keep("instrumentation", self.found.instrumented, target)

    def _within(self, element: Start) -> None:
        """An element below the application: depth 3 is a component, 4 a filter, 5 what the filter names."""
        attributes = _attributes(element)
        if element.depth == 3:
            self._component = None
            self._filter = None
            if element.name in KINDS:
                name = text(attributes.get("name"))
                named = full_name(self.found.package, name) if name else None
                component = Component(element.name, named, attributes)
                self._component = self._keep("components", self.found.components, component, MOST)
            elif element.name == "meta-data":
                self._meta("meta-data", self.found.meta_data, attributes)
        elif self._component is not None:
            self._inside(self._component, element, attributes)

    def _inside(self, component: Component, element: Start, attributes: dict[str, Value]) -> None:
        if element.depth == 4:
            self._filter = None
            if element.name == "intent-filter":
                said = Filter(priority=whole(attributes.get("priority")))
                self._filter = self._keep("filters of a component", component.filters, said)
            elif element.name == "meta-data":
                self._meta("meta-data of a component", component.meta_data, attributes)
        elif element.depth == 5 and (inside := self._filter) is not None:
            name = text(attributes.get("name"))
            if element.name == "action" and name:
                self._keep("actions of a filter", inside.actions, name)
            elif element.name == "category" and name:
                self._keep("categories of a filter", inside.categories, name)
            elif element.name == "data":
                said_of = json.dumps({k: text(v) for k, v in attributes.items()}, ensure_ascii=True)
                self._keep("data of a filter", inside.data, said_of)

    def _meta(self, kind: str, found: dict[str, str], attributes: dict[str, Value]) -> None:
        name = text(attributes.get("name"))
        value = text(attributes.get("resource")) or text(attributes.get("value")) or ""
        if name and (name in found or len(found) < MOST_WITHIN):
            found[name] = value
        elif name:
            self._more[kind] += 1

    def _keep(self, kind: str, kept: list[_T], one: _T, most: int | None = None) -> _T | None:
        """The thing, kept with the others; or None where there are `most` of them, and it is counted only."""
        if len(kept) >= (MOST_WITHIN if most is None else most):
            self._more[kind] += 1
            return None
        kept.append(one)
        return one

    def beyond(self) -> Iterator[Left]:
        """What was more than is kept, one for each kind."""
        for kind, count in sorted(self._more.items()):
            most = MOST if kind in ("components", "permissions") else MOST_WITHIN
            yield Left(0, f"expected at most {most:,} {kind}, got {count:,} more: they are not kept", kind)


def _attributes(element: Start) -> dict[str, Value]:
    """The attributes of an element by name; the first of a name counts, as on the phone."""
    out: dict[str, Value] = {}
    for a in element.attributes:
        if a.value is not None:
            out.setdefault(a.name, a.value)
    return out


def actions(component: Component) -> tuple[str, ...]:
    """The actions of all filters of a component, each once."""
    return tuple(dict.fromkeys(_each(f.actions for f in component.filters)))


def categories(component: Component) -> tuple[str, ...]:
    """The categories of all filters of a component, each once."""
    return tuple(dict.fromkeys(_each(f.categories for f in component.filters)))


def _each(lists: Iterator[list[str]]) -> Iterator[str]:
    for found in lists:
        yield from found
