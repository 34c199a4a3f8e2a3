"""The apps that can be copied from a synthetic phone: a harmless one, and the implant, which holds no code either."""

from __future__ import annotations

import hashlib
from functools import cache

from bridle.phantom import MARKER
from bridle.phantom.apk import apk as made
from bridle.phantom.apk import component, key

NAMES = ("com.setings.service", "com.sistem.monitor", "com.wifi.conection")
"""Of the implant: a word of the system, spelled wrongly."""
OTHERS = ("com.android.sytem.update", "com.google.andriod.sync", "com.androld.service")
KEY, HARMLESS_KEY = "SYNTHETIC implant", "SYNTHETIC notes"
HARMLESS = "org.example.notes"
RUNTIME = (
    "RECORD_AUDIO", "CAMERA", "ACCESS_FINE_LOCATION", "READ_SMS", "RECEIVE_SMS", "READ_CONTACTS", "READ_CALL_LOG",
)  # fmt: skip
"""Permissions that are granted by a person, or by a computer at the cable."""
INSTALL_TIME = ("INTERNET", "ACCESS_NETWORK_STATE", "RECEIVE_BOOT_COMPLETED", "FOREGROUND_SERVICE", "WAKE_LOCK")
ACCESSIBILITY, ADMIN, BOOT = "AccessService", "AdminReceiver", "BootReceiver"


def certificate(name: str = KEY) -> str:
    """SHA-256 of the certificate that a key's apps are signed with."""
    return hashlib.sha256(key(name).der).hexdigest()


@cache
def apk(package: str, server: str) -> bytes:
    """The implant of one operator: powers over everything, and nothing that a home screen shows."""
    powers = [f"android.permission.{p}" for p in (*RUNTIME, *INSTALL_TIME)]
    accessibility = component(
        "service", f".{ACCESSIBILITY}", actions=["android.accessibilityservice.AccessibilityService"],
        permission="android.permission.BIND_ACCESSIBILITY_SERVICE", exported=True,
    )  # fmt: skip
    admin = component(
        "receiver", f".{ADMIN}", actions=["android.app.action.DEVICE_ADMIN_ENABLED"],
        permission="android.permission.BIND_DEVICE_ADMIN", exported=True,
    )  # fmt: skip
    boot = component("receiver", f".{BOOT}", actions=["android.intent.action.BOOT_COMPLETED"], exported=True)
    return made(
        package=package, permissions=powers, components=[accessibility, admin, boot], key=KEY, label="System service",
        target_sdk=28, strings=[MARKER, f"https://{server}/v1/put"], files={"assets/synthetic.txt": MARKER.encode()},
    )  # fmt: skip


@cache
def harmless(*strings: str) -> bytes:
    """An app for notes: one activity, no permissions."""
    main = component(
        "activity", ".Main", actions=["android.intent.action.MAIN"], categories=["android.intent.category.LAUNCHER"],
        exported=True,
    )  # fmt: skip
    return made(
        package=HARMLESS, components=[main], key=HARMLESS_KEY, label="Notes", version_code=42, version_name="4.2",
        strings=[MARKER, *strings], files={"assets/synthetic.txt": MARKER.encode()},
    )  # fmt: skip
