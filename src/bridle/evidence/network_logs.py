"""Logs that other tools made of network traffic: Suricata's EVE, Zeek's logs, tshark's JSON; one file, or a folder.

Which tool wrote a file is told by its first line, for names say little. A log lies below the tool's name:
`/network_logs/zeek/conn.log`. In a folder or an archive the tool of each is told by its name, where its tool names it.

Sources: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html ;
https://docs.zeek.org/en/master/log-formats.html ; https://www.wireshark.org/docs/man-pages/tshark.html (-T)
"""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar, Self

from bridle.evidence.acquisition import Acquisition
from bridle.evidence.archive import Container
from bridle.evidence.probe import Probe, heads
from bridle.evidence.secret import Password

_LOOKED_AT, _HEAD = 64, 1 << 14
_ZEEK_NAME = re.compile(r"(?:^|[._/-])(?:conn|dns|ssl|x509|http|files|quic)[^/]*\.log(?:\.gz)?\Z")
_ZEEK_KEYS = frozenset({"uid", "fuid", "id", "fingerprint"})


def tool_of(head: bytes) -> str | None:
    """`eve`, `zeek` or `tshark`, by the beginning of a log."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"#separator "):
        return "zeek"
    if text.startswith(b"["):
        found = re.match(rb'\[\s*\{\s*"_index"\s*:\s*"packets-', text)
        return "tshark" if found else None
    first = _object(text.split(b"\n", 1)[0])
    if "timestamp" in first and "event_type" in first:
        return "eve"
    if "ts" in first and not _ZEEK_KEYS.isdisjoint(first):
        return "zeek"
    index = first.get("index")
    if isinstance(index, dict) and str(index.get("_index", "")).startswith("packets-"):
        return "tshark"
    return "tshark" if "timestamp" in first and isinstance(first.get("layers"), dict) else None


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class NetworkLogs(Acquisition):
    """Logs of network traffic below `/network_logs`."""

    kind: ClassVar[str] = "network-logs"
    _platform: ClassVar[str] = "network"

    def __init__(self, container: Container, label: str) -> None:
        super().__init__(container, label)
        self.tool: str | None = None
        """That wrote the one file."""

    @classmethod
    def of(cls, probe: Probe, *, password: Password, label: str | None) -> Self:
        made = super().of(probe, password=password, label=label)
        made.tool = tool_of(probe.head) if probe.form == "file" else None
        return made

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By the first line of the file, or of a log at the top that is named as its tool names it."""
        if probe.form == "file":
            return tool_of(probe.head) is not None
        if probe.form == "tar":
            return False
        named = sorted(n for n in probe.names if n.count("/") <= 1 and _named(n) is not None)
        picked = frozenset(named[:_LOOKED_AT])
        return bool(picked) and any(_is_log(head) for _, head in heads(probe.container, picked, _HEAD))

    def place(self, path: str) -> str:
        return f"/network_logs/{self.tool or _named(path) or 'other'}/{path}"


def _named(path: str) -> str | None:
    """The tool that gives its logs such a name."""
    name = path.rpartition("/")[2].lower()
    if name.startswith("eve") and name.endswith((".json", ".json.gz")):
        return "eve"
    return "zeek" if _ZEEK_NAME.search(name) else None


def _is_log(head: bytes) -> bool:
    """Compressed ones are taken at their word: they have the name of a log."""
    return head.startswith(b"\x1f\x8b") or tool_of(head) is not None
