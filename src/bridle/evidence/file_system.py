"""A full file system, as folder, zip or tar, whatever the tool that wrote it calls its top folders.

Roots that are understood, each possibly below one or two folders:

- `private/var/…` or `/private/var/…` beside `System/…`: the device's own tree
- `filesystem1/…` (system volume) and `filesystem2/…` (= `/private/var`), as Cellebrite's FFS archives have them
- a folder with `mobile/Library/…` and at least one of `root`, `wireless`, `db`, `containers` …: the data partition,
  which is `/private/var`, whatever the folder is called (`Data`, `disk0s1s2`, or the source itself)
- Android: `data/data/…`, `data/system/…` and the like; or a folder with `system/packages.xml`: that is `/data`

What lies outside of all roots (an extractor's own notes) is listed under `/file_system`. A folder
`FS` is a bugreport's.
"""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterable, Mapping
from typing import ClassVar
from xml.parsers.expat import ExpatError

from bridle.classes import dataclass
from bridle.evidence.acquisition import Acquisition, Describe
from bridle.evidence.archive import Container
from bridle.evidence.probe import Probe
from bridle.evidence.source import SourceError

_VAR = "/private/var"
_IN_VAR = frozenset(
    {
        "root", "wireless", "db", "containers", "Keychains", "keybags", "preferences", "installd", "log", "logs",
        "MobileDevice", "networkd", "protected", "Managed Preferences", "hardware", "MobileAsset",
    }
)  # fmt: skip
_IN_MOBILE = frozenset({"Library", "Containers", "Media", "Applications"})
_IN_DATA = frozenset({"data", "system", "app", "misc", "user", "user_de", "media", "local", "system_ce", "anr"})
_FIRST, _SECOND = "filesystem1", "filesystem2"
_DEPTH = 3
_LINKED = (("/var/", "/private/var/"), ("/tmp/", "/private/var/tmp/"), ("/etc/", "/private/etc/"))  # noqa: S108 - a phone's
_SYSTEM_VERSION = "/System/Library/CoreServices/SystemVersion.plist"
_SYNTHETIC = "BridleSynthetic"
"""Key that only synthetic evidence has."""
_BUILD_PROP = "/system/build.prop"


@dataclass(frozen=True)
class Layout:
    """Which folder of the container is which folder of the device."""

    platform: str
    roots: tuple[tuple[str, str], ...]
    """Prefix in the container (empty or ending in `/`), and the device path it stands for (ending in `/`)."""

    def place(self, path: str) -> str | None:
        """The device path, or None for what lies outside of all roots."""
        for prefix, target in self.roots:
            if path.startswith(prefix) or path + "/" == prefix:
                return self._home(target + path[len(prefix) :])
        return None

    def _home(self, path: str) -> str:
        if self.platform == "ios":
            for linked, real in _LINKED:
                if path.startswith(linked):
                    path = real + path[len(linked) :]
        return path.rstrip("/") or "/"


@dataclass
class _Clues:
    """What the names say about one prefix."""

    device: bool = False
    """It holds the top of an iOS device."""
    system: bool = False
    mobile: bool = False
    var: int = 0
    android: int = 0
    android_data: bool = False


def layout_of(names: Iterable[str]) -> Layout | None:
    """How a container's names map to a device, or None if they are no phone's file system."""
    clues: dict[str, _Clues] = {}
    for name in names:
        parts = name.split("/")
        for depth in range(min(_DEPTH, len(parts))):
            _note(clues, parts, depth)
    roots = [(p, "/") for p, c in clues.items() if c.device or c.system]
    roots += [(p, _VAR + "/") for p, c in clues.items() if _is_var(p, c)]
    if roots:
        return Layout("ios", _outermost(_both_file_systems(roots)))
    roots = [(p, "/") for p, c in clues.items() if c.android.bit_count() > 1 or c.android & 1]
    roots = roots or [(p, "/data/") for p, c in clues.items() if c.android_data]
    return Layout("android", _outermost(roots)) if roots else None


