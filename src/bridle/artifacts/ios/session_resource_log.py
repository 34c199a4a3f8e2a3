"""full_browsing_session_resourceLog.plist: the domains that WebKit has loaded anything from, as kept before iOS 14.

The forerunner of observations.db (resource_load_statistics), with the same meaning: a list of REGISTRABLE domains, most
of them third parties that nobody chose to visit. Where the person did something on a page of the domain it is a visit,
else a mention. Each entry lists the domains it was redirected from and to, and in whose pages it was loaded. The names
of the keys changed with the versions of the model (`…Origin` became `…Domain`); both are read.

Known limits: no file was at hand. Only registrable domains are stored, not addresses, and of times only the last. Newer
systems have the database in its place.

Sources: https://github.com/WebKit/WebKit (Source/WebCore/loader/ResourceLoadStatistics.cpp);
https://github.com/mvt-project/mvt (webkit_session_resource_log)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bridle.core import Domain, FormatError, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import naive_utc, text, unix

_ENTRIES = "browsingStatistics"
_VISITED, _OTHER = "(visited)", "(other)"
_RENAMED = {
    "PrevalentResourceOrigin": "PrevalentResourceDomain",
    "subframeUnderTopFrameOrigins": "subframeUnderTopFrameDomains",
    "subresourceUnderTopFrameOrigins": "subresourceUnderTopFrameDomains",
    "storageAccessUnderTopFrameOrigins": "storageAccessUnderTopFrameDomains",
}


def _when(value: object) -> Utc | None:
    """Seconds since 1970, where a time before that (-1) stands for none, or a date. Raises ValueError."""
    if isinstance(value, datetime):
        return naive_utc(value)
    return None if isinstance(value, int | float) and value <= 0 else unix(value)


def _domains(value: object) -> tuple[str, ...] | None:
    """The domains of a list of texts or of dictionaries with one. Raises ValueError."""
    if not isinstance(value, list):
        raise FormatError(f"expected a list, got {value!r:.60}")
    named = (e.get("domain", e.get("origin")) if isinstance(e, Mapping) else e for e in value)
    return tuple(text(n) for n in named) or None


@record
class Observed(Record):
    """A domain that something was loaded from."""

    domain: str | None = col("PrevalentResourceDomain", doc="registrable domain, as stored")
    visited_domain: Domain | None = col(
        _VISITED, doc="the domain, where the person did something on a page of it", surface="visited"
    )
    other_domain: Domain | None = col(_OTHER, doc="the domain, where nothing of the kind is noted")
    had_user_interaction: bool | None = col(
        "hadUserInteraction", doc="whether the person did something on a page of it"
    )
    last_interaction: Utc | None = col("mostRecentUserInteraction", _when, doc="when that was last")
    last_seen: Utc | None = col("lastSeen", _when, doc="when something was last loaded")
    redirects_to: tuple[Domain, ...] | None = col(
        "topFrameUniqueRedirectsTo", _domains, doc="domains that its pages redirected the address bar to"
    )
    redirects_from: tuple[Domain, ...] | None = col(
        "topFrameUniqueRedirectsFrom", _domains, doc="domains whose pages redirected the address bar to it"
    )
    links_from: tuple[Domain, ...] | None = col(
        "topFrameLinkDecorationsFrom", _domains, doc="domains whose links to it carried an identifier"
    )
    scripts: tuple[Domain, ...] | None = col(
        "topFrameLoadedThirdPartyScripts", _domains, doc="domains whose scripts its pages loaded"
    )
    frame_under: tuple[Domain, ...] | None = col(
        "subframeUnderTopFrameDomains", _domains, doc="domains in whose pages it was a frame"
    )
    part_under: tuple[Domain, ...] | None = col(
        "subresourceUnderTopFrameDomains", _domains, doc="domains in whose pages a part came from it"
    )
    part_redirects_to: tuple[Domain, ...] | None = col(
        "subresourceUniqueRedirectsTo", _domains, doc="domains that parts were redirected to"
    )
    part_redirects_from: tuple[Domain, ...] | None = col(
        "subresourceUniqueRedirectsFrom", _domains, doc="domains that redirected parts to it"
    )
    storage_access_under: tuple[Domain, ...] | None = col(
        "storageAccessUnderTopFrameDomains", _domains, doc="domains in whose pages it could use what it stored"
    )
    is_prevalent: bool | None = col("isPrevalentResource", doc="whether WebKit takes it for a tracker")
    records_removed: int | None = col("dataRecordsRemoved", doc="how often its stored data were removed")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@artifact(
    "/private/var/**/full_browsing_session_resourceLog.plist",
)
def session_resource_log(file: SourceFile) -> Iterator[Observed | Gap]:
    stored = plist.load(file)
    entries = stored.get(_ENTRIES) if isinstance(stored, Mapping) else None
    if not isinstance(entries, list):
        raise FormatError(f"expected a dictionary with {_ENTRIES}, got {stored!r:.60}")
    yield from records(_observed(entries), Observed)


def _observed(entries: list[Any]) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    for number, entry in enumerate(entries, 1):
        place = f"{_ENTRIES}/{number}"
        if not isinstance(entry, Mapping):
            yield Gap(locator=place, reason=f"Observed: expected a dictionary, got {entry!r:.60}")
            continue
        kept = {_RENAMED.get(k, k) if isinstance(k, str) else k: v for k, v in entry.items()}
        domain = kept.get("PrevalentResourceDomain")
        kind = _VISITED if kept.get("hadUserInteraction") is True else _OTHER
        yield place, {**kept, kind: domain if isinstance(domain, str) else None}
