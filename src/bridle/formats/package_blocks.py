"""Blocks of a package manager's dump: `Package […]`, `SharedUser […]`, `Permission […]`, and what is indented below.

    Package [com.example.app] (c716d35):
      userId=10164
      versionCode=364105349 minSdk=21 targetSdk=31
      declared permissions:
        com.example.app.permission.OWN: prot=signature, INSTALLED
      User 0: ceDataInode=671748 installed=true hidden=false enabled=0
        gids=[3002, 3003]
        runtime permissions:
          android.permission.CAMERA: granted=true, flags=[ USER_SET]

A line below a heading of a list that is indented deeper is of that list. Where a key comes twice, which an app can
bring about with a line end in its version's name, the first counts and the second is kept as `key#2`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from functools import lru_cache
from typing import Any

from bridle.classes import dataclass
from bridle.core import Gap
from bridle.formats.package_dump import Item, indent, number, pairs, words

MOST_KEYS = 500
MOST_IN_LIST = 20_000
_BLOCK = re.compile(r"(Package|SharedUser|Permission) \[(.*)\] \(([0-9a-f]*)\):")
_RECORDS = {"Package": "Package", "SharedUser": "SharedUser", "Permission": "DefinedPermission"}
_USER = re.compile(r"User (\d{1,5}): ?(.*)")
_SEVERAL = frozenset(
    {"versionCode", "userId", "appId", "permissionsFixed", "installPermissionsFixed", "pkgFlags", "uid"}
)
"""Keys of lines that hold several pairs."""
_PERMISSIONS = {
    "declared permissions": "declared", "requested permissions": "requested", "install permissions": "install",
    "runtime permissions": "runtime", "grantedPermissions": "granted",
}  # fmt: skip
_ROWS = ("install permissions", "runtime permissions", "grantedPermissions")
"""Lists that are given as rows only."""
_OVERLAYS = 4
"""Where the overlay paths of a shared library belong: their heading stands without indentation."""
_COLON = ("lastDisabledCaller", "harmfulAppWarning")
_FLAGS = re.compile(r"flags=\[([^\[\]]*)\]")
_OF_USER = re.compile(r"userId=(\d{1,5})\b")
_PROTECTION = re.compile(r"prot=([^,]*)")
_ALIASES = {
    "userId": "appId", "nativeLibraryPath": "legacyNativeLibraryDir",
    "installInitiatingPackageName": "initiatingPackageName", "installOriginatingPackageName": "originatingPackageName",
}  # fmt: skip
"""Names a value had in other releases."""
_SETTING = re.compile(r"PackageSetting\{[0-9a-f]+ ([^/\s]+)/\d+\}")


@dataclass
class _Values:
    """A block, or a user's part of one."""

    locator: str
    at: int
    """Its indentation."""
    name: str = ""
    kind: str = ""
    stored: dict[str, Any] = field(default_factory=dict)

    def put(self, key: str, value: Any) -> bool:
        """Keep a value; False where there are too many."""
        if len(self.stored) >= MOST_KEYS:
            return False
        if key in self.stored:
            count = next(n for n in range(2, MOST_KEYS + 3) if f"{key}#{n}" not in self.stored)
            key = f"{key}#{count}"
        self.stored[key] = value
        return True

    def put_all(self, of: Iterator[tuple[str, Any]]) -> bool:
        """Keep values; False where there are too many."""
        kept = True
        for key, value in of:
            kept = self.put(key, value) and kept
        return kept


