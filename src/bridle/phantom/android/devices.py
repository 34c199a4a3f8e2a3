"""Services of what is at the phone and in it: cables, computers, cameras, sounds, places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bridle.phantom.android.phone import Phone, local, milliseconds, short, span
from bridle.phantom.android.story import Access, Plugged, Story, pid


def usb(phone: Phone, story: Story) -> str:
    """dumpsys usb: how often a device was plugged in, and when, if one was."""
    lines = ["USB MANAGER STATE (dumpsys usb):", "{", "  device_manager={", "    handler={",
             "      current_functions=[", "        ADB", "      ]", "      connected=true", "    }", "  }",
             "  host_manager={"]  # fmt: skip
    devices = sorted((p for p in story.plugged if p.time > phone.boot), key=lambda p: p.time)
    lines.append(f"    num_connects={len(devices)}")
    if devices:
        lines += ["    connections=[", *(line for n, p in enumerate(devices, 2) for line in _plugged(n, p)), "    ]"]
    return "\n".join([*lines, "  }", "}"]) + "\n"


def _plugged(number: int, device: Plugged) -> Iterator[str]:
    address, gone = f"/dev/bus/usb/001/{number:03}", device.time + timedelta(seconds=device.seconds)
    yield from ("      {", f"        device_address={address}", "        mode=0",
                f"        timestamp={milliseconds(device.time)}", f"        manufacturer={device.vendor}",
                f"        product={device.product}", "        is_headset={", "          in=false",
                "          out=false", "        }", "      }")  # fmt: skip
    yield from ("      {", f"        device_address={address}", "        mode=-1",
                f"        timestamp={milliseconds(gone)}", "      }")  # fmt: skip


def adb(story: Story) -> str:
    """dumpsys adb."""
    lines = ["ADB MANAGER STATE (dumpsys adb):", "{", "  debugging_manager={", "    connected_to_adb=true"]
    last = max(story.computers, key=lambda c: c.time)
    lines.append(f"    last_key_received={last.name}")
    lines += ["    user_keys=" + "\n".join(f"{c.key} {c.name}" for c in story.computers), ""]
    lines += ["    keystore=<?xml version='1.0' encoding='utf-8' standalone='yes' ?>", '    <keyStore version="1">']
    lines += [f'    <adbKey key="{c.key} {c.name}" lastConnection="{milliseconds(c.time)}" />' for c in story.computers]
    return "\n".join([*lines, "    </keyStore>", "    adb_wifi={", "      enabled=false", "    }", "  }", "}"]) + "\n"


def audio(phone: Phone, story: Story) -> str:
    """dumpsys audio: its log of recordings."""
    lines = ["RecordActivityMonitor dump time: " + f"{local(phone.now):%H:%M:%S}", "",
             "Audio event log: recording activity received by AudioService"]  # fmt: skip
    for access in _of(story, "RECORD_AUDIO"):
        end = access.time + timedelta(seconds=access.seconds)
        for time, what in ((access.time, "start"), (end, "stop")):
            lines.append(
                f"{_tick(time)} rec {what} riid:15 uid:{access.uid} session:9 src:MIC not silenced"
                f" pack:{access.package}"
            )
    return "\n".join(lines) + "\n"


def _tick(time: datetime) -> str:
    return short(time).replace(".", ":")


def _of(story: Story, op: str) -> list[Access]:
    return sorted((a for a in story.accesses if a.op == op), key=lambda a: a.time)


def camera(story: Story) -> str:
    """dumpsys media.camera: its log of uses, the latest first."""
    lines = ["", "== Service global info: ==", "", "Number of camera devices: 2", "Active Camera Clients:", "[",
             "]", "Allowed user IDs: 0", "", "== Camera service events log (most recent at top): =="]  # fmt: skip
    for access in reversed(_of(story, "CAMERA")):
        end = access.time + timedelta(seconds=access.seconds)
        for time, what in ((end, "DISCONNECT"), (access.time, "CONNECT")):
            lines.append(
                f"  {local(time):%m-%d %H:%M:%S} : {what} device 0 client for package {access.package}"
                f" (PID {pid(access.uid)})"
            )
    return (
        "\n".join([*lines, "", "== Camera device 0 dynamic info: ==", "  Device 0 is closed, no client instance"])
        + "\n"
    )


def location(story: Story) -> str:
    """dumpsys location: who asked for the place."""
    used = [a for a in story.accesses if a.op.endswith("_LOCATION")]
    lines = ["Location Manager State:", "  User Info:", "    current users: [0]",
             "  Historical Aggregate Location Provider Data:", "    gps:"]  # fmt: skip
    lines += [
        f"      {a.uid}/{a.package}: min/max interval = +5s0ms/+1m0s0ms, total/active/foreground duration ="
        f" +{span(timedelta(seconds=a.seconds))}/+{span(timedelta(seconds=a.seconds))}/"
        f"{'0' if a.state == 'bg' else '+1s0ms'}, locations = 12"
        for a in used
    ]
    lines += ["  Event Log:"]
    lines += [
        f"    {short(a.time)}: gps provider +registration {a.uid}/{a.package} -> Request[@+5s0ms HIGH_ACCURACY]"
        for a in sorted(used, key=lambda a: a.time, reverse=True)
    ]
    return "\n".join(lines) + "\n"


def sensors(phone: Phone) -> str:
    """dumpsys sensorservice: previous registrations."""
    lines = [f"Captured at: {local(phone.now):%H:%M:%S}.932", "0 active connections", "Previous Registrations:"]
    for n in range(4):
        time = local(phone.now - timedelta(minutes=n))
        lines.append(
            f"{time:%H:%M:%S} + 0x00000007 pid= 1500 uid= 1000 package=com.android.server.display"
            " samplingPeriod=250000us batchingPeriod=0us"
        )
    return "\n".join(lines) + "\n"
