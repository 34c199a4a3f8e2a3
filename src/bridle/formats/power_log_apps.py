"""Apps in a power log: what is installed, what was on the screen, and what state it was in.

Sources: as the artifact `ios.power_log` tells.
"""

from __future__ import annotations

from bridle.core import BundleId, ProcessName, Text, Url, Utc, record
from bridle.formats.power_log_events import Aggregate, Event, Span, bundles
from bridle.formats.table import col
from bridle.formats.values import text, unix

_CLOUD = "iCloud."


def _of_container(value: object) -> str:
    """The identifier in the name of a container in iCloud. Raises ValueError."""
    return text(value).removeprefix(_CLOUD)


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


@record(surface="running-process")
class AppRunTime(Aggregate):
    """How long an app, or a service that worked for one, was on the screen and in the background in a span."""

    client: str | None = col("BundleID", doc="bundle identifier, or `service:[client:app]`, as stored")
    bundle_ids: tuple[BundleId, ...] | None = col("BundleID", bundles, doc="the identifiers in it")
    screen_on: float | None = col("ScreenOnTime", doc="seconds on the screen")
    background: float | None = col("BackgroundTime", doc="seconds in the background")
    background_audio: float | None = col("BackgroundAudioPlayingTime", doc="seconds with sound in the background")
    background_location: float | None = col("BackgroundLocationTime", doc="seconds with the whereabouts, likewise")


@record(surface="running-process")
class AppNote(Span):
    """An app that is named for what it did or what was done with it; the table in the locator says which."""

    bundle_id: BundleId | None = col("BundleID", doc="app, extension or service")
    pid: int | None = col("PID", doc="process identifier, where that is told")


@record(surface="installed-app")
class NotificationCount(Aggregate):
    """Notifications of an app in a span, shown or woken by."""

    bundle_id: BundleId | None = col("BundleID", doc="app they were of")
    count: int | None = col("Count", doc="how many")
    kind: int | None = col("PostType", doc="kind of notification as a number; its meaning is not published")


@record(surface="mention")
class AppPrediction(Event):
    """An app that the system expects to be used; how much is in `extra`."""

    bundle_id: BundleId | None = col("BundleID", doc="app")


@record(surface="mention")
class CloudScan(Event):
    """A folder of an app in iCloud that was searched all through."""

    container: str | None = col("AppLibraryID", doc="name of the folder, such as `iCloud.org.example.app`")
    bundle_id: BundleId | None = col("AppLibraryID", _of_container, doc="what is behind `iCloud.`: mostly the app")
    reason: str | None = col("Reason", doc="why")


@record(surface="visited")
class WebApp(Event):
    """A page that stands on the home screen like an app; no log with rows was at hand."""

    identifier: str | None = col("identifier", doc="identifier")
    title: Text | None = col("title", doc="name under its icon")
    url: Url | None = col("url", doc="address")


@record(surface="running-process")
class Call(Event):
    """A call as the system shows it, of any app that makes calls."""

    bundle_id: BundleId | None = col("bundleID", doc="app of the call; the system's own calls have their own")
    provider: str | None = col("providerIdentifier", doc="who provides the call: team and app")
    status: str | None = col("status", doc="such as `callStop`")
    type: str | None = col("kCallSubType", doc="kind of call")
    has_video: bool | None = col("video", doc="whether it has video")
