"""What the Linux kernel says of devices on USB, of refused accesses (SELinux) and of its own failures.

    usb 1-1: New USB device found, idVendor=04f2, idProduct=b6c0
    type=1400 audit(1578493809.376:10): avc: denied { read } for comm="x" path="/y" scontext=… tcontext=… tclass=file
    Kernel panic - not syncing: Fatal exception

Sources: Linux `drivers/usb/core/hub.c`, `security/selinux/avc.c`, `kernel/panic.c`,
https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/drivers/usb/core/hub.c
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from bridle.core import FileName, FilePath, PackageName, ProcessName, Record, Text, Utc, note, record
from bridle.formats.values import unix

_AVC = re.compile(r"avc: {1,3}(denied|granted) {1,3}\{ ?([^}]{0,500}?) ?\}(?: for)?(.*)", re.DOTALL)
_AUDIT = re.compile(r"audit\((\d{1,11})\.(\d{1,6}):(\d{1,12})\)")
_PAIR = re.compile(r'\b(pid|comm|name|path|dev|ino|scontext|tcontext|tclass|permissive|app)=("[^"]*"|\S+)')
_USB = re.compile(r"usb (\d{1,3}-\d{1,3}(?:\.\d{1,3}){0,7}): (.*)", re.DOTALL)
_FOUND = re.compile(r"New USB device found, idVendor=([0-9a-fA-F]{4}), idProduct=([0-9a-fA-F]{4})(?:, bcdDevice=\S+)?")
_TEXT = re.compile(r"(Product|Manufacturer|SerialNumber): (.*)", re.DOTALL)
_NUMBER = re.compile(
    r"(new|reset) ([A-Za-z+ -]{1,40}?)(?: Gen \S+)? USB device (?:number (\d{1,5})|using \S+ and address (\d{1,5}))"
)
_GONE = re.compile(r"USB disconnect, (?:device number|address) (\d{1,5})")
_FAILURE = re.compile(
    r"Kernel panic - not syncing|Internal error: Oops|Unable to handle kernel|kernel BUG at |BUG: |Oops[ :]|"
    r"Watchdog bark|watchdog: BUG|KASAN: |KFENCE: |CFI failure|UBSAN: "
)


@record
class Denial(Record):
    """A decision of SELinux that was noted: an access that was denied, or granted and audited."""

    result: str = note(doc="`denied` or `granted`")
    permissions: tuple[str, ...] = note(doc="what was asked for, such as `read` `open`")
    pid: int | None = note(doc="process that asked, where the line says it")
    comm: ProcessName | None = note(doc="name of its thread, to 15 characters: a thread names itself")
    path: FilePath | None = note(doc="path of what it asked for")
    file_name: FileName | None = note(doc="last part of that path, where only this is told")
    device: str | None = note(doc="file system it lies on")
    inode: int | None = note(doc="its inode there")
    source_context: str | None = note(doc="label of the process, such as `u:r:untrusted_app:s0:c1`")
    target_context: str | None = note(doc="label of what it asked for")
    target_class: str | None = note(doc="class of that: file, dir, binder, capability, …")
    permissive: bool | None = note(doc="whether it went through all the same; none on old systems")
    package_name: PackageName | None = note(doc="app that asked, where newer systems name it")
    audited: Utc | None = note(doc="time of the kernel's audit; none where it is 0")


@record
class UsbDevice(Record):
    """What one line tells of a device on USB; the lines of one device have the same port."""

    action: str = note(doc="`new`, `reset`, `found`, `Product`, `Manufacturer`, `SerialNumber`, `gone`, or see detail")
    port: str | None = note(doc="port of the bus, such as `1-1.2`")
    number: int | None = note(doc="number on the bus")
    speed: str | None = note(doc="speed it has, such as `high-speed`")
    vendor_id: str | None = note(doc="idVendor, four hexadecimal digits")
    product_id: str | None = note(doc="idProduct, four hexadecimal digits")
    name: Text | None = note(doc="what the device calls its product, maker or serial number, by the action")
    detail: Text | None = note(doc="the line, where it is none of the known ones")


@record
class Failure(Record):
    """A panic, an oops or another failure of the kernel."""

    kind: str = note(doc="the words that tell it, such as `Kernel panic - not syncing`")
    message: Text = note(doc="the line")


def denial(text: str, comm: str | None = None) -> dict[str, Any] | None:
    """The fields of a `Denial`; None for another line. `comm` is that of the entry where the text does not tell it."""
    found = _AVC.search(text)
    if found is None:
        return None
    told = {key: value.strip('"') for key, value in _PAIR.findall(found[3])}
    permissive, inode, pid = told.get("permissive"), told.get("ino", ""), told.get("pid", "")
    return {
        "result": found[1], "permissions": tuple(found[2].split()), "pid": _int(pid), "inode": _int(inode),
        "comm": told.get("comm") or comm, "path": told.get("path"), "file_name": told.get("name"),
        "device": told.get("dev"), "source_context": told.get("scontext"), "target_context": told.get("tcontext"),
        "target_class": told.get("tclass"), "permissive": None if permissive is None else permissive == "1",
        "package_name": told.get("app"), "audited": _audited(text),
    }  # fmt: skip


def _int(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _audited(text: str) -> Utc | None:
    found = _AUDIT.search(text)
    if found is None or not int(found[1]):
        return None
    try:
        return Utc(unix(int(found[1])) + timedelta(microseconds=int(found[2].ljust(6, "0"))))
    except (ValueError, OverflowError):
        return None


NOTHING: dict[str, Any] = dict.fromkeys(("port", "number", "speed", "vendor_id", "product_id", "name", "detail"), None)


def usb(text: str) -> dict[str, Any] | None:
    """The fields of a `UsbDevice`, of a line `usb 1-1: …`; None for another one."""
    found = _USB.match(text)
    if found is None:
        return None
    fields, told = {**NOTHING, "port": found[1]}, found[2]
    if of := _FOUND.match(told):
        return {**fields, "action": "found", "vendor_id": of[1].lower(), "product_id": of[2].lower()}
    if of := _TEXT.match(told):
        return {**fields, "action": of[1], "name": of[2].strip() or None}
    if of := _NUMBER.match(told):
        return {**fields, "action": of[1], "speed": of[2], "number": int(of[3] or of[4])}
    if of := _GONE.match(told):
        return {**fields, "action": "gone", "number": int(of[1])}
    return {**fields, "action": "other", "detail": told}


def failure(text: str) -> dict[str, Any] | None:
    """The fields of a `Failure`; None for another line."""
    found = _FAILURE.search(text)
    return None if found is None else {"kind": found[0].strip(" :"), "message": text}
