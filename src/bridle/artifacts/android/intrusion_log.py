"""intrusion logs: what apps looked up and connected to, and what the system's security log recorded.

Advanced Protection of Android 16 and later can keep them, end-to-end encrypted, for twelve months; the owner downloads
them from the settings into `Download/Intrusion Logging`. Each line of a text is one event:

    {"dns_event":{"event_time":1746979200000,"hostname":"example.org","ip_addresses":["/203.0.113.1"],
      "package_name":"com.example.app"}}
    {"security_event":{"event_id":7,"event_time":1746979202000000000,"adb_shell_cmd":{"command":"pm list packages"}}}

Times of look-ups and connections are in milliseconds, those of security events in nanoseconds since 1970; one that
cannot be in its unit is a gap. Every security event is a SecurityEvent, and once more a row of the table of its kind.
Private browsing is not left out of the logs.

Known limits: which app asked for what is the system's word; a look-up by an app that resolves names itself is not
there. Overlapping downloads hold the same event more than once, and all are kept. The form of the Android Management
API (`usageLogEvents`) is not read.

Sources: https://developer.android.com/reference/android/app/admin/SecurityLog ;
https://developers.google.com/android/management/reference/rest/v1/BatchUsageLogEvents ;
https://securitylab.amnesty.org/latest/2026/05/android-intrusion-logging-as-a-new-source-of-data-for-consensual-forensic-analysis/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import (
    Domain,
    FilePath,
    Gap,
    IpAddress,
    PackageName,
    ProcessName,
    Record,
    Sha256,
    SourceFile,
    Text,
    Utc,
    artifact,
    record,
)
from bridle.formats import json_lines, security_log
from bridle.formats import security_log_values as read
from bridle.formats.table import col, records, rest


@record(surface="network-user")
class DnsEvent(Record):
    """A look-up of a host's addresses."""

    time: Utc | None = col("event_time", read.milliseconds, doc="when it was looked up")
    hostname: Domain | None = col("hostname", read.given, doc="host", surface="look-up")
    ip_addresses: tuple[IpAddress, ...] | None = col(
        "ip_addresses",
        read.addresses,
        doc="its addresses in the answer, of which the log keeps some",
        surface="look-up",
    )
    ip_addresses_count: int | None = col("ip_addresses_count", doc="addresses in the answer")
    package_name: PackageName | None = col("package_name", read.given, doc="app that asked")
    event_id: int | None = col("event_id", doc="number of the event, as stored")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record(surface="network-user")
class ConnectEvent(Record):
    """A connection that was begun."""

    time: Utc | None = col("event_time", read.milliseconds, doc="when it was begun")
    ip_address: IpAddress | None = col("ip_address", read.address, doc="address connected to")
    host: str | None = col("ip_address", read.host, doc="name that stands before it, such as ip6-localhost")
    port: int | None = col("port", doc="port connected to")
    package_name: PackageName | None = col("package_name", read.given, doc="app that connected")
    event_id: int | None = col("event_id", doc="number of the event, as stored")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record
class SecurityEvent(Record):
    """An event of the security log, whatever its kind."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened")
    event_id: int | None = col("event_id", doc="number of the event; counts up from each boot, often only 0")
    tag: str | None = col("(tag)", doc="kind of event, as stored")
    tag_number: int | None = col("(number)", doc="number of the kind in SecurityLog, 210001 to 210046")
    payload: str | None = col("(payload)", doc="its values, as JSON")
    extra: str | None = rest(doc="keys beside these, as JSON")


@record
class AdbShell(Record):
    """A shell that a computer opened over adb, or a command it ran."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened")
    interactive: bool = col("(interactive)", doc="whether it is a shell without a command")
    command: Text | None = col("command", read.given, doc="the command; may be emptied by management")
    extra: str | None = rest(doc="values that no field maps, as JSON")


