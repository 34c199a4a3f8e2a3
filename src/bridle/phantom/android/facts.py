"""What the phone says of itself: properties, mounts, places of the security log, and how it was shut down."""

from __future__ import annotations

import json
from datetime import timedelta

from bridle.phantom import MARKER
from bridle.phantom.android.phone import (
    ANDROID,
    API,
    BRAND,
    BUILD,
    DEVICE,
    FINGERPRINT,
    MANUFACTURER,
    MODEL,
    PATCH,
    ZONE,
    Phone,
    local,
    milliseconds,
    precise,
)
from bridle.phantom.android.story import Mount, Story

_MOUNTS = (
    Mount(device="/dev/block/dm-0", point="/", kind="ext4", options="ro,seclabel,relatime"),
    Mount(device="/dev/block/dm-1", point="/vendor", kind="ext4", options="ro,seclabel,relatime"),
    Mount(device="tmpfs", point="/dev", kind="tmpfs", options="rw,seclabel,nosuid,relatime"),
    Mount(device="/dev/block/dm-9", point="/data", kind="f2fs", options="rw,seclabel,nosuid,nodev,noatime"),
    Mount(device="/dev/fuse", point="/storage/emulated", kind="fuse", options="rw,nosuid,nodev,noexec,noatime"),
)


def properties(phone: Phone, story: Story) -> str:
    """As getprop prints them."""
    found = {
        "persist.sys.timezone": ZONE, "ro.boot.flash.locked": "1", "ro.bootloader": MARKER,
        "ro.boot.serialno": phone.serial,
        "ro.boot.vbmeta.device_state": "locked", "ro.boot.verifiedbootstate": "green",
        "ro.boot.veritymode": "enforcing", "ro.build.characteristics": "default", "ro.build.display.id": BUILD,
        "ro.build.fingerprint": FINGERPRINT, "ro.build.id": BUILD, "ro.build.tags": "release-keys",
        "ro.build.type": "user", "ro.build.version.release": ANDROID, "ro.build.version.sdk": str(API),
        "ro.build.version.security_patch": PATCH, "ro.com.google.gmsversion": "14_202404",
        "ro.crypto.state": "encrypted",
        "ro.debuggable": "0", "ro.product.brand": BRAND, "ro.product.cpu.abi": "arm64-v8a", "ro.product.device": DEVICE,
        "ro.product.manufacturer": MANUFACTURER, "ro.product.model": MODEL, "ro.secure": "1",
        "ro.serialno": phone.serial, "sys.boot_completed": "1", "sys.usb.state": "adb", **dict(story.properties),
    }  # fmt: skip
    return "".join(f"[{key}]: [{value}]\n" for key, value in sorted(found.items()))


def mounts(story: Story) -> tuple[Mount, ...]:
    """What is mounted where; what the story mounts anew takes the place of what was there."""
    return (*_MOUNTS, *story.mounts)


def mountinfo(story: Story) -> str:
    """/proc/PID/mountinfo."""
    lines = [
        f"{20 + n} 1 253:{n} / {m.point} {m.options.partition(',')[0]},relatime shared:{n + 1} - {m.kind} {m.device}"
        f" {m.options}"
        for n, m in enumerate(mounts(story))
    ]
    return "\n".join(lines) + "\n"


def shutdown(phone: Phone) -> str:
    """A file of shutdown-checkpoints: why the phone was last started again."""
    at = phone.boot - timedelta(seconds=41)
    return (
        f"Shutdown request from BINDER for reason userrequested at {precise(at)} CEST (epoch={milliseconds(at)})\n"
        "com.android.server.power.PowerManagerService.reboot\nFrom process com.android.systemui (pid=1497)\n\n"
    )


def shutdown_path(phone: Phone) -> str:
    """Where it lies."""
    return f"/data/system/shutdown-checkpoints/checkpoints-{milliseconds(phone.boot)}"


_BEFORE = 4_211
"""Number of the first event of the security log, which begins again at 0 each time the phone is started."""


def security_log(story: Story) -> str:
    """The intrusion log: what apps looked up and connected to, and what the system recorded, each numbered."""
    rows: list[tuple[float, dict[str, object]]] = []
    for c in story.contacts:
        time, address = milliseconds(c.time), f"/{c.address}"
        looked = {"event_time": time, "package_name": c.package, "hostname": c.host, "ip_addresses": [address],
                  "ip_addresses_count": 1}  # fmt: skip
        met = {"event_time": time + 40, "ip_address": address, "port": c.port, "package_name": c.package}
        rows += [(time, {"dns_event": looked}), (time + 40, {"connect_event": met})]
    for s in story.security:
        time = milliseconds(s.time)
        rows.append((time, {"security_event": {"event_time": time * 10**6, s.tag: s.values}}))
    lines, next_of = [], {"security_event": _BEFORE, "network": 0}
    for _, row in sorted(rows, key=lambda r: r[0]):
        ((kind, values),) = row.items()
        assert isinstance(values, dict)
        log = kind if kind in next_of else "network"
        number = 0 if "os_startup" in values else next_of[log]
        next_of[log] = number + 1
        lines.append(json.dumps({kind: {"event_id": number, **values}}, separators=(",", ":")))
    return "\n".join(lines) + "\n"


def header(phone: Phone) -> str:
    """The first lines of a report."""
    bar = "=" * 56
    up = phone.now - phone.boot
    return (
        f"{bar}\n== dumpstate: {local(phone.now):%Y-%m-%d %H:%M:%S}\n{bar}\n\nBuild: {BUILD}\n"
        f"Build fingerprint: '{FINGERPRINT}'\nBootloader: {MARKER}\nRadio: synthetic-1.0\n"
        "Network: (unknown)\nModule Metadata version: 340818022\nSDK extensions: [ad_services=7, r=7]\n"
        "Kernel: Linux version 5.15.110-android14-11 (build@host) #1 SMP PREEMPT\n"
        f"Command line: console=null androidboot.verifiedbootstate=green androidboot.serialno={phone.serial} quiet\n"
        f"Uptime: up 0 weeks, {up.days} days, {up.seconds // 3600} hours, {up.seconds % 3600 // 60} minutes\n"
        "Bugreport format version: 2.0\nDumpstate info: id=2 pid=4242 dry_run=0 args=/system/bin/dumpstate -S -d\n\n"
    )
