"""Which phone is on the cable, and what it says of itself. What a phone says is text of a stranger.

Sources: the manual pages of idevice_id and ideviceinfo; lockdown's error codes -17 (locked), -18 (refused), -19 (not
yet answered) in libimobiledevice/lockdown.h; https://developer.android.com/tools/adb (states of a device).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bridle.acquire.programs import path_of
from bridle.acquire.record import AcquisitionError, WrongUseError, moment
from bridle.acquire.running import Ran, run
from bridle.core import FormatError
from bridle.formats import plist

QUICK = 30.0
"""Seconds that a question to a phone may take."""
_UDID = re.compile(r"[0-9A-Fa-f]{40}|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{16}")
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,63}")
_LONGEST = 100
_ANDROID = {
    "model": "ro.product.model", "os_version": "ro.build.version.release", "build": "ro.build.display.id",
    "security_patch": "ro.build.version.security_patch",
}  # fmt: skip
_IOS = {"name": "DeviceName", "model": "ProductType", "os_version": "ProductVersion", "build": "BuildVersion",
        "zone": "TimeZone"}  # fmt: skip


def the_iphone(wanted: str | None) -> str:
    """The UDID of the one iPhone on a cable, or of the one that is wanted. Raises AcquisitionError."""
    ran = _asked([path_of("idevice_id"), "-l"])
    if not ran.good:
        raise AcquisitionError(
            f"iPhones cannot be listed: {ran.problem or ran.last_words or 'idevice_id failed'}. "
            "Is the service usbmuxd running? Start it: sudo systemctl start usbmuxd"
        )
    found = sorted({line.strip() for line in ran.out.splitlines() if _UDID.fullmatch(line.strip())})
    return _chosen(
        found, wanted, "--udid",
        "no iPhone is on a cable. Plug it in, unlock it, tap Trust on its screen, and try again",
    )  # fmt: skip


def the_android(wanted: str | None) -> str:
    """The serial number of the one Android phone on a cable, or of the one that is wanted. Raises AcquisitionError."""
    ran = _asked([path_of("adb"), "devices", "-l"], QUICK)
    if not ran.good:
        raise AcquisitionError(f"phones cannot be listed: {ran.problem or ran.last_words or 'adb failed'}")
    states: dict[str, str] = {}
    for line in ran.out.splitlines():
        parts = line.split(maxsplit=1)
        if line.startswith("List of devices"):
            continue
        if len(parts) == 2 and _SERIAL.fullmatch(parts[0]) and not parts[0].startswith(("adb-", "emulator-")):
            states[parts[0]] = parts[1]
    serial = _chosen(
        sorted(states), wanted, "--serial",
        "no Android phone is on a cable. Plug it in, turn on USB debugging in its developer options, and try again",
    )  # fmt: skip
    _usable(states[serial])
    return serial


def _usable(state: str) -> None:
    if state.startswith("device"):
        return
    if state.startswith("unauthorized"):
        step = "unlock it, and tap Allow where it asks whether this computer may debug it; then try again"
        raise AcquisitionError(f"the phone does not trust this computer yet: {step}")
    if state.startswith("no permissions"):
        step = "install android-udev-rules (or android-sdk-platform-tools-common), and plug it in again"
        raise AcquisitionError(f"this computer may not use the phone's USB port: {step}")
    raise AcquisitionError(f"the phone is {state[:40]}: unplug it, unlock it, plug it in again, and try again")


def _chosen(found: Sequence[str], wanted: str | None, option: str, none: str) -> str:
    if wanted is not None:
        if wanted not in found:
            there = ", ".join(found) or "none"
            raise AcquisitionError(f"the phone {wanted[:80]} is not on a cable (there: {there}); check {option}")
        return wanted
    if not found:
        raise AcquisitionError(none)
    if len(found) > 1:
        there = f"{len(found)} phones are on cables: {', '.join(found)}"
        raise WrongUseError(f"{there}. Unplug all but one, or choose with {option}")
    return found[0]


def about_iphone(udid: str) -> dict[str, str]:
    """What it says of itself. Raises AcquisitionError where it is locked, or does not trust this computer."""
    return _texts(told(udid), _IOS)


def told(udid: str, domain: str | None = None) -> dict[str, Any]:
    """What an iPhone's lockdown service answers of a domain. Raises AcquisitionError."""
    of = ["-q", domain] if domain else []
    ran = _asked([path_of("ideviceinfo"), "-u", udid, *of, "-x"])
    if not ran.good:
        raise AcquisitionError(_refusal(ran))
    try:
        found = plist.loads(ran.out.encode(), max_objects=20_000, max_depth=16)
    except FormatError:
        found = None
    return found if isinstance(found, dict) else {}


def _refusal(ran: Ran) -> str:
    said = f"{ran.out}\n{ran.err}"
    if "-17" in said or "assword protected" in said:
        return "the iPhone is locked: unlock it, keep its screen on, and try again"
    if "-18" in said or "denied" in said:
        return "the person at the iPhone did not trust this computer: plug it in again, and tap Trust"
    if "-19" in said or "pending" in said:
        return "the iPhone waits for an answer on its screen: unlock it, tap Trust, enter its code, and try again"
    reason = ran.problem or ran.last_words or "no reason given"
    return f"the iPhone does not answer ({reason}): plug it in again, and try again"


def about_android(serial: str) -> dict[str, str]:
    """What an Android phone says of itself."""
    ran = _asked([path_of("adb"), "-s", serial, "shell", "getprop"])
    stored = dict(re.findall(r"^\[([^\]\n]{1,100})\]: \[([^\]\n]{0,200})\]\r?$", ran.out, re.MULTILINE))
    return _texts(stored, _ANDROID)


def _texts(stored: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    values = {name: stored.get(key) for name, key in names.items()}
    return {name: v[:_LONGEST] for name, v in values.items() if isinstance(v, str) and v}


def clock(platform: str, device: str) -> dict[str, Any]:
    """This machine's time before and after the phone is asked for its own, and by how many seconds the phone is ahead.

    Without the phone's time where it gives none.
    """
    before = datetime.now(UTC)
    if platform == "ios":
        said: Any = told(device).get("TimeIntervalSince1970")
    else:
        said = _asked([path_of("adb"), "-s", device, "shell", "date", "+%s"]).out.strip()
    after = datetime.now(UTC)
    found: dict[str, Any] = {"host_before": moment(before), "host_after": moment(after)}
    try:
        seconds = float(said)
        time = datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return found
    middle = (before.timestamp() + after.timestamp()) / 2
    if math.isfinite(seconds):
        found |= {"device": moment(time), "device_ahead_seconds": round(seconds - middle, 1)}
    return found


def _asked(arguments: Sequence[str], patience: float = QUICK) -> Ran:
    return run(arguments, patience=patience)