def _note(clues: dict[str, _Clues], parts: list[str], depth: int) -> None:
    first, second, third = (*parts[depth : depth + 3], "", "", "")[:3]
    before = parts[depth - 1] if depth else ""
    if not second or before == "FS":
        return
    clue = clues.setdefault("".join(p + "/" for p in parts[:depth]), _Clues())
    clue.device |= first == "private" and second == "var" and bool(third)
    clue.device |= first == "var" and second == "mobile" and third in _IN_MOBILE and before != "private"
    clue.system |= first == "System" and second == "Library"
    clue.mobile |= first == "mobile" and second in _IN_MOBILE and before != "var"
    if first in _IN_VAR and before != "var":
        clue.var += 1
    if first == "data" and second in _IN_DATA and third:
        clue.android |= 1 if second == "data" else 2 << sorted(_IN_DATA).index(second)
    clue.android_data |= first == "system" and second in ("packages.xml", "packages.list")


def _is_var(prefix: str, clue: _Clues) -> bool:
    return clue.mobile and (clue.var > 0 or prefix.endswith(f"{_SECOND}/"))


def _both_file_systems(roots: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """With one of `filesystem1` and `filesystem2` the other, which a stream may show only later."""
    parents = {p[: -len(_FIRST) - 1] for p, _ in roots if p.endswith((f"{_FIRST}/", f"{_SECOND}/"))}
    added = [(f"{p}{_FIRST}/", "/") for p in parents] + [(f"{p}{_SECOND}/", _VAR + "/") for p in parents]
    return [r for r in roots if not r[0].endswith((f"{_FIRST}/", f"{_SECOND}/"))] + added


def _outermost(roots: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Roots that lie in no other root, the longest first."""
    prefixes = [p for p, _ in roots]
    kept = {(p, t) for p, t in roots if not any(o != p and p.startswith(o) for o in prefixes)}
    device = {p for p, t in kept if t == "/"}
    return tuple(sorted(((p, t) for p, t in kept if t == "/" or p not in device), key=lambda r: (-len(r[0]), r[0])))


class FileSystem(Acquisition):
    """A phone's file system, or as much of it as an extractor could get."""

    kind: ClassVar[str] = "file-system"
    _platform: ClassVar[str] = "ios"

    def __init__(self, container: Container, label: str, layout: Layout) -> None:
        super().__init__(container, label)
        self._layout = layout
        self.platform = layout.platform
        container.absolute = True

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By folders that every iOS or Android file system has."""
        return probe.form != "file" and layout_of(probe.names) is not None

    @classmethod
    def of(cls, probe: Probe, *, password: object, label: str | None) -> FileSystem:  # noqa: ARG003 - never encrypted
        layout = layout_of(probe.names)
        if layout is None:
            raise SourceError(f"{probe.label()} holds no file system of a phone: neither private/var nor data/data.")
        return cls(probe.container, probe.label(label), layout)

    def place(self, path: str) -> str:
        return self._layout.place(path) or f"/file_system/{path}"

    def describing(self) -> Mapping[str, Describe]:
        return {_SYSTEM_VERSION: _system_version} if self.platform == "ios" else {_BUILD_PROP: build_properties}


def _system_version(data: bytes) -> dict[str, str]:
    try:
        found = plistlib.loads(data)
    except (
        plistlib.InvalidFileException,
        ExpatError,
        ValueError,
        OverflowError,
        RecursionError,
        TypeError,
        LookupError,
    ):
        return {}
    names = {"os_version": "ProductVersion", "build": "ProductBuildVersion", "marker": _SYNTHETIC}
    return {k: found[v] for k, v in names.items() if isinstance(found, dict) and isinstance(found.get(v), str)}


_PROPERTIES = {
    "product_type": "ro.product.model",
    "os_version": "ro.build.version.release",
    "build": "ro.build.id",
    "security_patch": "ro.build.version.security_patch",
}


def build_properties(data: bytes) -> dict[str, str]:
    """Model, version and build from `key=value` lines or from `[key]: [value]` ones, as getprop prints them."""
    shown = data.decode("utf-8", "replace")
    found = {}
    for name, key in _PROPERTIES.items():
        quoted = re.escape(key)
        match = re.search(rf"^(?:{quoted}=(.{{1,80}})|\[{quoted}\]: \[(.{{1,80}})\])\r?$", shown, re.MULTILINE)
        if match:
            found[name] = (match[1] or match[2]).strip()
    return found
