"""Maltrail's static trails: domains, addresses, addresses with port, URLs and paths, one a line.

`# Reference:` names the report of the lines below it. A path alone (`/gate.php`) may stand on any host and is not
looked for; neither is a regular expression.

Source: https://github.com/stamparm/maltrail (trails/static/malware).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridle.indicators.model import Related
from bridle.indicators.reading import NOTHING, PORTS, Read, Reading, Said, shape, without_port

_SIGNS = re.compile(r"^# (?:Copyright .* Maltrail developers|Reference: \S|Aliases: \S)", re.MULTILINE)
_REFERENCE = re.compile(r"#\s*Reference:\s*(\S+)")
_REGEX = re.compile(r"[\\*+^$|(){}]|\[(?![0-9A-Fa-f:]+\]:\d)")
_ALONE = "paths without a host are not looked for: they may stand on any host"
_PATTERN = "regular expressions are not looked for"


def is_maltrail(text: str) -> bool:
    """Whether a list has the comments of Maltrail's trails."""
    return _SIGNS.search(text[: 1 << 16]) is not None


def read(text: str, feed: str) -> Read:
    """The trails, each with the reports above it."""
    out = Reading(feed)
    reports: list[str] = []
    fresh, said = True, NOTHING
    for n, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if (reference := _REFERENCE.match(bare)) is not None:
            reports = [reference[1]] if not fresh else [*reports, reference[1]][:16]
            fresh, said = True, _of(reports, feed)
        elif bare and not bare.startswith("#"):
            fresh = False
            trail(out, re.split(r"(?<!\s)\s+#", bare, maxsplit=1)[0], f"line {n}", said)
    return out.result()


def _of(reports: Sequence[str], feed: str) -> Said:
    return Said(related=tuple(Related(role="report", name=r[:200], feed=feed) for r in dict.fromkeys(reports)))


def trail(out: Reading, value: str, place: str, said: Said = NOTHING) -> None:
    """One trail, whatever it is."""
    host = value.partition("://")[2].rstrip("/") if "://" in value else value
    if value.startswith("/"):
        out.tally(_ALONE, place)
    elif "://" not in value and _REGEX.search(value.partition("?")[0]) and shape(value) != "ip-address":
        out.tally(_PATTERN, place)
    elif without_port(host) is not None:
        out.tally(PORTS, place)
        out.add(None, str(without_port(host)), place, said)
    elif "/" not in host and shape(host) in ("domain", "ip-address"):
        out.add(None, host, place, said)
    else:
        out.add(None, value, place, said)
