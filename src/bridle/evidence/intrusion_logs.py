"""Intrusion logs of Android's Advanced Protection: one JSON object per line, in one text or several.

Source: Android Management API, BatchUsageLogEvents (the same vocabulary),
https://developers.google.com/android/management/reference/rest/v1/BatchUsageLogEvents
"""

from __future__ import annotations

import json
from typing import ClassVar

from bridle.evidence.acquisition import Acquisition
from bridle.evidence.probe import Probe, heads

_EVENTS = frozenset({"dns_event", "connect_event", "security_event"})
_HEAD = 1 << 16
_LOOKED_AT = 50


def is_intrusion_log(head: bytes) -> bool:
    """Whether a text begins with an event: a JSON object whose only key is one of the three kinds."""
    line = head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0]
    if not line.startswith(b"{"):
        return False
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(event, dict) and len(event) == 1 and not _EVENTS.isdisjoint(event)


class IntrusionLogs(Acquisition):
    """Logs as a text, a folder or a zip; their names stay below `/intrusion_logs`."""

    kind: ClassVar[str] = "intrusion-logs"
    _platform: ClassVar[str] = "android"

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By the first line of the file, or of one of the texts at the top."""
        if probe.form == "file":
            return is_intrusion_log(probe.head)
        names = sorted(n for n in probe.names if n.count("/") <= 1 and n.lower().endswith((".txt", ".json", ".jsonl")))
        picked = frozenset(names[:_LOOKED_AT])
        if probe.form == "tar" or not picked:
            return False
        return any(is_intrusion_log(head) for _, head in heads(probe.container, picked, _HEAD))
