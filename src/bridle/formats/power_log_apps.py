"""Apps in a power log: what is installed, what was on the screen, and what state it was in.

Sources: as the artifact `ios.power_log` tells.
"""

from __future__ import annotations

from bridle.core import BundleId, ProcessName, Utc, record
from bridle.formats.power_log_events import Event
from bridle.formats.table import col
from bridle.formats.values import unix


@record(surface="running-process")
class ScreenApp(Event):
    """What is on the screen from then on."""

    bundle_id: BundleId | None = col("bundleID", doc="app, or a part of the system such as `com.apple.lock-screen`")
    role: int | None = col("AppRole", doc="how it is shown, as a number; its meaning is not published")


@record(surface="running-process")
class AppState(Event):
    """An app or extension that came to another state, was started ahead of its use, or ended."""

    bundle_id: BundleId | None = col("Identifier", doc="app or extension")
    prewarmed_bundle_id: BundleId | None = col("BundleID", doc="app that was started ahead of its use")
    pid: int | None = col("pid", doc="process identifier")
    state: int | None = col("State", doc="1 ended, 2 suspended, 4 in the background, 8 in front, as far as is known")
    reason: int | None = col("Reason", doc="reason as a number; its meaning is not published")


@record(surface="installed-app")
class App(Event):
    """An app that is or was installed, or a version of one; times of installation are rounded to the half hour."""

    bundle_id: BundleId | None = col("AppBundleId", doc="bundle identifier")
    name: str | None = col("AppName", doc="name under its icon")
    executable: ProcessName | None = col("AppExecutable", doc="name of its program", surface="mention")
    version: str | None = col("AppBundleVersion", doc="version a person sees")
    build: str | None = col("AppBuildVersion", doc="version the system sees")
    deleted: Utc | None = col("(deleted)", unix, doc="when it was deleted, real time; none while it is installed")
    deleted_stored: float | None = col("AppDeletedDate", doc="`deleted` as stored, by the log's own clock; 0 for none")
    updated: Utc | None = col("(updated)", unix, doc="when it was updated, real time, to the half hour")
    updated_stored: float | None = col("AppUpdatedDate", doc="`updated` as stored, by the log's own clock; 0 for none")
    type: int | None = col("AppType", doc="kind of app as a number; 3 those of the system in the log examined")
    is_third_party: bool | None = col("AppIs3rdParty", doc="whether it is not Apple's")


@record(surface="installed-app")
class Plugin(Event):
    """An extension that is or was installed."""

    bundle_id: BundleId | None = col("PluginId", doc="bundle identifier of the extension")
    parent: BundleId | None = col("PluginParentApp", doc="app it is part of")
    executable: ProcessName | None = col("PluginExecutableName", doc="name of its program", surface="mention")
    type: str | None = col("PluginType", doc="what it extends")
    deleted: Utc | None = col("(plugin deleted)", unix, doc="when it was deleted, as App.deleted")
    deleted_stored: float | None = col("PluginDeletedDate", doc="`deleted` as stored, as App.deleted_stored")
