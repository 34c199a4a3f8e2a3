"""Logs that other tools made of network traffic: Suricata's EVE, Zeek's logs, tshark's JSON; one file, or a folder.

Which tool wrote a file is told by its first line, for names say little. A log lies below the tool's name:
`/network_logs/zeek/conn.log`. In a folder or an archive the tool of each is told by its name, where its tool names it;
else, where the name is that of a text of log lines or JSON, by its first line.

Sources: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html ;
https://docs.zeek.org/en/master/log-formats.html ; https://www.wireshark.org/docs/man-pages/tshark.html (-T)
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from bridle.evidence.acquisition import Acquisition
from bridle.evidence.archive import Container
from bridle.evidence.probe import Probe, heads
from bridle.evidence.secret import Password

_LOOKED_AT, _MOST_TOLD, _DEEPEST, _HEAD = 64, 1024, 3, 1 << 14
_GZIP = b"\x1f\x8b"
_COMMENTS = 16
"""Lines of a comment that may stand before the header of Zeek, as its own tests have one."""
_ZEEK_NAME = re.compile(r"(?:^|[._/-])(?:conn|dns|ssl|x509|http|files|quic)[^/]*\.log(?:\.gz)?\Z")
_TEXT_NAME = re.compile(r"\.(?:log|json|jsonl|ndjson)(?:\.gz)?\Z", re.IGNORECASE)
"""Names that do not tell the tool, of what may be a log."""
_ZEEK_KEYS = frozenset({"uid", "fuid", "id", "fingerprint"})


def tool_of(head: bytes) -> str | None:
    """`eve`, `zeek` or `tshark`, by the beginning of a log."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"#"):
        return "zeek" if _has_header(text) else None
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


def _has_header(text: bytes) -> bool:
    """Whether Zeek's header begins here, or below a comment."""
    for line in text.split(b"\n", _COMMENTS)[:_COMMENTS]:
        if line.startswith(b"#separator "):
            return True
        if not line.startswith(b"#"):
            return False
    return False


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
        self.told: dict[str, str] = {}
        """By path: the tool that wrote a file whose name does not tell it."""

    @classmethod
    def of(cls, probe: Probe, *, password: Password, label: str | None) -> Self:
        made = super().of(probe, password=password, label=label)
        if probe.form == "file":
            made.tool = tool_of(probe.head)
        elif probe.form != "tar":
            made.told = _told(probe, (n for n in probe.names if n.count("/") <= _DEEPEST), _MOST_TOLD)
        return made

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By the first line of the file, or of a log at the top."""
        if probe.form == "file":
            return tool_of(probe.head) is not None
        if probe.form == "tar":
            return False
        top = [n for n in probe.names if n.count("/") <= 1]
        named = frozenset(sorted(n for n in top if _named(n) is not None)[:_LOOKED_AT])
        if named and any(_is_log(head) for _, head in heads(probe.container, named, _HEAD)):
            return True
        return bool(_told(probe, top, _LOOKED_AT))

    def place(self, path: str) -> str:
        return f"/network_logs/{self.tool or _named(path) or self.told.get(path) or 'other'}/{path}"


def _named(path: str) -> str | None:
    """The tool that gives its logs such a name."""
    name = path.rpartition("/")[2].lower()
    if name.startswith("eve") and name.endswith((".json", ".json.gz")):
        return "eve"
    return "zeek" if _ZEEK_NAME.search(name) else None


def _told(probe: Probe, names: Iterable[str], most: int) -> dict[str, str]:
    """By path: the tool that wrote it, by its first line, of the first `most` whose names do not tell it."""
    picked = frozenset(sorted(n for n in names if _TEXT_NAME.search(n) and _named(n) is None)[:most])
    if not picked:
        return {}
    found = ((entry.path, tool_of(_inflated(head))) for entry, head in heads(probe.container, picked, _HEAD))
    return {path: tool for path, tool in found if tool is not None}


def _is_log(head: bytes) -> bool:
    """One whose compression is damaged is taken at its word: it has the name of a log."""
    plain = _inflated(head)
    return plain.startswith(_GZIP) or tool_of(plain) is not None


def _inflated(head: bytes) -> bytes:
    """The beginning of what was compressed; as it is where that fails."""
    if not head.startswith(_GZIP):
        return head
    try:
        return zlib.decompressobj(31).decompress(head, _HEAD)
    except zlib.error:
        return head
