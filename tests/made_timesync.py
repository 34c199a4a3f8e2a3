"""timesync files from JSON: a list of records, as `bridle.phantom.unified_log.timesync` takes them."""

from __future__ import annotations

import json

from bridle.phantom import unified_log


def make(text: str) -> bytes:
    return unified_log.timesync(json.loads(text))
