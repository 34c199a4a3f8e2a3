"""What single entries of Android's logs tell: processes that start and end, crashes, packages, steps of a boot.

The event log has lists of values, `am_proc_start: [0,3663,1000,com.android.keychain,service,{…}]`; before Android 4.2
without the user at their beginning. Which value means what is told in the phone's event-log-tags.

Sources: AOSP `frameworks/base/services/core/java/com/android/server/am/EventLogTags.logtags`, `ProcessList.java`,
`system/core/debuggerd`, `frameworks/base/services/usb`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/am/EventLogTags.logtags
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from bridle.formats import kernel_events
from bridle.formats.android_users import number

Event = tuple[str, dict[str, Any]]
"""The name of a record type, and its fields but locator and times."""
Read = Callable[[str, str], Event | None]
"""From the tag and the message of an entry."""

_START = re.compile(r"Start proc (\d{1,10}):([^/\s]+)/(\w+) for (\S+) ?(.*)", re.DOTALL)
_OLD_START = re.compile(r"Start proc (\S+) for (.*): pid=(\d{1,10}) uid=(\d{1,10})\b", re.DOTALL)
_DIED = re.compile(r"Process (\S+) \(pid (\d{1,10})\) has died\b[.:]? ?(.*)", re.DOTALL)
_KILLING = re.compile(r"Killing (\d{1,10}):([^/\s]+)/(\w+) \(adj (-?\d{1,6})\): ?(.*)", re.DOTALL)
_STOPPING = re.compile(
    r"Force stopping (?:service )?(?:package )?(\S+) (?:appid=\S+ )?(?:user=|uid=)(-?\d{1,10})(?:: ?(.*))?"
)
_FATAL = re.compile(r"Fatal signal (\d{1,3}) \((\w+)\)(.*)", re.DOTALL)
_IN = re.compile(r"\b(tid|pid) (\d{1,10})(?: \(([^)]*)\))?")
_JAVA = re.compile(r"Process: (\S+), PID: (\d{1,10})")
_NATIVE = re.compile(r"pid: (\d{1,10}), tid: \d{1,10}, name: .{0,64}? {2}>>> (.{0,300}) <<<")
_PACKAGE = re.compile(r"\bpkg\{([\w.]+)\}|[Pp]ackage[: ]+([A-Za-z]\w*(?:\.\w+)+)|\b([a-z]\w*(?:\.\w+){2,})\b")
_VIDPID = re.compile(r"USB device attached: vidpid ([0-9a-f]{4}):([0-9a-f]{4}) mfg/product/ver/serial (.*?)(?: has|\Z)")
_ADDED = re.compile(r"mVendorId=(\d{1,5}),mProductId=(\d{1,5})")
_CHATTY = re.compile(r"uid=(\d{1,10})(?:\(([^)]*)\))? ?(.*?) ?(expire|identical) (\d{1,12}) lines?")


def _values(message: str) -> list[str]:
    """The values of a list of the event log, or the one value."""
    return message[1:-1].split(",") if message[:1] == "[" and message[-1:] == "]" else [message]


def _int(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None


def _at(values: list[str], index: int) -> str | None:
    return (values[index] or None) if index < len(values) else None


def package_of(process: str | None) -> str | None:
    """The app that a process is of: `com.example` of `com.example:remote`; None for a name without a dot."""
    package = (process or "").partition(":")[0]
    return package if "." in package else None


def _named(process: str | None) -> dict[str, Any]:
    return {"process_name": process or None, "package_name": package_of(process)}


def _with_user(values: list[str], at: int) -> list[str]:
    """The values with a user at their beginning, empty where the system had none yet. A number is expected at `at`."""
    return values if _int(_at(values, at) or "x") is not None else ["", *values]


def _proc_start(_: str, message: str) -> Event | None:
    values = _with_user(_values(message), 2)
    if len(values) < 4:
        return None
    user, pid, uid = (_int(v) for v in values[:3])
    component = ",".join(values[5:]) or None
    fields = {"user": user, "uid": uid, "pid": pid, "cause": _at(values, 4), "component": component}
    return "ProcessStart", fields | _named(values[3])


def _proc_died(_: str, message: str) -> Event | None:
    values = _with_user(_values(message), 1)
    return _ended("died", values, _at(values, 3), None) if len(values) >= 3 else None


def _kill(_: str, message: str) -> Event | None:
    values = _with_user(_values(message), 1)
    if len(values) < 5:
        return None
    behind = values[4:-1] if len(values) > 5 and values[-1].isdecimal() else values[4:]
    return _ended("killed", values, values[3], ",".join(behind) or None)


def _ended(kind: str, values: list[str], adj: str | None, reason: str | None) -> Event:
    fields = {"kind": kind, "user": _int(values[0]), "pid": _int(values[1]), "adj": _int(adj or ""), "reason": reason}
    return "ProcessEnd", fields | _named(values[2])


_NO_CRASH: dict[str, Any] = dict.fromkeys(("user", "pid", "exception", "message", "file", "line"), None)


def _crash(_: str, message: str) -> Event | None:
    """`[user,pid,process,flags,exception,message,file,line]`, since Android 14 with `recoverable` behind."""
    values = _with_user(_values(message), 1)
    if len(values) < 8:
        return _reported("crash", values, ",".join(values[3:])) if len(values) >= 3 else None
    end = len(values) - (1 if len(values) > 8 and _int(values[-2]) is not None and _int(values[-1]) is not None else 0)
    fields = {
        **_NO_CRASH, "kind": "crash", "user": _int(values[0]), "pid": _int(values[1]),
        "exception": values[4] or None, "message": ",".join(values[5 : end - 2]) or None,
        "file": values[end - 2] or None, "line": _int(values[end - 1]),
    }  # fmt: skip
    return "Crash", fields | _named(values[2])


def _anr_or_wtf(tag: str, message: str) -> Event | None:
    values = _with_user(_values(message), 1)
    return _reported(tag[3:], values, ",".join(values[4:])) if len(values) >= 3 else None


def _reported(kind: str, values: list[str], message: str) -> Event:
    fields = {
        **_NO_CRASH, "kind": kind, "user": _int(values[0]), "pid": _int(values[1]), "message": message or None,
    }  # fmt: skip
    return "Crash", fields | _named(values[2])


def _activity_manager(_: str, message: str) -> Event | None:
    if found := _START.match(message):
        fields = {"user": None, "uid": number(found[3]), "pid": int(found[1]), "cause": found[4]}
        return "ProcessStart", {**fields, "component": found[5] or None, **_named(found[2])}
    if found := _DIED.match(message):
        return _ended("died", ["", found[2], found[1]], None, found[3] or None)
    if found := _KILLING.match(message):
        return _ended("killed", ["", found[1], found[2]], found[4], found[5] or None)
    if found := _OLD_START.match(message):
        cause, _, component = found[2].partition(" ")
        fields = {"user": None, "uid": int(found[4]), "pid": int(found[3]), "cause": cause or None}
        return "ProcessStart", {**fields, "component": component or None, **_named(found[1])}
    if found := _STOPPING.match(message):
        return "PackageEvent", {"action": "force stop", "package_name": found[1], "detail": message}
    return None


def _signal(_: str, message: str) -> Event | None:
    found = _FATAL.match(message)
    if found is None:
        return None
    told = {key: (number_, name) for key, number_, name in _IN.findall(found[3])}
    pid, name = told.get("pid") or told.get("tid") or ("", "")
    fields = {**_NO_CRASH, "kind": "signal", "pid": _int(pid), "exception": found[2], "message": message}
    return "Crash", {**fields, "process_name": name or None, "package_name": None}


def _tombstone(_: str, message: str) -> Event | None:
    found = _NATIVE.match(message)
    if found is None:
        return None
    name = found[2].strip()
    return "Crash", {**_NO_CRASH, "kind": "native", "pid": int(found[1]), "message": message, **_named(name)}


def _java(_: str, message: str) -> Event | None:
    if message.startswith("*** FATAL EXCEPTION IN SYSTEM PROCESS"):
        return "Crash", {**_NO_CRASH, "kind": "java", "message": message, **_named("system_server")}
    found = _JAVA.match(message)
    return found and ("Crash", {**_NO_CRASH, "kind": "java", "pid": int(found[2]), **_named(found[1])})


_ACTIONS = (
    ("START INSTALL", "install"), ("START DELETE", "delete"), ("result of install", "installed"),
    ("result of delete", "deleted"), ("New package installed", "installed"), ("Package added", "added"),
    ("Package removed", "removed"), ("Uninstalled package", "uninstalled"), ("Update package", "update"),
    ("Update system package", "update"), ("Package code path", "update"), ("Marking session", "session failed"),
    ("Deleting package", "delete"), ("Unknown sources", "unknown sources"), ("Removing package", "removed"),
    ("Removing non-system package", "removed"),
)  # fmt: skip


def _package(_: str, message: str) -> Event | None:
    text = message.strip()
    action = next((action for start, action in _ACTIONS if text.startswith(start)), None)
    found = _PACKAGE.search(text)
    if action is None and text.startswith("Package ") and " codePath changed from " in text:
        action = "update"
    if action is None and not text.startswith("pkg{"):
        return None
    name = next((g for g in found.groups() if g), None) if found else None
    return "PackageEvent", {"action": action or "named", "package_name": name, "detail": text}


def _package_tag(tag: str, message: str) -> Event | None:
    found = _PACKAGE.search(message)
    name = next((g for g in found.groups() if g), None) if found else None
    return "PackageEvent", {"action": tag, "package_name": name, "detail": message or None}


def _boot(tag: str, message: str) -> Event | None:
    return "BootEvent", {"event": tag, "value": message or None}


def _config(_: str, message: str) -> Event | None:
    values = _values(message)
    return "ConfigWrite", {"name": values[0], "milliseconds": _int(_at(values, 1) or "")}


def _usb_host(_: str, message: str) -> Event | None:
    if found := _VIDPID.match(message):
        fields = {"action": "attached", "vendor_id": found[1], "product_id": found[2], "name": found[3].strip() or None}
    elif found := _ADDED.search(message):
        vendor, product = (f"{int(g):04x}" for g in found.groups())
        fields = {"action": "added", "vendor_id": vendor, "product_id": product, "detail": message}
    elif message.startswith(("Removed device at", "USB device", "Added device")):
        fields = {"action": "removed" if message.startswith("Removed") else "other", "detail": message}
    else:
        return None
    return "UsbDevice", {**kernel_events.NOTHING, **fields}


def _usb_gadget(_: str, message: str) -> Event | None:
    """What the phone itself is on USB: connected, configured, adb, mtp."""
    return "UsbDevice", {**kernel_events.NOTHING, "action": "gadget", "detail": message}


def _usb_kernel(tag: str, message: str) -> Event | None:
    found = kernel_events.usb(f"{tag}: {message}")
    return None if found is None else ("UsbDevice", found)


def _chatty(_: str, message: str) -> Event | None:
    found = _CHATTY.match(message)
    if found is None:
        return None
    name = found[3] or found[2] or None
    return "Dropped", {"uid": int(found[1]), "process_name": name, "kind": found[4], "lines": int(found[5])}


_READERS: dict[str, Read] = {
    "am_proc_start": _proc_start, "am_proc_died": _proc_died, "am_kill": _kill, "am_crash": _crash,
    "am_anr": _anr_or_wtf, "am_wtf": _anr_or_wtf, "ActivityManager": _activity_manager, "libc": _signal,
    "DEBUG": _tombstone, "AndroidRuntime": _java, "PackageManager": _package, "PackageInstaller": _package,
    "PackageInstallerSession": _package, "BackupManagerService": _package, "unknown_sources_enabled": _package_tag,
    "pm_critical_info": _package_tag, "commit_sys_config_file": _config, "UsbHostManager": _usb_host,
    "UsbDeviceManager": _usb_gadget, "chatty": _chatty,
}  # fmt: skip
STARTS = {"ActivityManager": ("Start proc ", "Process ", "Killing ", "Force stopping ")}
"""How each message begins that tells something, under tags with very many others."""
_BOOT = frozenset(
    {
        "power_screen_state", "power_screen_broadcast_send", "screen_toggled", "am_user_state_changed",
        "sysui_lockscreen_gesture", "user_activity_timeout_override", "am_switch_user", "wm_boot_animation_done",
        "device_idle", "power_sleep_requested", "lock_screen_type", "system_server_start", "ssm_user_starting",
        "ssm_user_unlocking", "ssm_user_unlocked", "ssm_user_stopping", "ssm_user_stopped", "uc_switch_user",
        "uc_finish_user_unlocking", "uc_finish_user_unlocked", "uc_finish_user_unlocked_completed",
        "uc_send_user_broadcast", "uc_dispatch_user_switch", "uc_finish_user_boot", "uc_finish_user_stopping",
        "uc_finish_user_stopped",
    }
)  # fmt: skip


def reader(tag: str) -> Read | None:
    """What reads the entries of a tag, if any does."""
    if (found := _READERS.get(tag)) is not None:
        return found
    if tag in _BOOT or tag.startswith("boot_progress_"):
        return _boot
    return _usb_kernel if tag.startswith("usb ") else None


def events(tag: str, message: str) -> Iterator[Event]:
    """What one entry tells."""
    read = reader(tag)
    if read is not None and (found := read(tag, message)) is not None:
        yield found
    if "avc:" in message:
        comm = tag if message.startswith("type=1400") and tag not in ("auditd", "audit", "kernel") else None
        if (denied := kernel_events.denial(message, comm)) is not None:
            yield "Denial", denied
