"""A single Android app: the package as a whole, and what is packed in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import ClassVar

from bridle.evidence.acquisition import Acquisition, member_of
from bridle.evidence.archive import Container
from bridle.evidence.probe import OneFile, Probe
from bridle.evidence.source import Member, Wanted


class Apk(Acquisition):
    """An APK as `/apk/NAME.apk`, its entries below `/apk/NAME/`."""

    kind: ClassVar[str] = "apk"
    _platform: ClassVar[str] = "android"

    def __init__(self, container: Container, label: str, whole: OneFile) -> None:
        super().__init__(container, label)
        self._whole = whole
        self._name = label.replace("/", "_").removesuffix(".apk") or "app"

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """A zip with an app's manifest at its top."""
        return probe.form == "zip" and "AndroidManifest.xml" in probe.names

    @classmethod
    def of(cls, probe: Probe, *, password: object, label: str | None) -> Apk:  # noqa: ARG003 - never encrypted
        return cls(probe.container, probe.label(label), OneFile(probe.path))

    def place(self, path: str) -> str:
        return f"/apk/{self._name}/{path}"

    def members(self, wanted: Wanted) -> Iterator[Member]:
        for entry in self._whole.entries(lambda _: True):
            yield member_of(entry, str(PurePosixPath(f"/apk/{self._name}.apk")))
        yield from super().members(wanted)

    def close(self) -> None:
        self._whole.close()
        super().close()
