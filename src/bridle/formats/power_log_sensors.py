"""Camera, sound, whereabouts and what is near by in a power log, and the lock of the screen.

Sources: as the artifact `ios.power_log` tells.
"""

from __future__ import annotations

from bridle.core import BundleId, ProcessName, record
from bridle.formats.power_log_events import Event, Span
from bridle.formats.table import col


@record(surface="running-process")
class Camera(Event):
    """A camera that was switched on or off."""

    bundle_id: BundleId | None = col("BundleId", doc="app that did it; older systems store none")
    camera: int | None = col("CameraType", doc="which camera, as a number; its meaning is not published")
    state: int | None = col("State", doc="0 off, 1 on, as far as is known")


@record(surface="running-process")
class Audio(Span):
    """An assertion of an app that plays or records, or its state as what is playing now, or a recording by Shazam."""

    bundle_id: BundleId | None = col("BundleID", doc="bundle identifier of the app")
    application: ProcessName | None = col("ApplicationName", doc="name or bundle identifier of the app")
    assertion: str | None = col("AssertionName", doc="what it is active for")
    operation: str | None = col("Operation", doc="whether the assertion begins or ends")
    route: str | None = col("AudioRoute", doc="where the sound goes or comes from")
    pid: int | None = col("PID", doc="process identifier")
    state: int | None = col("State", doc="1 playing in the log that was examined")


@record
class AudioRouting(Event):
    """Where the phone's sound goes from then on, and the process that has it."""

    active: bool | None = col("Active", doc="whether sound is in use")
    pid: int | None = col("ActivePID", doc="process identifier of who uses it; 0 for none")
    route: str | None = col("ActiveRoute", doc="such as `Speaker`")
    category: str | None = col("OutputCategory", doc="kind of use, such as `Audio/Video` or `PlayAndRecord`")
    headset_has_input: bool | None = col("HeadsetHasInput", doc="whether the headset has a microphone")


@record(surface="running-process")
class LocationClient(Span):
    """A program that asks where the phone is."""

    client: BundleId | None = col("Client", doc="app, or name of a system bundle", surface="installed-app")
    bundle_id: BundleId | None = col("BundleId", doc="bundle identifier", surface="installed-app")
    executable: ProcessName | None = col("Executable", doc="program, or its path; often empty")
    type: str | None = col("Type", doc="`Location`, `Visit`, `Significant`, `Fence` …")
    accuracy: float | None = col("LocationDesiredAccuracy", doc="metres it asks for; negative are Apple's constants")
    in_use: int | None = col("InUseLevel", doc="how much the app is in use, as a number")
    authorized: bool | None = col("Authorized", doc="whether it may")


@record
class AirDrop(Event):
    """A step of AirDrop, such as looking for others near by."""

    state: str | None = col("State", doc="`Start` or `Stop`")
    step: str | None = col("Subevent", doc="such as `BluetoothScanning` or `Transfer`")
    bundle_id: BundleId | None = col("bundleId", doc="app it was for")
    pid: int | None = col("pid", doc="process identifier")


@record
class Lock(Event):
    """The phone was locked or unlocked."""

    locked: bool | None = col("Locked", doc="whether it is locked from then on")
