"""A sysdiagnose: iOS's own collection of logs, as `tar.gz`, other archive or folder.

Its copies of files that live elsewhere on the device go home, so that one parser reads them wherever they were found:
unified logs and their strings, shutdown logs, crash reports, TCC.db, logs and databases of installation, network
settings. The rest lies below `/sysdiagnose`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from bridle.evidence.acquisition import Acquisition, Describe
from bridle.evidence.archive import Container
from bridle.evidence.probe import Probe
from bridle.evidence.source import marked

_MARKS = (
    "sysdiagnose.log", "system_logs.logarchive/", "remotectl_dumpstate.txt", "spindump-nosymbols.txt",
    "crashes_and_spins/", "logs/powerlogs/",
)  # fmt: skip
"""Names at the top of every sysdiagnose since iOS 12; no other acquisition has them there."""
_LOGS = "/private/var/db/diagnostics/"
_GROUPS = "/private/var/containers/Shared/SystemGroup"
_HOME = (
    (re.compile(r"system_logs\.logarchive/Extra/(shutdown[^/]*\.log|logdata\.statistics[^/]*)"), _LOGS),
    (re.compile(r"system_logs\.logarchive/((?:Persist|Special|Signpost|HighVolume|timesync)/.*)", re.DOTALL), _LOGS),
    (re.compile(r"system_logs\.logarchive/([^/]+\.tracev3|logdata\.statistics[^/]*|logd\.[^/]*\.log)"), _LOGS),
    (re.compile(r"system_logs\.logarchive/((?:[0-9A-F]{2}|dsc)/[^/]+)"), "/private/var/db/uuidtext/"),
    (re.compile(r"crashes_and_spins(?:/(.*))?", re.DOTALL), "/private/var/mobile/Library/Logs/CrashReporter/"),
    (re.compile(r"logs/Accessibility/(TCC\.db(?:-wal|-shm|-journal)?)"), "/private/var/mobile/Library/TCC/"),
    (re.compile(r"logs/MobileInstallation/([^/]+)"), "/private/var/installd/Library/Logs/MobileInstallation/"),
    (re.compile(r"logs/MobileContainerManager/([^/]+)"), "/private/var/root/Library/Logs/MobileContainerManager/"),
    (
        re.compile(r"logs/MobileActivation/(mobileactivationd[^/]+)"),
        "/private/var/mobile/Library/Logs/mobileactivationd/",
    ),
    (re.compile(r"logs/MobileLockdown/(lockdownd[^/]+)"), "/private/var/logs/"),
    (re.compile(r"logs/Networking/(com\.apple\.networkextension[^/]*)"), "/private/var/preferences/"),
    (re.compile(r"WiFi/(com\.apple\.wifi[^/]*\.plist)"), "/private/var/preferences/"),
    (
        re.compile(r"logs/itunesstored/([^/]+\.sqlitedb(?:-wal|-shm|-journal)?)"),
        "/private/var/mobile/Library/com.apple.itunesstored/",
    ),
    (
        re.compile(r"logs/appinstallation/([^/]+\.sqlitedb(?:-wal|-shm|-journal)?)"),
        "/private/var/mobile/Library/com.apple.appstored/",
    ),
    (
        re.compile(r"logs/MCState/Shared/(.+)", re.DOTALL),
        f"{_GROUPS}/systemgroup.com.apple.configurationprofiles/Library/ConfigurationProfiles/",
    ),
    (re.compile(r"logs/MCState/User/(.+)", re.DOTALL), "/private/var/mobile/Library/UserConfigurationProfiles/"),
    (
        re.compile(r"logs/powerlogs/(.+\.PLSQL(?:\.gz|-wal|-shm|-journal)?)", re.DOTALL),
        f"{_GROUPS}/systemgroup.com.apple.powerlog/Library/BatteryLife/Archives/",
    ),
)
"""Copies of files that have a place on the device, and the folder they belong to."""
_FACTS = {
    "product_type": "ProductType", "os_version": "OSVersion", "build": "BuildVersion", "serial_number": "SerialNumber",
    "udid": "UniqueDeviceID",
}  # fmt: skip
_COLLECTED = re.compile(r"(?:IN_PROGRESS_)?sysdiagnose_\d{4}\.\d\d\.\d\d_\d\d-\d\d-\d\d([+-]\d{4})_")


class Sysdiagnose(Acquisition):
    """One sysdiagnose. A second one beside it is listed under its own name and reported."""

    kind: ClassVar[str] = "sysdiagnose"
    _platform: ClassVar[str] = "ios"

    def __init__(self, container: Container, label: str, root: str = "") -> None:
        super().__init__(container, label)
        self._root = root
        self._others: set[str] = set()
        if zone := _COLLECTED.match(root):
            self.facts["utc_offset"] = zone[1]

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By the names at the top, or below one folder."""
        return probe.form != "file" and bool(_roots(probe.names))

    @classmethod
    def of(cls, probe: Probe, *, password: object, label: str | None) -> Sysdiagnose:  # noqa: ARG003 - never encrypted
        found = _roots(probe.names)
        return cls(probe.container, probe.label(label), max(sorted(found), key=lambda r: found[r], default=""))

    def place(self, path: str) -> str:
        if self._root:
            top, _, below = path.partition("/")
            if top != self._root:
                self._outside(top)
                return f"/sysdiagnose/{path}"
            path = below
        for pattern, home in _HOME:
            if match := pattern.fullmatch(path):
                return (home + (match[1] or "")).rstrip("/")
        return f"/sysdiagnose/{path}".rstrip("/")

    def _outside(self, top: str) -> None:
        if top in self._others or top == "__MACOSX" or top.startswith("._") or len(self._others) > 10:
            return
        self._others.add(top)
        self.notes.append(
            f"Beside the folder {self._root[:100]} there is {top[:100]}, which is only listed."
            " Unpack it and give it as a source of its own."
        )

    def describing(self) -> Mapping[str, Describe]:
        return {"/sysdiagnose/remotectl_dumpstate.txt": _facts}


def _roots(names: frozenset[str]) -> dict[str, int]:
    """Folders (`` for the top itself) that hold a sysdiagnose, with the number of its marks in each."""
    found: dict[str, set[str]] = {}
    for name in names:
        top, _, below = name.partition("/")
        for root, rest in (("", name), (top, below)):
            for mark in _MARKS:
                if rest == mark or (mark.endswith("/") and rest.startswith(mark)):
                    found.setdefault(root, set()).add(mark)
    return {"": len(found[""])} if "" in found else {root: len(marks) for root, marks in found.items()}


def _facts(text: bytes) -> dict[str, str]:
    """Of the first device in the text, which is the phone itself; paired ones follow."""
    shown = text.decode("utf-8", "replace")
    pairs = {name: re.search(rf"^\s*{key} => (\S.{{0,80}})$", shown, re.MULTILINE) for name, key in _FACTS.items()}
    return marked({name: match[1].strip() for name, match in pairs.items() if match})
