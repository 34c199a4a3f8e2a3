"""ios.manifest gives the same records and Gaps as columns as it gives row by row."""

import plistlib
import sqlite3
from datetime import UTC, datetime

from backups import FILE_KEY, mbfile, wrapped
from hypothesis import given, settings
from hypothesis import strategies as st

from artifact_files import Stored
from bridle.artifacts.ios import manifest
from bridle.core import Gap
from bridle.formats import sqlite
from bridle.formats.arrow import ArrowBlock
from bridle.formats.mbfile import Reader
from bridle.formats.table import records

ORDINARY = {"Birth": 1_600_000_000, "LastStatusChange": 1_600_000_001, "UserID": 501, "GroupID": 502,
            "InodeNumber": 70_000, "ProtectionClass": 3}  # fmt: skip


def stored(rows, columns="fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB"):
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE TABLE Files ({columns})")
    for row in rows:
        db.execute(f"INSERT INTO Files VALUES ({', '.join('?' * len(row))})", row)
    db.commit()
    return Stored(db.serialize())


def in_columns(file):
    found, lost, blocks = [], [], 0
    for item in manifest.manifest.parse(file):
        if isinstance(item, Gap):
            lost.append(item)
        elif isinstance(item, ArrowBlock):
            found += item
            blocks += 1
        else:
            found.append(item)
    return found, lost, blocks


def row_by_row(file):
    with sqlite.connect(file) as db:
        items = list(records(manifest._files(Reader(), db.rows("Files")), manifest.File))
    return [i for i in items if not isinstance(i, Gap)], [i for i in items if isinstance(i, Gap)]


def blob(path, size=5, **more):
    return mbfile(size, path=path, **ORDINARY, **more)


def test_a_file_as_it_is_stored():
    file = stored([("aa" * 20, "HomeDomain", "Library/a", 1, blob("Library/a", key=wrapped(FILE_KEY)))])
    assert in_columns(file) == (
        [
            manifest.File(
                locator="Files:1", file_id="aa" * 20, domain="HomeDomain", relative_path="Library/a", flags=1, size=5,
                modified=datetime(2021, 1, 14, 21, 25, 23, tzinfo=UTC),
                changed=datetime(2020, 9, 13, 12, 26, 41, tzinfo=UTC),
                born=datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC), mode=33188, user_id=501, group_id=502, inode=70_000,
                protection_class=3, object_flags=0, digest=None, target=None, extra=None,
            )
        ],
        [],
        1,
    )  # fmt: skip


def test_what_is_odd_stands_where_its_row_does():
    other = plistlib.dumps({"com.example": b"\x01"}, fmt=plistlib.FMT_BINARY)
    rows = [
        ("1", "D", "a", 1, blob("a")),
        ("2", "D", "b", 1, blob("elsewhere")),
        ("3", "D", "c", 1, blob("c", modified=2**40)),
        ("4", "D", "d", 1, b"no property list"),
        ("5", "D", "e", 1, None),
        ("6", "D", None, 1, blob("f", modified=0)),
        ("7", "D", "g", 1, blob("g", ExtendedAttributes=other)),
        ("8", "D", "h", 1, blob("h", Digest=b"\x0a" * 20, Target=plistlib.UID(2))),
    ]
    found, lost, blocks = in_columns(stored(rows))
    assert (found, lost) == row_by_row(stored(rows))
    assert blocks == 1
    assert [f.locator for f in found] == [f"Files:{n}" for n in range(1, 9)]
    assert [f.extra for f in found[:3]] == [None, '{"RelativePath": "elsewhere"}', None]
    assert [g.locator for g in lost] == ["Files:3.LastModified", "Files:4.file"]


_TIMES = st.sampled_from([0, 1_610_659_523, -5, 2**33, 2**33 - 1, 2**62, 1.5])
_BLOBS = st.one_of(
    st.builds(
        lambda path, size, time, key, more: mbfile(size, modified=time, path=path, key=key, **(ORDINARY | more)),
        st.sampled_from(["a", "Library/a", "é", ""]),
        st.sampled_from([0, 5, 2**40, -1, 2**63, 1.5, "x"]),
        _TIMES,
        st.sampled_from([None, wrapped(FILE_KEY)]),
        st.dictionaries(st.sampled_from(["Digest", "Target", "More", "Birth"]),
                        st.one_of(_TIMES, st.sampled_from([b"\x01", plistlib.UID(2), plistlib.UID(0), True])),
                        max_size=2),
    ),
    st.sampled_from([None, b"", b"bplist00"]),
)  # fmt: skip
_ROWS = st.lists(
    st.tuples(st.sampled_from(["D", "é", None]), st.sampled_from(["a", "Library/a", "é", "", None]),
              st.sampled_from([1, 2, 4, None]), _BLOBS),
    max_size=8,
)  # fmt: skip
_ODD = st.sampled_from([None, b"\xff", "text", 5, 1.5])


@settings(deadline=None, max_examples=80)
@given(rows=_ROWS, odd=st.tuples(st.integers(0, 40), st.integers(0, 4), _ODD), more=st.booleans())
def test_columns_say_what_single_rows_say(rows, odd, more):
    rows = [[f"{n:040x}", *row] for n, row in enumerate(rows)]
    if odd[0] < len(rows):
        rows[odd[0]][odd[1]] = odd[2]
    columns = "fileID TEXT, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB" + (", other" if more else "")
    file = stored([[*row, *([7] if more else [])] for row in rows], columns)
    assert in_columns(file)[:2] == row_by_row(file)
