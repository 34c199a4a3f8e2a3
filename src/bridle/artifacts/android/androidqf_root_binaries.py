"""root_binaries.json and root_binaries.pb of AndroidQF and Bugbane: programs of rooted phones that `which` found.

    ["/system/xbin/su", "/data/local/tmp/magisk\\n/sbin/magisk"]

Each text is what `which -a` printed for one of some names (su, busybox, magisk, …), and may hold several lines.

Known limits: only folders in the shell's PATH are looked into, and only for the names that the tool's release knows. An
empty list says no more than that.

Sources: https://github.com/mvt-project/androidqf (modules/root_binaries.go) ;
https://github.com/osservatorionessuno/bugbane (RootBinaries.kt)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import FileName, FilePath, Gap, Record, SourceFile, artifact, note, record
from bridle.formats.quick_forensics import outputs


@record(surface="file-present")
class Binary(Record):
    """One program that was found."""

    path: FilePath = note(doc="where it is on the phone")
    name: FileName = note(doc="last part of the path", surface="mention")


@artifact("/androidqf/root_binaries.json", "/androidqf/root_binaries.pb")
def androidqf_root_binaries(file: SourceFile) -> Iterator[Binary | Gap]:
    with file.open() as stored:
        for item in outputs(stored, packed=file.path.suffix == ".pb"):
            if isinstance(item, Gap):
                yield item
                continue
            place, line = item
            if line.startswith("/"):
                yield Binary(locator=place, path=line, name=line.rpartition("/")[2])
            else:
                yield Gap(locator=place, reason=f"expected an absolute path, got {line!a:.60}")
