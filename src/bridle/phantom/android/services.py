"""The dumps of all services, and the text that holds them one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bridle.phantom.android import activity, devices, network, packages, power_over, use
from bridle.phantom.android.phone import Phone, stamp
from bridle.phantom.android.story import Story

_RULE = "-" * 79


def dumps(phone: Phone, story: Story) -> Iterator[tuple[str, str]]:
    """Name and dump of each service, by name."""
    yield "accessibility", power_over.accessibility(story)
    yield "account", power_over.account(phone)
    yield "activity", activity.dump(phone, story)
    yield "adb", devices.adb(story)
    yield "alarm", use.alarms(phone)
    yield "appops", use.appops(phone, story)
    yield "audio", devices.audio(phone, story)
    yield "batterystats", use.batterystats(phone, story)
    yield "connectivity", network.connectivity(phone)
    yield "dbinfo", activity.databases(story)
    yield "device_policy", power_over.device_policy(story)
    yield "deviceidle", power_over.device_idle()
    yield "dropbox", activity.drop_box(phone, story)
    yield "fingerprint", network.fingerprints()
    yield "isms", network.messages(phone)
    yield "jobscheduler", network.jobs(phone, story)
    yield "location", devices.location(story)
    yield "lock_settings", power_over.lock_settings()
    yield "media.camera", devices.camera(story)
    yield "netstats", use.netstats(story)
    yield "notification", power_over.notification(phone, story)
    yield "package", packages.dump(story)
    yield "platform_compat", activity.compat()
    yield "power", use.power(phone)
    yield "procstats", use.procstats(phone, story)
    yield "role", power_over.role()
    yield "sensorservice", devices.sensors(phone)
    yield "settings", use.settings(phone, story)
    yield "telecom", network.telecom(phone)
    yield "telephony.registry", network.telephony(phone)
    yield "trust", power_over.trust(phone)
    yield "usagestats", use.usagestats(phone, story)
    yield "usb", devices.usb(phone, story)
    yield "user", power_over.user()


def text(phone: Phone, story: Story) -> str:
    """Each dump between its heading and its closing line."""
    parts = []
    for n, (name, dump) in enumerate(dumps(phone, story)):
        ended = stamp(phone.now + timedelta(seconds=20 + n))
        end = f"--------- 0.{n + 11:03}s was the duration of dumpsys {name}, ending at: {ended}"
        parts.append(f"{_RULE}\nDUMP OF SERVICE {name}:\n{dump}{end}\n")
    return "".join(parts)
