"""What the Mobile Verification Toolkit wrote of a phone: a folder or zip of results. Second-hand evidence.

The tool's files lie at the top or below one folder. They are put below `/mvt_output` whatever the folder is called.

Source: https://docs.mvt.re/en/latest/
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import ClassVar

from bridle.evidence.acquisition import Acquisition, Describe
from bridle.evidence.archive import Container
from bridle.evidence.probe import Probe, heads
from bridle.evidence.secret import Password

_HEAD = 1 << 12
_INFO, _TIMELINE, _LOG = "info.json", "timeline.csv", "command.log"
_HEADER = re.compile(rb'\A(?:\xef\xbb\xbf)?"?[A-Za-z ()/]{0,40}Time[A-Za-z ()/]{0,40}"?,"?Plugin"?,"?Event"?,')
_LINE = re.compile(rb"(?:^|\W)mvt(?:[._]|\W)", re.IGNORECASE)
_ACQUIRED = "acquisition.json"
"""What AndroidQF writes: its folder is no output of this tool, though it has a command.log too."""
_ANDROID = re.compile(
    r"(?:dumpsys_|aqf_|bug_?report|getprop|root_binaries|tombstones|packages|selinux|security_event|dns_event"
    r"|connect_event|chrome_history_android).*\.json\Z"
)
_IOS = re.compile(
    r"(?:backup_info|manifest|safari_|sms_attachments|data_?usage|interaction_?c|os_?analytics|id_?status_?cache|tcc|webkit_"
    r"|locationd_|shutdown_?log|whatsapp|firefox_|ios_|net_?usage|shortcuts|applications|calendar|global_preferences"
    r"|configuration_profiles|profile_events|analytics|filesystem|cache_files|sysdiagnose_).*\.json\Z"
)


class MvtOutput(Acquisition):
    """Results of one run of the tool."""

    kind: ClassVar[str] = "mvt-output"
    _platform: ClassVar[str] = "any"

    def __init__(self, container: Container, label: str, root: str, platform: str) -> None:
        self._root = root
        super().__init__(container, label)
        self.platform = platform

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By what `info.json`, `timeline.csv` or `command.log` begin with. Asked before what has such files."""
        return _root(probe) is not None

    @classmethod
    def of(cls, probe: Probe, *, password: Password, label: str | None) -> MvtOutput:  # noqa: ARG003 - never encrypted
        root = _root(probe) or ""
        names = {n.removeprefix(root) for n in probe.names if n.startswith(root)}
        return cls(probe.container, probe.label(label), root, _platform(names))

    def place(self, path: str) -> str:
        below = "" if path + "/" == self._root else path.removeprefix(self._root)
        return f"/mvt_output/{below}".rstrip("/")

    def describing(self) -> Mapping[str, Describe]:
        return {f"/mvt_output/{_INFO}": _version}


def _root(probe: Probe) -> str | None:
    """The folder with the tool's files, empty or ending in `/`; None where there is none."""
    if probe.form not in ("folder", "zip"):
        return None
    roots = {n.rpartition("/")[0] for n in probe.names if n.count("/") <= 1 and n.rpartition("/")[2] in _TELLING}
    for root in sorted(f"{r}/" if r else "" for r in roots):
        if f"{root}{_ACQUIRED}" not in probe.names and _tells(probe, [root + name for name in _TELLING]):
            return root
    return None


def _tells(probe: Probe, names: Collection[str]) -> bool:
    picked = frozenset(n for n in names if n in probe.names)
    return any(_TELLING[entry.path.rpartition("/")[2]](head) for entry, head in heads(probe.container, picked, _HEAD))


def _is_info(head: bytes) -> bool:
    return b'"mvt_version"' in head


def _is_timeline(head: bytes) -> bool:
    return _HEADER.match(head) is not None


def _is_log(head: bytes) -> bool:
    return _LINE.search(head) is not None


_TELLING = {_INFO: _is_info, _TIMELINE: _is_timeline, _LOG: _is_log}


def _platform(names: Collection[str]) -> str:
    """By the modules that have a file; `any` where those of neither kind of phone are there."""
    if any(_ANDROID.match(n) for n in names):
        return "android"
    return "ios" if any(_IOS.match(n) for n in names) else "any"


def _version(data: bytes) -> dict[str, str]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    version = found.get("mvt_version") if isinstance(found, dict) else None
    return {"acquisition_tool": f"output of MVT {version[:40]}"} if isinstance(version, str) else {}
