"""observations.db: the domains that WebKit has loaded anything from, kept to tell trackers from sites.

One store for each app that shows web pages. `ObservedDomains` names REGISTRABLE domains: `example.org` stands for
`a1.get.example.org` too, so that an indicator which is a host below one cannot be found here. Most rows are third
parties, which a page loaded parts from and nobody chose to visit; they are a mention. Only where the person did
something on a page of the domain, such as a tap, it is a visit. The other tables name domains by `domain_id`: who
redirected to whom, and what was loaded where. Rows are removed some weeks after the last use.

Known limits: the tables of Private Click Measurement are not read.

Sources: https://github.com/WebKit/WebKit (ResourceLoadStatisticsDatabaseStore.cpp, ResourceLoadStatisticsStore.cpp);
https://github.com/mvt-project/mvt (webkit_resource_load_statistics)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import Block, Domain, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, records, rest
from bridle.formats.values import unix

_VISITED, _OTHER = "(visited)", "(other)"


def _when(value: object) -> Utc | None:
    """Seconds since 1970; a time before that (-1) stands for none. Raises ValueError."""
    return None if isinstance(value, int | float) and value <= 0 else unix(value)


@record
class Observed(Record):
    """A domain that something was loaded from."""

    domain_id: int | None = col("domainID", doc="number of the domain")
    domain: str | None = col("registrableDomain", doc="registrable domain, as stored")
    visited_domain: Domain | None = col(
        _VISITED, doc="the domain, where the person did something on a page of it", surface="visited"
    )
    other_domain: Domain | None = col(_OTHER, doc="the domain, where nothing of the kind is noted")
    last_seen: Utc | None = col(
        "lastSeen", _when, doc="when something was last loaded; counted in whole days by newer systems"
    )
    had_user_interaction: bool | None = col(
        "hadUserInteraction", doc="whether the person did something on a page of it"
    )
    last_interaction: Utc | None = col("mostRecentUserInteractionTime", _when, doc="when that was last")
    last_push: Utc | None = col(
        "mostRecentWebPushInteractionTime", _when, doc="when a push message of it was last used"
    )
    grandfathered: bool | None = col("grandfathered", doc="whether it had stored data before the statistics began")
    is_prevalent: bool | None = col("isPrevalent", doc="whether WebKit takes it for a tracker")
    is_very_prevalent: bool | None = col("isVeryPrevalent", doc="whether it takes it for a large one")
    records_removed: int | None = col("dataRecordsRemoved", doc="how often its stored data were removed")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class TopLevel(Record):
    """A domain that was in the address bar."""

    domain_id: int | None = col("topLevelDomainID", doc="Observed.domain_id")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Redirect(Record):
    """A page of one domain sent the address bar on to another, told by the first; the locator names the table."""

    source_id: int | None = col("sourceDomainID", doc="Observed.domain_id of the page that redirected")
    to_id: int | None = col("toDomainID", doc="Observed.domain_id it redirected to")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class RedirectFrom(Record):
    """The same, told by the second."""

    target_id: int | None = col("targetDomainID", doc="Observed.domain_id that was redirected to")
    from_id: int | None = col("fromDomainID", doc="Observed.domain_id of the page that redirected")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class LinkDecoration(Record):
    """A page was reached by a link that carried an identifier."""

    to_id: int | None = col("toDomainID", doc="Observed.domain_id of the page")
    from_id: int | None = col("fromDomainID", doc="Observed.domain_id of the page with the link")
    updated: Utc | None = col("lastUpdated", _when, doc="when that was last")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Script(Record):
    """A page loaded a script of another domain."""

    top_id: int | None = col("topFrameDomainID", doc="Observed.domain_id of the page")
    script_id: int | None = col("subresourceDomainID", doc="Observed.domain_id of the script")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Subframe(Record):
    """A page showed a frame of another domain."""

    frame_id: int | None = col("subFrameDomainID", doc="Observed.domain_id of the frame")
    top_id: int | None = col("topFrameDomainID", doc="Observed.domain_id of the page")
    updated: Utc | None = col("lastUpdated", _when, doc="when that was last")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Subresource(Record):
    """A page loaded a part from another domain."""

    resource_id: int | None = col("subresourceDomainID", doc="Observed.domain_id of the part")
    top_id: int | None = col("topFrameDomainID", doc="Observed.domain_id of the page")
    updated: Utc | None = col("lastUpdated", _when, doc="when that was last")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class SubresourceRedirect(Record):
    """A part of a page was redirected from one domain to another."""

    resource_id: int | None = col("subresourceDomainID", doc="Observed.domain_id that redirected")
    to_id: int | None = col("toDomainID", doc="Observed.domain_id it redirected to")
    updated: Utc | None = col("lastUpdated", _when, doc="when that was last")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class SubresourceRedirectFrom(Record):
    """The same, told by the second."""

    resource_id: int | None = col("subresourceDomainID", doc="Observed.domain_id that was redirected to")
    from_id: int | None = col("fromDomainID", doc="Observed.domain_id that redirected")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class StorageAccess(Record):
    """A domain was allowed to use what it stored in the pages of another."""

    domain_id: int | None = col("domainID", doc="Observed.domain_id that was allowed")
    top_id: int | None = col("topLevelDomainID", doc="Observed.domain_id of the page")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


_TABLES: tuple[tuple[str, type[Any]], ...] = (
    ("TopLevelDomains", TopLevel),
    ("TopFrameUniqueRedirectsTo", Redirect),
    ("TopFrameUniqueRedirectsToSinceSameSiteStrictEnforcement", Redirect),
    ("TopFrameUniqueRedirectsFrom", RedirectFrom),
    ("TopFrameLinkDecorationsFrom", LinkDecoration),
    ("TopFrameLoadedThirdPartyScripts", Script),
    ("SubframeUnderTopFrameDomains", Subframe),
    ("SubresourceUnderTopFrameDomains", Subresource),
    ("SubresourceUniqueRedirectsTo", SubresourceRedirect),
    ("SubresourceUniqueRedirectsFrom", SubresourceRedirectFrom),
    ("StorageAccessUnderTopFrameDomains", StorageAccess),
)


@artifact(
    "/private/var/**/ResourceLoadStatistics/observations.db",
    "/private/var/**/WebsiteData/observations.db",
)
def resource_load_statistics(
    file: SourceFile,
) -> Iterator[
    Observed | Block[TopLevel] | Block[Redirect] | Block[RedirectFrom] | Block[LinkDecoration] | Block[Script]
    | Block[Subframe] | Block[Subresource] | Block[SubresourceRedirect] | Block[SubresourceRedirectFrom]
    | Block[StorageAccess] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from records(_observed(db), Observed)
        for name, cls in _TABLES:
            yield from db.table(name, cls, optional=True)


def _observed(db: sqlite.Database) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    """The rows of ObservedDomains, their domain once more under what it is."""
    for row in db.rows("ObservedDomains"):
        if isinstance(row, Gap):
            yield row
        else:
            domain = row["registrableDomain"]
            kind = _VISITED if row["hadUserInteraction"] == 1 else _OTHER
            yield row.locator, {**row, kind: domain if isinstance(domain, str) else None}
