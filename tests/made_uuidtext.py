"""Files of uuidtext from JSON: `path` and `ranges` of an executable; `version` and `images` of a shared cache; `raw`.

`raw` are the bytes themselves, in hexadecimal.
"""

from __future__ import annotations

import json

from bridle.phantom import unified_log


def make(text: str) -> bytes:
    of = json.loads(text)
    if "raw" in of:
        return bytes.fromhex(of["raw"])
    if "images" in of:
        return unified_log.shared_cache(of["version"], of["images"])
    return unified_log.uuidtext(of["path"], of.get("ranges", ()))
