"""com.apple.osanalytics.addaily.plist: what each process had sent and received by the last daily count.

`netUsageBaseline` holds for each process a list: when it was counted, then bytes received and sent over Wi-Fi and over
cellular. A name stays after the program is gone. The other keys are told as they are.

Known limits: only the last count of each process is stored. That the four numbers stand in this order follows two
published readers.

Sources: https://github.com/mvt-project/mvt (osanalytics_addaily); the search utility for Operation Triangulation,
https://github.com/KasperskyLab/triangle_check. No file was at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import BundleId, FormatError, Gap, ProcessName, Record, SourceFile, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.setting import Setting, settings
from bridle.formats.table import col, records, rest
from bridle.formats.values import behind_name, behind_slash, naive_utc

_BASELINE = "netUsageBaseline"
_COLUMNS = ("(time)", "(Wi-Fi in)", "(Wi-Fi out)", "(cellular in)", "(cellular out)")


@record(surface="network-user")
class NetworkUse(Record):
    """A process that has used the network."""

    name: ProcessName | None = col("(name)", doc="process, or bundle identifier of an app")
    delegate: ProcessName | None = col("(name)", behind_name, doc="whom a daemon acted for: what is behind a `/`")
    bundle_id: BundleId | None = col("(name)", doc="the name, read as a bundle identifier")
    named_bundle_id: BundleId | None = col("(name)", behind_slash, doc="what is behind a `/`, read likewise")
    time: Utc | None = col("(time)", naive_utc, doc="when it was counted")
    wifi_in: int | None = col("(Wi-Fi in)", doc="bytes received over Wi-Fi")
    wifi_out: int | None = col("(Wi-Fi out)", doc="bytes sent over Wi-Fi")
    wwan_in: int | None = col("(cellular in)", doc="bytes received over cellular")
    wwan_out: int | None = col("(cellular out)", doc="bytes sent over cellular")
    extra: str | None = rest(doc="what else is stored for it, as JSON")


@artifact("/private/var/mobile/Library/Preferences/com.apple.osanalytics.addaily.plist")
def osanalytics_addaily(file: SourceFile) -> Iterator[NetworkUse | Setting | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    baseline = stored.get(_BASELINE)
    if isinstance(baseline, Mapping):
        yield from records(_uses(baseline), NetworkUse)
    elif baseline is not None:
        yield Gap(locator=_BASELINE, reason=f"NetworkUse: expected a dictionary of processes, got {baseline!r:.60}")
    others = {key: value for key, value in stored.items() if key != _BASELINE}
    if others:
        yield from settings(others)


def _uses(baseline: Mapping[object, object]) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    """A process each; one whose list is not as long as it should be keeps its name, and what is stored as JSON."""
    for number, (name, counted) in enumerate(baseline.items(), 1):
        place = f"{_BASELINE}/{number}"
        if isinstance(counted, list) and len(counted) == len(_COLUMNS):
            yield place, {"(name)": name, **dict(zip(_COLUMNS, counted, strict=True))}
            continue
        yield place, {"(name)": name, "(stored)": counted}
        length = f"a list of {len(counted)}" if isinstance(counted, list) else f"{counted!r:.60}"
        yield Gap(locator=f"{place}.(stored)", reason=f"NetworkUse: expected a list of {len(_COLUMNS)}, got {length}")
