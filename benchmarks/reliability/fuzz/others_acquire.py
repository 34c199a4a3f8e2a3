"""What programs print of a phone on the cable: a list of devices, properties, a clock. It is a stranger's text.

Each question is asked as on a cable, of a program that is a stand-in: what it prints is the input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from bridle.acquire import devices
from bridle.acquire.record import AcquisitionError, WrongUseError
from bridle.acquire.running import Ran
from reliability.fuzz.target import Target

_UDID, _SERIAL = "00008110-001A2B3C4D5E6F70", "R58N1234ABC"
_ANSWER = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict><key>DeviceName</key><string>phone</string><key>ProductType</key><string>iPhone14,5</string>
<key>ProductVersion</key><string>17.1</string><key>TimeIntervalSince1970</key><real>1774780800.5</real></dict></plist>
"""
_DEVICES = b"List of devices attached\nR58N1234ABC            device usb:1-1 product:a model:B device:c\n\n"
_PROPERTIES = b"[ro.product.model]: [Phone One]\r\n[ro.build.version.release]: [14]\n[ro.build.display.id]: [UP1A]\n"


def targets() -> Iterator[Target]:
    """A target for each question that is asked of a phone."""
    questions: dict[str, tuple[bytes, Callable[[], Any]]] = {
        "idevice_id": (f"{_UDID}\n".encode(), lambda: devices.the_iphone(None)),
        "idevice_id.wanted": (f"{_UDID}\n".encode(), lambda: devices.the_iphone(_UDID)),
        "ideviceinfo": (_ANSWER, lambda: _texts(devices.about_iphone(_UDID))),
        "ideviceinfo.clock": (_ANSWER, lambda: devices.clock("ios", _UDID)),
        "adb.devices": (_DEVICES, lambda: devices.the_android(None)),
        "adb.devices.wanted": (_DEVICES, lambda: devices.the_android(_SERIAL)),
        "adb.getprop": (_PROPERTIES, lambda: _texts(devices.about_android(_SERIAL))),
        "adb.date": (b"1774780800\n", lambda: devices.clock("android", _SERIAL)),
    }
    refused = (AcquisitionError, WrongUseError)
    for name, (seed, ask) in questions.items():
        yield Target(name=f"others.acquire.{name}", seeds=(seed,), read=_printed(ask), documented=refused)


def _printed(ask: Callable[[], Any]) -> Callable[[bytes], None]:
    """Asks a program that prints the bytes: once as one that succeeds, then as one that fails."""

    def read(data: bytes) -> None:
        text, now = data.decode("utf-8", "replace"), datetime.now(UTC)
        failed = Ran(code=1, out="", err=text, started=now, ended=now)
        good = Ran(code=0, out=text, err="", started=now, ended=now)
        for ran in (failed, good):
            with (
                mock.patch.object(devices, "path_of", str),
                mock.patch.object(devices, "run", lambda *_, ran=ran, **__: ran),
                suppress(AcquisitionError, WrongUseError),
            ):
                ask()

    return read


def _texts(told: dict[str, str]) -> None:
    assert all(isinstance(v, str) and 0 < len(v) <= 100 for v in told.values())
