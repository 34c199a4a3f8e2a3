"""Faults of bridle, kept for `bridle debug-bundle`: kinds of exceptions and places in the code, and nothing else.

They lie in `faults.jsonl` of the configuration folder: no time, no command, no path, no value; the newest 50.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from bridle import __version__
from bridle.case.keys import config_folder
from bridle.private import Fault

FILE, MOST = "faults.jsonl", 50
_LONGEST = 1 << 17
_KIND = re.compile(r"[A-Za-z_]\w{0,59}")
_PLACE = re.compile(r"(?:[a-z0-9_]+/){0,4}[a-z0-9_]+\.py:\d{1,6}|[A-Za-z_]\w{0,59}|an unknown place")
_VERSION = re.compile(r"\d+(?:\.\d+){0,3}(?:(?:a|b|rc|\.dev|\.post)\d+)?")


def kept(fault: Fault) -> None:
    """Add one, and let the oldest go. Raises OSError where the folder cannot be written to."""
    made = {"bridle": __version__, "kinds": [*fault.kinds], "places": [*fault.places]}
    lines = [json.dumps(one) for one in [*stored(), made][-MOST:]]
    folder = config_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = folder / f".{FILE}-{os.getpid()}"
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        beside.replace(folder / FILE)
    finally:
        with suppress(OSError):
            beside.unlink()


def stored() -> list[dict[str, Any]]:
    """The faults that were kept, the oldest first; what is not as `kept` writes it is left out."""
    try:
        with (config_folder() / FILE).open("rb") as file:
            return [*_read(file.read(_LONGEST))][-MOST:]
    except OSError:
        return []


def _read(content: bytes) -> Iterator[dict[str, Any]]:
    for line in content.splitlines():
        try:
            one = json.loads(line)
            fits = (
                _VERSION.fullmatch(one["bridle"])
                and all(_KIND.fullmatch(k) for k in one["kinds"])
                and all(_PLACE.fullmatch(p) for p in one["places"])
            )
        except (ValueError, LookupError, TypeError, RecursionError):
            continue
        if fits:
            yield {"bridle": one["bridle"], "kinds": [*one["kinds"]], "places": [*one["places"]]}
