"""An AndroidQF or Bugbane acquisition: a folder, a zip with or without a top folder, or either under age encryption.

Everything lies below `/androidqf`, but intrusion logs, which have a root of their own, and the bugreport inside, whose
members are listed once more where a bugreport's members belong. An `.age` archive is decrypted while it is read.

Source: https://github.com/mvt-project/androidqf (output folder), https://github.com/osservatorionessuno/bugbane
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from bridle.core import FormatError
from bridle.evidence import age
from bridle.evidence.acquisition import Acquisition, Describe, Password
from bridle.evidence.archive import Container, DecryptedBytes
from bridle.evidence.bugreport import Report, nested_report
from bridle.evidence.dumpstate import Sections
from bridle.evidence.file_system import build_properties
from bridle.evidence.probe import Probe, shallow
from bridle.evidence.source import Member, NeedsPasswordError, SourceError, Wanted
from bridle.evidence.zip import ZipArchive

_MARKS = frozenset({"acquisition.json", "getprop.txt", "packages.json", "packages.pb", "backup.ab"})
"""Any one of these at the top names an AndroidQF folder; no bugreport, backup or file system has them there."""


class AndroidQF(Acquisition):
    """One acquisition by AndroidQF or a tool that writes the same folder."""

    kind: ClassVar[str] = "androidqf"
    _platform: ClassVar[str] = "android"

    def __init__(self, container: Container, label: str, root: str) -> None:
        super().__init__(container, label)
        self._root = root
        self._report: Report | None = None
        self._sections = Sections()

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By its own files at the top or below one folder; what age encrypts is taken for one and looked at later."""
        return is_age(probe) or (probe.form in ("folder", "zip") and _root(probe.names) is not None)

    @classmethod
    def of(cls, probe: Probe, *, password: Password, label: str | None) -> AndroidQF:
        container = _decrypted(probe, password) if is_age(probe) else probe.container
        try:
            root = _root(shallow(container) if is_age(probe) else probe.names)
            if root is None:
                raise SourceError(f"{probe.label()} is no AndroidQF acquisition: there is no acquisition.json in it.")
            return cls(container, probe.label(label), root)
        except BaseException:
            if container is not probe.container:
                container.close()
            raise

    @property
    def encrypted(self) -> bool:
        return isinstance(self.container, _AgeArchive) or self.container.encrypted

    def place(self, path: str) -> str:
        below = path.removeprefix(self._root)
        if path + "/" == self._root:
            below = ""
        if below.startswith("intrusion_logs/"):
            return "/" + below
        return f"/androidqf/{below}".rstrip("/")

    def describing(self) -> Mapping[str, Describe]:
        return {"/androidqf/getprop.txt": build_properties}

    def members(self, wanted: Wanted) -> Iterator[Member]:
        yield from super().members(wanted)
        for entry in self.container.entries(lambda path: path == f"{self._root}dumpsys.txt"):
            if entry.path == f"{self._root}dumpsys.txt":
                yield from self._sections.of(entry, "/androidqf")
        self._report = self._report or nested_report(self.container, f"{self._root}bugreport.zip")
        if self._report is not None:
            yield from self._report.members(wanted, self._sections)
            self.notes += [f"{self._report.within}: {p}" for p in self._report.container.problems]

    def close(self) -> None:
        self._sections.close()
        if self._report is not None:
            self._report.container.close()
        super().close()


class _AgeArchive(ZipArchive):
    """A zip under age encryption. Its digest is that of the encrypted file, which it owns."""

    def __init__(self, source: DecryptedBytes, stored: Container) -> None:
        super().__init__(source)
        self._stored = stored

    @property
    def digest(self) -> str:
        return self._stored.digest

    def close(self) -> None:
        super().close()
        self._stored.close()


def is_age(probe: Probe) -> bool:
    """Whether a file is encrypted with age."""
    return probe.form == "file" and age.is_age(probe.stored_head)


def _decrypted(probe: Probe, password: Password) -> ZipArchive:
    secret = password()
    if secret is None:
        raise NeedsPasswordError(
            f"{probe.label()} is encrypted with age. Give the identity (AGE-SECRET-KEY-…) or passphrase as password."
        )
    try:
        source = DecryptedBytes(age.open_stream(probe.path, secret))
    except FormatError as e:
        raise SourceError(f"{probe.label()} cannot be decrypted: {e}.") from e
    try:
        return _AgeArchive(source, probe.container)
    except FormatError as e:
        source.close()
        raise SourceError(f"{probe.label()} cannot be decrypted: {e}.") from e
    except BaseException:
        source.close()
        raise


def _root(names: frozenset[str]) -> str | None:
    """The folder the acquisition lies in: empty for the top, else ending in `/`."""
    found = {name[: name.rfind("/") + 1] for name in names if name.rpartition("/")[2] in _MARKS}
    return next((r for r in sorted(found) if r.count("/") <= 1), None)