@record(surface="file-present")
class AdbSync(Record):
    """A file that a computer copied over adb."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened")
    direction: str = col("(direction)", doc="`to device` or `from device`")
    path: FilePath | None = col("path", read.given, doc="its path on the device")
    extra: str | None = rest(doc="values that no field maps, as JSON")


@record(surface="running-process")
class ProcessStart(Record):
    """A process of an app that started."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it was recorded")
    process_name: ProcessName | None = col("process", read.given, doc="process")
    package_name: PackageName | None = col(
        "(package)", doc="the process's name up to a colon; apps are named so unless they choose another name"
    )
    started: Utc | None = col("start_time", read.milliseconds, doc="when it started")
    uid: int | None = col("uid", doc="user it runs as")
    pid: int | None = col("pid", doc="process identifier")
    seinfo: str | None = col("seinfo", read.given, doc="SELinux tag of the app")
    sha256: Sha256 | None = col("sha256", read.given, doc="SHA-256 of the app's base APK", surface="installed-app")
    extra: str | None = rest(doc="values that no field maps, as JSON")


@record(surface="installed-app")
class PackageChange(Record):
    """An app that was installed, updated or removed."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened")
    change: str = col("(change)", doc="`installed`, `updated` or `uninstalled`")
    package_name: PackageName | None = col("package_name", read.given, doc="package")
    version_code: int | None = col("version_code", doc="its version, as a number")
    user: int | None = col("user_id", doc="user of the device, 0 is the owner")
    extra: str | None = rest(doc="values that no field maps, as JSON")


@record
class Keyguard(Record):
    """The screen was locked or unlocked, or somebody tried to unlock it."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened")
    event: str = col("(event)", doc="`secured`, `dismissed` or `attempt`")
    success: bool | None = col("success", read.truth, doc="whether the attempt unlocked it")
    method_strength: int | None = col("method_strength", doc="1 for a strong method (PIN, password), 0 for others")
    extra: str | None = rest(doc="values that no field maps, as JSON")


@record
class Boot(Record):
    """The system started or shut down."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened")
    event: str = col("(event)", doc="`startup` or `shutdown`")
    verified_boot_state: str | None = col(
        "boot_state", read.given, doc="green, yellow (own key) or orange (bootloader unlocked)"
    )
    dm_verity_mode: str | None = col("verity_mode", read.given, doc="enforcing, eio or disabled")
    extra: str | None = rest(doc="values that no field maps, as JSON")


@record
class Certificate(Record):
    """A root certificate that was added or removed, or a certificate that was refused."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened")
    event: str = col("(event)", doc="`installed`, `removed` or `refused`")
    success: bool | None = col("success", read.truth, doc="whether it was done")
    subject: Text | None = col("subject", read.given, doc="whom the certificate is for")
    reason: Text | None = col("reason", read.given, doc="why it was refused")
    user: int | None = col("target_user", doc="user of the device")
    extra: str | None = rest(doc="values that no field maps, as JSON")


@record
class Key(Record):
    """A key of the keystore that was made, imported, destroyed or found damaged."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened")
    event: str = col("(event)", doc="`generated`, `imported`, `destroyed` or `damaged`")
    success: bool | None = col("success", read.truth, doc="whether it was done")
    key_id: str | None = col("key_id", read.given, doc="name of the key")
    uid: int | None = col("uid", doc="user of the app it belongs to")
    extra: str | None = rest(doc="values that no field maps, as JSON")


@record
class Wireless(Record):
    """A connection by Wi-Fi or Bluetooth that began, failed or ended."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened")
    radio: str = col("(radio)", doc="`wifi` or `bluetooth`")
    event: str = col("(event)", doc="`connection` or `disconnection`")
    ssid: str | None = col("ssid", read.given, doc="name of the network, where it is kept")
    bssid: str | None = col("bssid", read.given, doc="address of the access point, parts of it may be left out")
    mac_address: str | None = col("addr", read.given, doc="address of the Bluetooth device")
    success: bool | None = col("success", read.truth, doc="whether it worked")
    event_type: str | None = col("event_type", read.shown, doc="how it went, where that is stored instead")
    reason: str | None = col("reason", read.shown, doc="why it failed or ended")
    extra: str | None = rest(doc="values that no field maps, as JSON")


