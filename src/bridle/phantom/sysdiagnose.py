"""A sysdiagnose: the tar.gz of logs and lists that a person makes with the buttons of an iPhone."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from bridle.phantom import MARKER, crashes, install_log, power, running, system_log
from bridle.phantom.attack import Attack
from bridle.phantom.entry import Entry
from bridle.phantom.file_system import device_path
from bridle.phantom.itunes_backup import serial, udid
from bridle.phantom.life import Life, guid
from bridle.phantom.running import BUILD, MODEL, VERSION, collected

_GROUPS = "/private/var/containers/Shared/SystemGroup"
_COPIED = (
    (r"/private/var/db/diagnostics/(shutdown.*|logdata.*)", "system_logs.logarchive/Extra/"),
    (r"/private/var/db/diagnostics/(.*)", "system_logs.logarchive/"),
    (r"/private/var/db/uuidtext/(.*)", "system_logs.logarchive/"),
    (r"/private/var/mobile/Library/Logs/CrashReporter/(.*)", "crashes_and_spins/"),
    (r"/private/var/mobile/Library/TCC/(TCC\.db)", "logs/Accessibility/"),
    (r"/private/var/installd/Library/Logs/MobileInstallation/(.*)", "logs/MobileInstallation/"),
    (rf"{_GROUPS}/systemgroup\.com\.apple\.configurationprofiles/Library/ConfigurationProfiles/(.*)",
     "logs/MCState/Shared/"),
    (rf"{_GROUPS}/systemgroup\.com\.apple\.powerlog/Library/BatteryLife/Archives/(.*)", "logs/powerlogs/"),
    (r"/private/var/preferences/(com\.apple\.networkextension\.plist)", "logs/Networking/"),
    (r"/private/var/preferences/(com\.apple\.wifi\.known-networks\.plist)", "WiFi/"),
)  # fmt: skip
"""Device paths of what a sysdiagnose copies, and the folder it copies them to."""

_WIFI = "Network\n    Interface en0:\n        Address : 192.0.2.7\n        DNS     = 192.0.2.1\n"


def top(life: Life) -> str:
    """Name of its one folder."""
    return f"sysdiagnose_{collected(life):%Y.%m.%d_%H-%M-%S}+0000_iPhone-OS_iPhone_{BUILD}"


def files(life: Life, attack: Attack | None) -> Iterator[tuple[str, datetime, bytes]]:
    """Device path, time and content of what it shares with a file system and no backup has."""
    yield from system_log.files(life, attack)
    for name, time, content in crashes.reports(life, attack):
        yield f"{crashes.FOLDER}/{name}", time, content
    yield f"{power.ARCHIVE}/{power.name(life)}", collected(life), power.archive(life, attack)
    yield install_log.PATH, life.backup, install_log.content(life)


def write(life: Life, attack: Attack | None, entries: Sequence[Entry], out: Path) -> None:
    """Write the archive to the new file `out`."""
    shared = [*files(life, attack), *((device_path(e), e.modified, e.content) for e in entries)]
    found = {place: (time, content) for path, time, content in shared if (place := _place(path)) is not None}
    found |= {name: (collected(life), text.encode()) for name, text in _lists(life, attack).items()}
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        out.open("xb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name in sorted(found):
            time, content = found[name]
            member = tarfile.TarInfo(f"{top(life)}/{name}")
            member.size, member.mtime, member.mode = len(content), int(time.timestamp()), 0o644
            member.uid = member.gid = 501
            tar.addfile(member, io.BytesIO(content))


def _place(path: str) -> str | None:
    """Where a sysdiagnose puts a file of the device; None for one that it does not copy."""
    for pattern, folder in _COPIED:
        if match := re.fullmatch(pattern, path):
            return folder + match[1]
    return None


def _lists(life: Life, attack: Attack | None) -> dict[str, str]:
    """What its tools wrote."""
    present = running.running(life, attack)
    return {
        "sysdiagnose.log": _log(life, present[-1].pid),
        "remotectl_dumpstate.txt": _remotectl(life),
        "ps.txt": running.ps(life, present),
        "ps_thread.txt": running.ps_thread(life, present),
        "taskinfo.txt": running.taskinfo(life, present),
        "spindump-nosymbols.txt": running.spindump(life, present),
        "summaries/crashes_and_spins.log": crashes.summary(life, attack),
        "WiFi/wifi_scan.txt": _scan(life),
        "WiFi/wifi_status.txt": _WIFI,
    }


def _log(life: Life, pid: int) -> str:
    now, writes = collected(life), f"sysdiagnose[{pid}:1a2b] <Notice>:"
    archive = f"{crashes.FOLDER}/DiagnosticLogs/sysdiagnose/{top(life)}.tar.gz"
    said = (f"{MARKER}: made by bridle phantom", "Starting spindump", f"Output available at {archive}")
    return "".join(f"{now:%Y-%m-%d %H:%M:%S}.{n}23 +0000 {writes} {line}\n" for n, line in enumerate(said, 1))


def _remotectl(life: Life) -> str:
    facts = {
        "OSVersion": VERSION, "BuildVersion": BUILD, "ProductType": MODEL, "DeviceClass": "iPhone",
        "SerialNumber": serial(life), "UniqueDeviceID": udid(life),
    }  # fmt: skip
    properties = "".join(f"\t\t{key} => {value}\n" for key, value in facts.items())
    return (
        f"Local device\n\tUUID: {guid(life.random('remotectl'))}\n\tMessaging Protocol Version: 3\n"
        f"\tProduct Type: {MODEL}\n\tOS Build: {VERSION} ({BUILD})\n\tProperties: {{\n{properties}\t}}\n"
        "\tServices:\n\t\tcom.apple.sysdiagnose.remote\n\t\tcom.apple.crashreportcopymobile.shim.remote\n"
    )


def _scan(life: Life) -> str:
    random, text = life.random("scan"), "total=3, 5GHz(Active)=1\n"
    for name in ("Campus", "Home", "Guest"):
        channel = f"[{random.choice((1, 6, 11))} (flags=0xA, 2GHz, 20MHz)]"
        text += (
            f"'{name}' ({name.encode().hex()}), bssid=<redacted>, channel={channel}, cc=GB, phy=n (0x10),"
            f" rssi=-{random.randrange(30, 80)}, rsn=(null), wpa=(null), wep=no, age=0ms\n"
        )
    return text
