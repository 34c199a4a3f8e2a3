"""What it means that an app or a page stands in a record of use."""

from __future__ import annotations

import pytest

from bridle import artifacts
from bridle.core import fields_of

SURFACES = {
    "ios.biome": {
        "Event.bundle_ids": "mention", "Event.texts": "mention", "Focus.bundle_id": "running-process",
        "Install.bundle_id": "installed-app", "Visit.url": "visited", "Visit.domain": "visited",
        "Visit.title": "mention", "Notification.body": "message",
    },
    "ios.knowledge_c": {
        "Object.bundle_id": "installed-app", "Object.url": "visited", "Object.value": "mention",
        "StructuredMetadata.web_domain": "visited",
    },
    "ios.screen_time": {
        "TimedItem.bundle_id": "mention", "TimedItem.domain": "mention", "CountedItem.bundle_id": "mention",
        "InstalledApp.bundle_id": "mention", "InstalledApp.local_bundle_id": "installed-app",
        "Change.bundle_id": "mention",
    },
    "ios.keychain_analytics": {
        "Event.domains": "mention", "Event.urls": "mention", "Event.contacted_domains": "network-user",
        "Event.contacted_urls": "network-user",
    },
    "ios.location_cache": {"Fence.bundle_id": "installed-app"},
}  # fmt: skip


@pytest.mark.parametrize("name", SURFACES)
def test_observables_stand_where_they_mean_it(name: str) -> None:
    known = {f"{r.__name__}.{f.name}": f for r in artifacts.load(name).records for f in fields_of(r)}
    assert all(known[place].kind for place in SURFACES[name])
    assert {place: known[place].surface for place in SURFACES[name]} == SURFACES[name]