@record(surface="file-present")
class Media(Record):
    """A storage medium that was mounted or removed."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened")
    event: str = col("(event)", doc="`mounted` or `unmounted`")
    path: FilePath | None = col("path", read.given, doc="where it is mounted")
    label: str | None = col("label", read.given, doc="its label")
    extra: str | None = rest(doc="values that no field maps, as JSON")


@record
class Policy(Record):
    """What a device administrator set, forbade or did."""

    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened")
    event: str = col("(event)", doc="kind of event, as stored")
    package_name: PackageName | None = col("package", read.given, doc="app of the administrator")
    admin_user: int | None = col("admin_user", doc="user it runs as")
    target_user: int | None = col("target_user", doc="user it is about")
    restriction: str | None = col("restriction", read.shown, doc="what is forbidden")
    values: str | None = rest(doc="what was set, as JSON")


@record
class Other(Record):
    """An event of a kind that has no table, or that is not known."""

    kind: str = col("(kind)", doc="kind of event, as stored")
    time: Utc | None = col("event_time", read.nanoseconds, doc="when it happened, for a security event")
    payload: Text | None = col("(payload)", doc="its values, as JSON")


_Typed = (
    AdbShell | AdbSync | ProcessStart | PackageChange | Keyguard | Boot | Certificate | Key | Wireless | Media | Policy
)
_TYPED: Mapping[str, tuple[type[_Typed], Mapping[str, Any]]] = {
    "adb_shell_interactive": (AdbShell, {"(interactive)": True}),
    "adb_shell_cmd": (AdbShell, {"(interactive)": False}),
    "adb_sync_recv_file": (AdbSync, {"(direction)": "from device"}),
    "adb_sync_send_file": (AdbSync, {"(direction)": "to device"}),
    "app_process_start": (ProcessStart, {}),
    "package_installed": (PackageChange, {"(change)": "installed"}),
    "package_updated": (PackageChange, {"(change)": "updated"}),
    "package_uninstalled": (PackageChange, {"(change)": "uninstalled"}),
    "keyguard_dismissed": (Keyguard, {"(event)": "dismissed"}),
    "keyguard_dismiss_auth_attempt": (Keyguard, {"(event)": "attempt"}),
    "keyguard_secured": (Keyguard, {"(event)": "secured"}),
    "os_startup": (Boot, {"(event)": "startup"}),
    "os_shutdown": (Boot, {"(event)": "shutdown"}),
    "cert_authority_installed": (Certificate, {"(event)": "installed"}),
    "cert_authority_removed": (Certificate, {"(event)": "removed"}),
    "cert_validation_failure": (Certificate, {"(event)": "refused"}),
    "key_generated": (Key, {"(event)": "generated"}),
    "key_imported": (Key, {"(event)": "imported"}),
    "key_destruction": (Key, {"(event)": "destroyed"}),
    "key_integrity_violation": (Key, {"(event)": "damaged"}),
    "wifi_connection": (Wireless, {"(radio)": "wifi", "(event)": "connection"}),
    "wifi_disconnection": (Wireless, {"(radio)": "wifi", "(event)": "disconnection"}),
    "bluetooth_connection": (Wireless, {"(radio)": "bluetooth", "(event)": "connection"}),
    "bluetooth_disconnection": (Wireless, {"(radio)": "bluetooth", "(event)": "disconnection"}),
    "media_mounted": (Media, {"(event)": "mounted"}),
    "media_unmounted": (Media, {"(event)": "unmounted"}),
}
_NETWORK: Mapping[str, type[DnsEvent | ConnectEvent]] = {"dns_event": DnsEvent, "connect_event": ConnectEvent}
_ABOUT = ("event_id", "event_time")
_BEYOND_POLICY = frozenset(
    {
        "logging_started", "logging_stopped", "log_buffer_size_critical", "wipe_failure", "crypto_self_test_completed",
        "password_changed", "nfc_enabled", "nfc_disabled",
    }
)  # fmt: skip
"""Events without values of an administrator and without a table: each is a row of Other."""
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+")
_HEX = re.compile(r"[0-9A-Fa-f]{64}")
_Row = DnsEvent | ConnectEvent | SecurityEvent | _Typed | Other


@artifact(
    "/**/intrusion_logs/**/*.txt",
    "/**/intrusion_logs/**/*.json",
    "/**/intrusion_logs/**/*.jsonl",
    "/**/intrusion-logs/**/*.txt",
    "/**/Intrusion Logging/**/*.txt",
)
def intrusion_log(file: SourceFile) -> Iterator[_Row | Gap]:
    with file.open() as stored:
        for found in json_lines.objects(stored):
            if isinstance(found, Gap):
                yield found
                continue
            place, line = found
            if isinstance(line, str):
                yield Gap(locator=place, reason=f"expected an event as a JSON object, got {line!a:.60}")
            else:
                yield from _events(place, line)


def _events(place: str, line: Mapping[str, Any]) -> Iterator[_Row | Gap]:
    """What one line holds: one event, unless a writer put several into it."""
    if not line:
        yield Gap(locator=place, reason="expected an event, got an empty object")
    for number, (kind, event) in enumerate(line.items()):
        at = f"{place}, event {number + 1}" if number else place
        if not isinstance(event, dict):
            yield Gap(locator=at, reason=f"expected values of {kind!a:.40}, got {event!a:.60}")
        elif kind in _NETWORK:
            yield from records([(at, event)], _NETWORK[kind])
        elif kind == "security_event":
            yield from _security(at, event)
        else:
            yield Other(locator=at, kind=json_lines.shown(kind)[:200], time=None, payload=_json(event))


def _security(place: str, event: Mapping[str, Any]) -> Iterator[_Row | Gap]:
    about = {k: event[k] for k in _ABOUT if k in event}
    tags = [k for k, v in event.items() if k not in _ABOUT and isinstance(v, dict)]
    more = {k: v for k, v in event.items() if k not in _ABOUT and k not in tags}
    if not tags:
        known = [k for k in more if security_log.ALIASES.get(k, k) in security_log.TAGS]
        tags, more = known[:1], {k: v for k, v in more.items() if k not in known[:1]}
    for number, tag in enumerate(tags or [None]):
        at = f"{place}.{number + 1}" if number else place
        payload = event[tag] if tag is not None else None
        name = security_log.ALIASES.get(tag, tag) if tag is not None else None
        known_tag = security_log.TAGS.get(name or "")
        row = about | (more if not number else {})
        yield from records(
            [(at, row | {"(tag)": tag, "(number)": known_tag[0] if known_tag else None, "(payload)": _json(payload)})],
            SecurityEvent,
        )
        yield from _typed(at, tag, name, about, payload)


def _typed(
    place: str, tag: str | None, name: str | None, about: Mapping[str, Any], payload: Any
) -> Iterator[_Row | Gap]:
    """The event once more, in the table of its kind. Its time was judged with the SecurityEvent."""
    if tag is None or name is None:
        yield Gap(locator=f"{place}.kind", reason="expected a security event of some kind, got none")
        return
    time = {k: v for k, v in about.items() if k == "event_time" and _is_time(v)}
    at = f"{place}:{json_lines.shown(tag)[:200]}"
    if name not in security_log.TAGS or name in _BEYOND_POLICY:
        yield from records([(at, {**time, "(kind)": tag, "(payload)": _json(payload)})], Other)
        return
    cls, fixed = _TYPED.get(name, (Policy, {"(event)": tag}))
    if payload is not None and not isinstance(payload, dict):
        yield Gap(locator=f"{at}.values", reason=f"expected values of {tag!a:.40}, got {payload!a:.60}")
        payload = {}
    values = security_log.named(name, payload or {})
    if cls is ProcessStart:
        fixed = {"(package)": _package(values.get("process"))}
        values.setdefault(
            "sha256", next((v for v in values.values() if isinstance(v, str) and _HEX.fullmatch(v)), None)
        )
    yield from records([(at, {**values, **time, **fixed})], cls)


def _is_time(value: object) -> bool:
    try:
        return read.nanoseconds(value) is not None
    except ValueError:
        return False


def _package(process: object) -> str | None:
    name = process.partition(":")[0] if isinstance(process, str) else ""
    return name if _PACKAGE.fullmatch(name) else None


def _json(payload: Any) -> str | None:
    return json.dumps(payload, sort_keys=True) if payload is not None else None