class Blocks:
    """The blocks of one section, line by line."""

    def __init__(self, hidden: bool = False) -> None:
        self._hidden = hidden
        self._block: _Values | None = None
        self._user: _Values | None = None
        self._list: list[str] | None = None
        self._list_name, self._list_at = "", 0
        self._told = False

    def line(self, at: int, raw: str) -> Iterator[Item]:
        """A line of the section and its number."""
        text, depth = raw.strip(), indent(raw)
        if depth == 0 and text.endswith(" overlay paths:") and self._block is not None:
            depth = self._block.at + _OVERLAYS
        if text[-1] == ":" and depth <= 2 and (found := _BLOCK.fullmatch(text)):
            yield from self.end()
            self._block = _Values(f"line {at}", depth, found[2], found[1])
        elif self._block is None or depth <= self._block.at:
            yield from self.end()
            yield Gap(locator=f"line {at}", reason=f"expected a package, shared user or permission, got {text!a:.60}")
        elif self._list is not None and depth > self._list_at:
            yield from self._element(at, text)
        else:
            self._list = None
            yield from self._value(at, depth, text)

    def _element(self, at: int, text: str) -> Iterator[Item]:
        assert self._list is not None
        kind = _PERMISSIONS.get(self._list_name)
        if len(self._list) >= MOST_IN_LIST:
            yield from self._too_much(at, f"{MOST_IN_LIST} lines in a list")
            return
        self._list.append(text.partition(": ")[0] if kind else text)
        if kind is not None:
            yield self._permission(at, kind, text)

    def _permission(self, at: int, kind: str, text: str) -> Item:
        """`android.permission.CAMERA: granted=true, flags=[ USER_SET|USER_FIXED]`."""
        assert self._block is not None
        name, _, rest = text.partition(": ")
        owner = "shared_user" if self._block.kind == "SharedUser" else "package_name"
        row: dict[str, Any] = {
            owner: self._block.name, "hidden_system": self._hidden, "permission": name, "kind": kind,
            "user": number(self._user.name) if self._user else None,
            "granted": True if kind == "granted" else None, "flags": (),
        }  # fmt: skip
        if rest:
            row |= _said(rest)
        return "Permission", f"line {at}", row

    def _value(self, at: int, depth: int, text: str) -> Iterator[Item]:
        assert self._block is not None
        if self._user is not None and depth <= self._user.at and not text.startswith("Suspend params"):
            yield self._end_user()
        into = self._user or self._block
        if found := _USER.fullmatch(text):
            if self._user is not None:
                yield self._end_user()
            into = self._user = _Values(f"line {at}", depth, found[1])
            kept = into.put_all(pairs(found[2]))
        elif text.startswith("Suspend params"):
            return
        elif text == "Packages" or (text[-1] == ":" and "=" not in text):
            self._list, self._list_name, self._list_at = [], text.rstrip(":"), depth
            kept = self._list_name in _ROWS or into.put(self._list_name, self._list)
        else:
            kept = into.put_all(_pairs(text))
        if not kept:
            yield from self._too_much(at, f"{MOST_KEYS} values")

    def _too_much(self, at: int, what: str) -> Iterator[Gap]:
        if not self._told:
            self._told = True
            yield Gap(locator=f"line {at}", reason=f"expected at most {what}, got more")

    def _end_user(self) -> Item:
        assert self._user is not None
        assert self._block is not None
        user, self._user = self._user, None
        owner = "(shared user)" if self._block.kind == "SharedUser" else "(package)"
        stored = {**user.stored, owner: self._block.name, "(user)": user.name, "(hidden)": self._hidden}
        return "PackageUser", user.locator, stored

    def end(self) -> Iterator[Item]:
        """The block that is open."""
        if self._user is not None:
            yield self._end_user()
        if self._block is not None:
            block = self._block
            stored = {_ALIASES.get(k, k): v for k, v in block.stored.items()}
            stored["(name)"] = block.name
            if block.kind == "Package":
                stored |= {"(hidden)": self._hidden, "(past)": stored.get("signatures")}
            if isinstance(settings := stored.get("Packages"), list):
                stored["Packages"] = [found[1] if (found := _SETTING.fullmatch(s)) else s for s in settings]
            yield _RECORDS[block.kind], block.locator, stored
        self._block = self._list = None
        self._told = False


@lru_cache(maxsize=4096)
def _said(rest: str) -> dict[str, Any]:
    """What stands behind a permission's name; few forms come thousands of times."""
    row: dict[str, Any] = {"stored": rest}
    if rest.startswith("granted="):
        row["granted"] = rest.startswith("granted=true")
    if found := _FLAGS.search(rest):
        row["flags"] = words(f"[{found[1]}]")
    if found := _OF_USER.search(rest):
        row["user"] = int(found[1])
    if found := _PROTECTION.match(rest):
        row["protection"] = found[1]
    return row


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    key, equals, value = text.partition("=")
    if equals and (key in _SEVERAL or key.startswith("suspendingPackage")):
        yield from pairs(text)
    elif equals and " " not in key.replace("compat name", ""):
        yield key, value
    elif text.startswith(_COLON):
        key, _, value = text.partition(":")
        yield key, value.strip()
    elif equals:
        yield from pairs(text)
    else:
        yield text, ""
