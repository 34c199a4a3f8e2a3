"""tracev3 files from JSON: a list of chunks, as `bridle.phantom.unified_log.tracev3` takes them."""

from __future__ import annotations

import json

from bridle.phantom import unified_log


def make(text: str) -> bytes:
    return unified_log.tracev3(json.loads(text))
