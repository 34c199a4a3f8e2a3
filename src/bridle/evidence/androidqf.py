"""An AndroidQF or Bugbane acquisition: a folder, a zip with or without a top folder, or either under age encryption.

What the tool pulled from the phone goes where it lay there: `logs/<path>`, `tmp/…` (the folder of temporary files),
intrusion logs. The backup inside is opened below `/androidqf/backup`, the bugreport where a bugreport's members belong,
further ones below `/bugreports`. All else lies below `/androidqf`. An `.age` archive is decrypted while it is read.

A password file may hold an age identity on one line and the backup's password on another.

Source: https://github.com/mvt-project/androidqf (output folder), https://github.com/osservatorionessuno/bugbane
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, ClassVar

from bridle.core import FormatError
from bridle.evidence import age, hash_list
from bridle.evidence.acquisition import Acquisition, Describe, member_of
from bridle.evidence.archive import Container, DecryptedBytes, Entry
from bridle.evidence.bugreport_content import Report, facts_of, report_in
from bridle.evidence.dumpstate import Sections
from bridle.evidence.file_system import build_properties
from bridle.evidence.further_reports import FurtherReports, is_bugreport
from bridle.evidence.inner_backup import InnerBackup
from bridle.evidence.intrusion_logs import NestedLogs
from bridle.evidence.probe import Probe, heads, shallow
from bridle.evidence.secret import Password, as_text, erase
from bridle.evidence.source import Member, NeedsPasswordError, SourceError, State, Wanted, marked
from bridle.evidence.zip import ZipArchive
from bridle.formats.written import zoned

_MARKS = frozenset({"acquisition.json", "getprop.txt", "packages.json", "packages.pb", "backup.ab", "sms_backup.ab"})
"""Any one of these at the top names an AndroidQF folder; no bugreport, backup or file system has them there."""
_BACKUPS = ("backup.ab", "sms_backup.ab")
_PULLED = ("data/", "proc/", "sys/", "sdcard/", "storage/", "mnt/", "cache/", "system/", "vendor/")
"""How a device's path begins below `logs/`; what a tool puts there without its path stays where it is."""
_HOMES = {
    "init_scripts/": "/system/etc/init.d/",
    "apex/files/": "/",
    "intrusion_logs/": "/intrusion_logs/",
    "intrusion-logs/": "/intrusion_logs/",
    "browser_history/com.android.chrome/": "/data/data/com.android.chrome/app_chrome/",
    "browser_history/com.brave.browser/": "/data/data/com.brave.browser/app_chrome/",
    "browser_history/com.microsoft.emmx/": "/data/data/com.microsoft.emmx/app_chrome/",
    "browser_history/com.sec.android.app.sbrowser/": "/data/data/com.sec.android.app.sbrowser/app_sbrowser/",
}
_TEMPORARY = "/data/local/tmp/"
_ABOUT = 1 << 20
_FOLDER = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}){1,9}/?")
_SERIAL = re.compile(r"^\[ro(?:\.boot)?\.serialno\]: \[([^\]\r\n]{1,80})\]\r?$", re.MULTILINE)


