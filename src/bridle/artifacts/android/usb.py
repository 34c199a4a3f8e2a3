"""The usb service: what was plugged in, which apps may use it, and (to Android 9) which computers may debug the phone.

From Android 9 names and values in braces, before lines under headings:

    USB MANAGER STATE (dumpsys usb):
    {
      host_manager={
        num_connects=1
        connections={
          device_address=/dev/bus/usb/001/002
          mode=0
          timestamp=1578495537856
          manufacturer=1133
          product=49271
        }
      }
    }

A connection is one of a device to the phone, which is then the host; what the phone was plugged into is not named,
only that it was (`connected`, `host_connected`, `kernel_state` among the facts). A device names itself.

Known limits: the service keeps the last connections (32) since boot only. What a device says of itself may hold line
ends, and so add lines of its own. `connected_at_millis` of a port is since boot. On Android 10 and later the keys are
in the dump of `adb`.

Sources: AOSP `UsbHostManager`, `UsbDeviceManager`, `UsbUserSettingsManager`, `UsbUserPermissionManager`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/usb/java/com/android/server/usb/UsbHostManager.java
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

from bridle.core import Gap, PackageName, Record, SourceFile, Utc, artifact, note, record
from bridle.formats import adb_keys, dual_dump
from bridle.formats.dual_dump import Value, bare
from bridle.formats.lines import lines, too_long
from bridle.formats.table import col, records, rest
from bridle.formats.values import integer, unix_milliseconds

_LONGEST = 1 << 20
_MODES = {"-1": "DISCONNECT", "0": "CONNECT", "1": "CONNECT_BADPARSE", "2": "CONNECT_BADDEVICE"}
_MOST_VALUES = 1_000
"""Values of one object that are kept together."""
_KEYS = {
    "user_keys": "user_keys",
    "system_keys": "system_keys",
    "User keys:": "user_keys",
    "System keys:": "system_keys",
}


def _number(value: object) -> int:
    text = str(value).strip()
    if not text.removeprefix("-").isdecimal() or len(text) > 19:
        raise ValueError(f"expected a number, got {text!a:.60}")
    return integer(int(text))


def _milliseconds(value: object) -> Utc | None:
    number = _number(value)
    return unix_milliseconds(number) if number else None


def _mode(value: object) -> str:
    text = str(value).strip()
    return _MODES.get(text, text)


def _given(value: object) -> str | None:
    """Text; none where Java wrote `null`."""
    text = str(value).strip()
    return None if text in ("", "null") else text


@record
class Device(Record):
    """A device that is plugged in, by what it says of itself."""

    name: str | None = col("name", _given, doc="its file, such as /dev/bus/usb/001/002")
    vendor_id: int | None = col("vendor_id", _number, doc="number of the vendor (idVendor)")
    product_id: int | None = col("product_id", _number, doc="number of the product (idProduct)")
    manufacturer: str | None = col("manufacturer_name", _given, doc="name of the vendor")
    product: str | None = col("product_name", _given, doc="name of the product")
    version: str | None = col("version", _given, doc="version of the product")
    serial: str | None = col("serial_number", _given, doc="serial number; some phones withhold it")
    extra: str | None = rest(doc="other values, configurations and interfaces among them, as JSON")


@record
class Connection(Record):
    """A device that was plugged into the phone, or unplugged."""

    address: str | None = col("device_address", _given, doc="its file, such as /dev/bus/usb/001/002")
    mode: str | None = col(
        "mode", _mode, doc="CONNECT, DISCONNECT, CONNECT_BADPARSE, CONNECT_BADDEVICE; else the number or word as stored"
    )
    time: Utc | None = col("timestamp", _milliseconds, doc="when, by the phone's clock")
    vendor_id: int | None = col("manufacturer", _number, doc="number of the vendor (idVendor)")
    product_id: int | None = col("product", _number, doc="number of the product (idProduct)")
    extra: str | None = rest(doc="other values, as JSON")


@record
class Handler(Record):
    """An app that offers to be started for a device or an accessory, or that a user chose for one."""

    kind: str = col("(kind)", doc="name of the list it stands in, such as device_attached_activities")
    user: int | None = col("(user)", _number, doc="user it is of")
    package_name: PackageName | None = col("(package)", _given, doc="package of the app")
    activity: str | None = col("activity.class_name", _given, doc="class of its activity")
    extra: str | None = rest(doc="other values, the filters among them, as JSON")


@record
class Permission(Record):
    """Who may use a device or an accessory."""

    kind: str = col("(kind)", doc="name of the list it stands in, such as device_permissions")
    user: int | None = col("(user)", _number, doc="user it is of")
    device: str | None = col("(device)", _given, doc="file of the device, or description of the accessory")
    uids: tuple[int, ...] = col("(uids)", lambda v: v, doc="users (of Linux) that may, one for each app")
    extra: str | None = rest(doc="other values, as JSON")


@record
class Key(Record):
    """A computer that may debug the phone (to Android 9), once for each place its key stands in."""

    where: str = note(doc="user_keys: allowed by a user; system_keys: of the system")
    key: str = note(doc="public key in base64, as stored")
    comment: str | None = note(doc="what follows the key, by that computer's own word; mostly user@host")
    user: str | None = note(doc="what stands before the last @ of the comment")
    host: str | None = note(doc="what stands behind it")
    fingerprint: str | None = note(doc="MD5 of the decoded key, as phone and adb show it: AB:CD:…")
    sha256: str | None = note(doc="SHA-256 of the decoded key, hexadecimal")
    bits: int | None = note(doc="bits of the RSA modulus; none if it is no Android RSA key")


@record
class Fact(Record):
    """Any other value of the dump."""

    place: str = note(doc="names of the objects (or the heading) it is in and its own, joined by dots")
    value: str | None = note(doc="as stored; none if empty")


_GROUPS: Mapping[str, type[Record]] = {
    "devices": Device,
    "connections": Connection,
    "device_attached_activities": Handler,
    "accessory_attached_activities": Handler,
    "device_preferences": Handler,
    "accessory_preferences": Handler,
    "device_permissions": Permission,
    "accessory_permissions": Permission,
    "device_persistent_permissions": Permission,
    "accessory_persistent_permissions": Permission,
}
_Row = Device | Connection | Handler | Permission | Key | Fact | Gap


@artifact("/**/dumpsys/usb/*.txt")
def usb(file: SourceFile) -> Iterator[Device | Connection | Handler | Permission | Key | Fact | Gap]:
    with file.open() as stored:
        numbered = lines(stored, _LONGEST)
        head = list(itertools.islice(numbered, 4))
        braces = any(line is not None and line.strip() == "{" for _, line in head)
        both = itertools.chain(head, numbered)
        yield from _Nested().rows(dual_dump.values(both)) if braces else _headed(both)


class _Nested:
    """The dump in braces: values of one object of a known list are one row, all others are facts."""

    def __init__(self) -> None:
        self._group: tuple[str, ...] | None = None
        self._kept: list[Value] = []
        self._users: tuple[tuple[str, ...], str] = ((), "")

    def rows(self, values: Iterable[Value | Gap]) -> Iterator[_Row]:
        for value in values:
            if isinstance(value, Gap):
                yield value
                continue
            group = _group(value.path)
            if group != self._group:
                yield from self._flushed()
                self._group = group
            if value.name in ("user_id", "parent_user_id") and group is None:
                self._users = (value.path, value.value)
            if value.name in _KEYS:
                yield from _keys(value)
            elif group is not None and len(self._kept) < _MOST_VALUES:
                self._kept.append(value)
            else:
                yield Fact(locator=f"line {value.line}", place=value.place, value=_given(value.value))
        yield from self._flushed()

    def _flushed(self) -> Iterator[_Row]:
        kept, self._kept, group = self._kept, [], self._group
        if not kept or group is None:
            return
        kind = bare(group[-1])
        stored: dict[str, object] = {".".join((*v.path[len(group) :], v.name)): v.value for v in kept}
        record = _GROUPS[kind]
        if record in (Handler, Permission):
            at, user = self._users
            stored |= {"(kind)": kind, "(user)": user if at and group[: len(at)] == at else None}
        if record is Handler:
            name = next((n for n in _PACKAGES if n in stored), None)
            stored["(package)"] = stored.pop(name) if name else None
        if record is Permission:
            _permission(stored)
        yield from records([(f"line {kept[0].line}", stored)], record)  # type: ignore[misc]


def _permission(stored: dict[str, object]) -> None:
    found = {n: str(v) for n, v in stored.items() if bare(n) == "uids"}
    read = {n: v for n, v in found.items() if v.isdecimal() and len(v) < 11}
    for name in read:
        del stored[name]
    stored["(uids)"] = tuple(int(v) for v in read.values())
    device = next((n for n in ("device_name", "accessory_description") if n in stored), None)
    stored["(device)"] = stored.pop(device) if device else None


_PACKAGES = ("activity.package_name", "user_package.package_name", "package_name")


def _group(path: tuple[str, ...]) -> tuple[str, ...] | None:
    """The path to the outermost object that is a row of its own."""
    for n, name in enumerate(path, 1):
        if bare(name) in _GROUPS:
            return path[:n]
    return None


def _keys(value: Value) -> Iterator[_Row]:
    for number, line in enumerate(value.value.split("\n"), value.line):
        if line.strip():
            yield from _key(number, _KEYS[value.name], value.place, line)


def _key(number: int, where: str, place: str, line: str) -> Iterator[_Row]:
    if "Exception" in line or line.strip() == "null":
        yield Fact(locator=f"line {number}", place=place, value=_given(line))
        return
    found = adb_keys.key(line)
    user, host = adb_keys.user_and_host(found.comment)
    yield Key(
        locator=f"line {number}", where=where, key=found.key, comment=found.comment, user=user, host=host,
        fingerprint=found.fingerprint, sha256=found.sha256, bits=found.bits,
    )  # fmt: skip
    if found.problem:
        yield Gap(locator=f"line {number}.key", reason=found.problem)


def _headed(numbered: Iterable[tuple[int, str | None]]) -> Iterator[_Row]:
    """The dump under headings: `Key: value` lines, and keys under their own heading until the next one."""
    heading, keys = "", None
    for number, line in numbered:
        if line is None:
            yield too_long(number, _LONGEST)
            continue
        text = line.strip()
        if not text:
            continue
        if text in _KEYS:
            keys = _KEYS[text]
        elif text.endswith(":") and (not line.startswith(" ") or keys is None):
            heading, keys = text[:-1], None
        elif keys is not None:
            yield from _key(number, keys, f"{heading}.{keys}", text)
        else:
            name, colon, value = text.partition(": ")
            place = f"{heading}.{name}" if colon else heading
            yield Fact(locator=f"line {number}", place=place or "(before)", value=_given(value if colon else text))
