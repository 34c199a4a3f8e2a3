"""hashes.csv of AndroidQF and Bugbane: the files of the acquisition and their SHA-256, as it ended.

    /home/examiner/0d3f…/packages.json,5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9

Whether the files still have these hashes is said of the acquisition itself, not here.

Known limits: written into a folder, the list has paths on the examiner's machine, itself and command.log before they
were finished, and lacks acquisition.json. Written into an archive it has names in the archive and is complete; releases
before May 2026 that wrote into an archive have none.

Sources: https://github.com/mvt-project/androidqf (acquisition) ; https://github.com/osservatorionessuno/bugbane
(ArtifactHashes.kt)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import FileName, Gap, Record, Sha256, SourceFile, artifact, note, record
from bridle.formats.hash_list import rows


@record
class Hash(Record):
    """One file of the acquisition."""

    path: str = note(doc="path on the examiner's machine, or name in the archive, as stored")
    file_name: FileName = note(doc="last part of the path")
    sha256: Sha256 = note(doc="SHA-256 of the file when the acquisition ended", surface="file-present")


@artifact("/androidqf/hashes.csv")
def androidqf_hashes(file: SourceFile) -> Iterator[Hash | Gap]:
    with file.open() as stored:
        for row in rows(stored):
            if isinstance(row, Gap):
                yield row
                continue
            locator, path, digest = row
            yield Hash(locator=locator, path=path, file_name=path.replace("\\", "/").rpartition("/")[2], sha256=digest)