class AndroidQF(Acquisition):
    """One acquisition by AndroidQF or a tool that writes the same folder."""

    kind: ClassVar[str] = "androidqf"
    _platform: ClassVar[str] = "android"

    def __init__(
        self, container: Container, label: str, root: str, password: Password, left_out: int | None = None
    ) -> None:
        super().__init__(container, label)
        self._root, self._left_out = root, left_out
        self._homes = dict(_HOMES)
        self._about = _about(container, f"{root}acquisition.json")
        self._homes["tmp/"] = _folder(self._about.get("tmp_dir"))
        self._report: Report | None = None
        self._sections = Sections()
        self._further = FurtherReports(self._sections)
        self._backup = InnerBackup("/androidqf/backup", password)
        self._logs = NestedLogs()
        self.facts = _facts(self._about)

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By its own files at the top or below one folder; what age encrypts is taken for one and looked at later."""
        return is_age(probe) or (probe.form in ("folder", "zip") and _root(probe.names) is not None)

    @classmethod
    def of(cls, probe: Probe, *, password: Password, label: str | None) -> AndroidQF:
        container, left_out = _decrypted(probe, password) if is_age(probe) else (probe.container, None)
        try:
            root = _root(shallow(container) if is_age(probe) else probe.names)
            if root is None:
                raise SourceError(f"{probe.label()} is no AndroidQF acquisition: there is no acquisition.json in it.")
            return cls(container, probe.label(label), root, password, left_out)
        except BaseException:
            if container is not probe.container:
                container.close()
            raise

    @property
    def encrypted(self) -> bool:
        return isinstance(self.container, _AgeArchive) or self.container.encrypted

    def place(self, path: str) -> str:
        below = path.removeprefix(self._root)
        if path + "/" == self._root:
            below = ""
        for folder, home in self._homes.items():
            if below.startswith(folder):
                return home + below[len(folder) :]
        if below.startswith("logs/") and below[5:].startswith(_PULLED):
            return below[4:]
        return f"/androidqf/{below}".rstrip("/")

    def describing(self) -> Mapping[str, Describe]:
        return {"/androidqf/getprop.txt": _properties}

    def members(self, wanted: Wanted) -> Iterator[Member]:
        self.notes = [_cut(self.label, self._left_out)] if self._left_out is not None else []
        files: dict[str, Entry] = {}
        for entry in self.container.entries(lambda path: wanted(PurePosixPath(self.place(path)))):
            placed, below = self.place(entry.path), entry.path.removeprefix(self._root)
            if entry.type == "file":
                files[below] = entry
            self.describe(entry, placed)
            yield from self._members_of(entry, member_of(entry, placed), below, wanted)
        yield from self._logs.members(self.container, wanted, self.place)
        yield from self._reports(files, wanted)
        yield from self._compared(files)
        self.notes += [*self._backup.problems, *self._logs.problems, *self._further.problems, *self._sections.problems]
        self.facts = marked(self.container.facts | self.facts)

    def _members_of(self, entry: Entry, member: Member, below: str, wanted: Wanted) -> Iterator[Member]:
        """A member, and what is in it."""
        if below in _BACKUPS:
            yield from self._backup.members(entry, member, wanted)
            return
        yield member
        if below == "dumpsys.txt":
            yield from self._sections.of(entry, "/androidqf")

    def _reports(self, files: Mapping[str, Entry], wanted: Wanted) -> Iterator[Member]:
        """The bugreport that was made for the acquisition, then those that were there before."""
        main = files.get("bugreport.zip")
        if main is not None and self._report is None:
            self._report = report_in(main)
            if self._report is None and main.size:
                self.notes.append(f"{main.name} was not examined: no bugreport was found in it.")
        if self._report is not None:
            self.facts = facts_of(self._report.head) | self.facts
            yield from self._report.members(wanted, self._sections)
        older = (e for n, e in files.items() if is_bugreport(n.removeprefix("logs/").removeprefix("old_")))
        yield from self._further.of(older, wanted)
        if self._report is not None:
            yield from self._further.inside(self._report, wanted)
            self.notes += [f"{self._report.within}: {p}" for p in self._report.container.problems]

    def _compared(self, files: Mapping[str, Entry]) -> Iterator[Member]:
        """The files that the acquisition's own list of hashes has and that are not there."""
        storage = self._about.get("storage_path")
        found = hash_list.compare(files, storage if isinstance(storage, str) else None)
        if found is None:
            self.facts = {"hashes": f"not compared: there is no {hash_list.NAME}"} | self.facts
            return
        for name in found.absent:
            yield Member(
                path=PurePosixPath(self.place(self._root + name)), member=self._root + name, type="file",
                state=State.ABSENT, reason=f"Listed in {hash_list.NAME}, and not there.",
            )  # fmt: skip
        self.facts = {"hashes": found.fact()} | self.facts
        self.notes += found.problems()

    def close(self) -> None:
        self._sections.close()
        self._further.close()
        self._backup.close()
        self._logs.close()
        if self._report is not None:
            self._report.container.close()
        super().close()


