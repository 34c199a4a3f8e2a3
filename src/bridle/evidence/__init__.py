"""What was collected from a device, as read-only files under their paths on the device."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from bridle.evidence.secret import Password
from bridle.evidence.source import Source, SourceError

if TYPE_CHECKING:
    from bridle.evidence.acquisition import Acquisition
    from bridle.evidence.archive import Bounds
    from bridle.evidence.probe import Probe

_KINDS = (
    ("capture", "Capture"),
    ("apk", "Apk"),
    ("mvt_output", "MvtOutput"),
    ("androidqf", "AndroidQF"),
    ("sysdiagnose", "Sysdiagnose"),
    ("file_system", "FileSystem"),
    ("intrusion_logs", "IntrusionLogs"),
    ("network_logs", "NetworkLogs"),
    ("bugreport", "Bugreport"),
    ("crash_logs", "CrashLogs"),
)
"""Module and class, in the order in which they are asked."""

UNDERSTOOD = (
    "an iTunes or Finder backup (folder), a full file system (folder, zip or tar), a sysdiagnose (folder or tar.gz),"
    " an iPhone's crash logs (folder, zip, tar or one report),"
    " a bugreport (zip, folder or text), an AndroidQF acquisition (folder, zip or zip.age), an adb backup (.ab),"
    " an APK, intrusion logs (text, folder or zip), a network capture (pcap or pcapng),"
    " logs of network traffic (Suricata's EVE, Zeek, tshark's JSON), what MVT wrote (folder or zip)"
)

_LOOSE = re.compile(r"(?:[^/]+/){0,2}(?:tombstones/tombstone_[0-9]{2,3}(?:\.pb)?|logcat[^/]{0,100}\.txt)")
"""Logs of Android as somebody copied them, without what would tell which device they are of."""


def open_source(path: Path, *, password: Password, label: str | None = None, bounds: Bounds | None = None) -> Source:
    """The acquisition at `path`, recognised by its content. Raises SourceError. `password` is asked only if needed.

    `bounds` are those of the container; one inside it keeps the ordinary ones, and so does a backup that is a folder.
    """
    from bridle.evidence.archive import BOUNDS

    bounds = bounds or BOUNDS
    probe = _looked_at(path, bounds)
    try:
        if (backup := _backup(probe, password, label, bounds)) is not None:
            probe.close()
            return backup
        return _recognised(probe).of(probe, password=password, label=label)
    except OSError as e:
        probe.close()
        raise SourceError(f"{probe.label(label)} cannot be read: {e.strerror or e}. Copy it again.") from e
    except BaseException:
        probe.close()
        raise


def _looked_at(path: Path, bounds: Bounds) -> Probe:
    from bridle.evidence.archive import printable
    from bridle.evidence.probe import Probe

    try:
        return Probe(path, bounds)
    except OSError as e:
        raise SourceError(f"{printable(str(path))} cannot be read: {e.strerror or e}. Copy it again.") from e


def _backup(probe: Probe, password: Password, label: str | None, bounds: Bounds) -> Source | None:
    """The two kinds with readers of their own: an iTunes backup is a folder, an adb backup a file."""
    if probe.form == "folder":
        from bridle.evidence.itunes_backup import ITunesBackup

        return (
            ITunesBackup.open(probe.path, password=password, label=label)
            if ITunesBackup.recognise(probe.path)
            else None
        )
    if probe.form == "file":
        from bridle.evidence.adb_backup import AdbBackup

        if AdbBackup.recognise(probe.path):
            return AdbBackup.open(probe.path, password=password, label=label, bounds=bounds)
    return None


def _recognised(probe: Probe) -> type[Acquisition]:
    if probe.form != "file" and not probe.names:
        what = "folder" if probe.form == "folder" else "archive"
        raise SourceError(f"{probe.label()} is an empty {what}: there is nothing to examine.")
    for module, name in _KINDS:
        kind: type[Acquisition] = getattr(importlib.import_module(f"bridle.evidence.{module}"), name)
        if kind.recognise(probe):
            return kind
    if any(name.count("/") <= 1 and name.rpartition("/")[2] == "Manifest.db" for name in probe.names):
        raise SourceError(f"{probe.label()} holds an iTunes backup in an archive. Unpack it and give its folder.")
    if {"case.toml", "manifest.json", "ledger.parquet"} <= probe.names:
        raise SourceError(f"{probe.label()} is a case and no evidence. `bridle recheck` examines a case again.")
    if any(_LOOSE.fullmatch(name) for name in probe.names):
        raise SourceError(
            f"{probe.label()} holds logs of Android and nothing that tells of which device. Take a bugreport, or give"
            " the whole acquisition that they are from, laid out as the tool that made it left it."
        )
    damage = f" {probe.container.problems[0]}" if probe.container.problems else ""
    raise SourceError(f"{probe.label()} is nothing that is understood here.{damage} Understood are: {UNDERSTOOD}.")
