"""How a table is stored: whatever stands in it is read back, by Arrow and by DuckDB itself."""

from itertools import pairwise

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from building import KEY

from bridle.case.tables import TableWriter, batches

LEAST, MOST = -(2**63), 2**63 - 1
EXTREMES = [LEAST, MOST, None, 0, -1, MOST, LEAST, None]
SCHEMA = pa.schema(
    [("n", pa.int64()), ("time", pa.timestamp("us")), ("utc", pa.timestamp("us", tz="UTC")), ("none", pa.int64())]
)


def table(numbers: list[int | None]) -> pa.Table:
    stored = pa.array(numbers, pa.int64())
    return pa.table([stored, stored, stored, pa.nulls(len(stored), pa.int64())], schema=SCHEMA)


@pytest.mark.parametrize("numbers", [EXTREMES, [], [None] * 9, [*range(20_000), *EXTREMES]])
@pytest.mark.parametrize("key", [None, KEY], ids=["plaintext", "encrypted"])
def test_numbers_and_times_of_any_size_come_back(tmp_path, key, numbers):
    path = tmp_path / "t.parquet"
    with TableWriter(path, SCHEMA, key) as writer:
        writer.write(table(numbers[:5]))
        writer.write(table(numbers[5:]))
    read = pa.Table.from_batches(batches(path, key, None), SCHEMA)
    assert read.equals(table(numbers))
    if key is None:
        with duckdb.connect() as db:
            query = "SELECT n, epoch_us(utc), none FROM read_parquet(?) WHERE n IS NULL OR n BETWEEN -1 AND 30000"
            asked = db.execute(query, [str(path)]).fetchall()
        assert asked == [(n, n, None) for n in numbers if n is None or -1 <= n <= 30_000]


def test_numbers_that_follow_each_other_take_little_room(tmp_path):
    """65,536 times, a millisecond apart, take 8 bytes each as they are."""
    path = tmp_path / "t.parquet"
    with TableWriter(path, SCHEMA, None) as writer:
        writer.write(table([1_774_825_200_000_000 + 1000 * n for n in range(65_536)]))
    with pq.ParquetFile(path) as file:
        groups = [file.metadata.row_group(n).column(1) for n in range(file.num_row_groups)]
    assert sum(column.total_uncompressed_size for column in groups) < 16_384


def test_bytes_do_not_tell_with_which_others_rows_came(tmp_path):
    """One table, or one for each file: row groups are of 32,768 rows, and of the files' 3 paths each has its own."""
    schema = pa.schema([("_path", pa.string()), ("n", pa.int64())])
    paths = ["/a"] * 30_000 + ["/b"] * 5_000 + ["/c"] * 5_000
    whole = pa.table([pa.array(paths).dictionary_encode(), pa.array(range(40_000))], ["_path", "n"])
    stored = []
    for name, ends in (("one", (0, 40_000)), ("three", (0, 30_000, 35_000, 40_000))):
        with TableWriter(tmp_path / name, schema, None, 1, records=True) as writer:
            for first, last in pairwise(ends):
                part = whole.slice(first, last - first)
                own = part["_path"].cast(pa.string()).combine_chunks().dictionary_encode()
                writer.write(part.set_column(0, "_path", own))
        stored.append((tmp_path / name).read_bytes())
        assert pq.read_table(tmp_path / name)["_path"].to_pylist() == paths
    assert stored[0] == stored[1]