class _AgeArchive(ZipArchive):
    """A zip under age encryption. Its digest is that of the encrypted file, which it owns."""

    def __init__(self, source: DecryptedBytes, stored: Container) -> None:
        super().__init__(source)
        self._stored = stored

    @property
    def digest(self) -> str:
        return self._stored.digest

    def close(self) -> None:
        super().close()
        self._stored.close()


def is_age(probe: Probe) -> bool:
    """Whether a file is encrypted with age."""
    return probe.form == "file" and age.is_age(probe.stored_head)


def _decrypted(probe: Probe, password: Password) -> tuple[ZipArchive, int | None]:
    """The archive inside, and how many bytes at the end of the file are left out if it ends early."""
    secret = password()
    if secret is None:
        raise NeedsPasswordError(
            f"{probe.label()} is encrypted with age. Give the identity (AGE-SECRET-KEY-…) or passphrase as password."
        )
    try:
        stream, left_out = age.open_partly(probe.path, as_text(secret))
        source = DecryptedBytes(stream)
    except FormatError as e:
        raise SourceError(f"{probe.label()} cannot be decrypted: {e}.") from e
    finally:
        erase(secret)
    try:
        return _AgeArchive(source, probe.container), left_out
    except FormatError as e:
        source.close()
        raise SourceError(f"{probe.label()} cannot be decrypted: {e}.") from e
    except BaseException:
        source.close()
        raise


def _cut(label: str, left_out: int) -> str:
    return (
        f"{label} was read only in part: the encrypted file ends early, or its last chunk was altered;"
        f" {left_out} bytes at its end were not read."
    )


def _root(names: frozenset[str]) -> str | None:
    """The folder the acquisition lies in: empty for the top, else ending in `/`."""
    found = {name[: name.rfind("/") + 1] for name in names if name.rpartition("/")[2] in _MARKS}
    return next((r for r in sorted(found) if r.count("/") <= 1), None)


def _about(container: Container, path: str) -> Mapping[str, Any]:
    """What `acquisition.json` says; nothing where it is not there or is no JSON object."""
    for _, head in heads(container, {path}, _ABOUT):
        try:
            found = json.loads(head)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}
    return {}


def _folder(value: object) -> str:
    """The folder of temporary files on the device, ending in `/`."""
    good = isinstance(value, str) and _FOLDER.fullmatch(value)
    return f"{str(value).rstrip('/')}/" if good else _TEMPORARY


def _facts(about: Mapping[str, Any]) -> dict[str, str]:
    """When and with what the acquisition was made, and the serial number of the device."""
    started, completed = (_instant(about.get(k)) for k in ("started", "completed"))
    collector = about.get("collector")
    adb = collector.get("Adb") if isinstance(collector, dict) else None
    found = {
        "acquired": started or _instant(about.get("created")),
        "acquisition_completed": completed,
        "acquisition_tool": _tool(about),
        "acquisition_status": about.get("status"),
        "acquisition_uuid": about.get("uuid"),
        "serial_number": adb.get("Serial") if isinstance(adb, dict) else None,
    }
    return {k: _shown(v[:100]) for k, v in found.items() if isinstance(v, str) and v}


def _shown(value: str) -> str:
    """Half a character of UTF-16, which JSON can hold and no file can, as `\\ud800`."""
    return value.encode("utf-8", "backslashreplace").decode()


def _tool(about: Mapping[str, Any]) -> str | None:
    version = about.get("androidqf_version")
    if not isinstance(version, str) or not version:
        return None
    return version if version.startswith("Bugbane") else f"AndroidQF {version}"


def _instant(value: object) -> str | None:
    """A time in UTC, to the second; None for the zero of Go, in year 1."""
    try:
        time = zoned(value)
    except ValueError:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time.year > 1 else None


def _properties(data: bytes) -> dict[str, str]:
    """Model, version, build and serial number, from the output of getprop."""
    serial = _SERIAL.search(data.decode("utf-8", "replace"))
    return build_properties(data) | ({"serial_number": serial[1].strip()} if serial else {})
