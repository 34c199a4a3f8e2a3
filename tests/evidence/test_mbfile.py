import plistlib
import sqlite3

import pytest
from backups import FILE_KEY, mbfile, wrapped

from bridle.core import FormatError
from bridle.formats import mbfile as mbfile_format
from corpus import CORPUS, needs_corpus


def reference(blob):
    objects = plistlib.loads(blob)["$objects"]
    found = {}
    for key, value in objects[1].items():
        if isinstance(value, plistlib.UID):
            value = objects[value.data]
            value = value["NS.data"] if isinstance(value, dict) and "NS.data" in value else value
        if key != "$class":
            found[key] = value
    return found


@needs_corpus
def test_mbfiles_read_as_plistlib_reads_them():
    database = CORPUS / "ios/mvt/tests/artifacts/ios_backup/Manifest.db"
    db = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
    blobs = [row[0] for row in db.execute("SELECT file FROM Files")]
    db.close()
    reader = mbfile_format.Reader()
    assert len(blobs) == 3721
    assert [reader.read(b).values() for b in blobs] == [reference(b) for b in blobs]


@pytest.mark.parametrize(
    "blob",
    [
        mbfile(5, key=wrapped(FILE_KEY)),
        mbfile(0),
        mbfile(2**40, modified=0),
        mbfile(100_000, path="Ünïcode/文"),
        mbfile(5, Digest=plistlib.UID(2)),
        mbfile(5, Real=1.5, Truth=True),
        mbfile(5, **{f"Key{i}": i + 1_000 for i in range(40)}),
    ],
)
def test_mbfiles_of_any_layout_read_as_plistlib_reads_them(blob):
    reader = mbfile_format.Reader()
    for _ in range(2):
        assert reader.read(blob).values() == reference(blob)


def test_an_mbfile_of_another_layout_is_not_read_by_the_first():
    reader = mbfile_format.Reader()
    first, second = mbfile(5, GroupID=501), mbfile(6, OwnerID=501)
    assert reader.read(first).get("GroupID") == 501
    assert reader.read(second).get("GroupID") is None
    assert reader.read(second).get("OwnerID") == 501


def test_an_old_date_is_seconds_since_1970():
    archive = plistlib.loads(mbfile(5))
    archive["$objects"][1]["LastModified"] = plistlib.UID(4)
    archive["$objects"].append({"NS.time": 10.0, "$class": plistlib.UID(3)})
    blob = plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)
    assert mbfile_format.Reader().read(blob).get("LastModified") == 978307210.0


@pytest.mark.parametrize("cut", range(0, 300, 7))
def test_a_damaged_mbfile_is_a_format_error_or_reads(cut):
    whole = mbfile(5, key=wrapped(FILE_KEY))
    reader = mbfile_format.Reader()
    reader.read(whole)
    with pytest.raises(FormatError):
        reader.read(whole[: cut + 20]).values()
    flipped = bytearray(whole)
    flipped[cut % len(whole)] ^= 0xFF
    try:
        reader.read(bytes(flipped)).values()
    except FormatError as e:
        assert str(e).startswith("MBFile")
