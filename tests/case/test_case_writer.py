"""Writing a case: order, bounds, atomicity, and what is on the disk meanwhile."""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from building import KEY, SMS, Message, Process, rows, stamped, written

from bridle.case.damage import CaseDamagedError
from bridle.case.keys import CaseKey, new_case_key
from bridle.case.ledger import LedgerRow, ledger_table
from bridle.case.reader import Case
from bridle.case.writer import CaseExistsError, CaseWriter

CANARIES = (b"CANARY-uncited-message", b"447700900123", b"canary_file_name.heic", b"ios.sms.canary_column")


def all_bytes(folder: Path) -> bytes:
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert files
    return b"".join(p.read_bytes() + str(p).encode() for p in files)


def canary_rows(n: int) -> pa.Table:
    return rows(Message, SMS, [
        {"locator": f"message:{i}", "text": "CANARY-uncited-message to +447700900123", "link": "canary_file_name.heic"}
        for i in range(n)
    ])  # fmt: skip


def test_rows_stand_in_the_order_of_their_files_and_then_as_they_came(tmp_path):
    writer = CaseWriter(tmp_path / "case", None)
    writer.add("ios.a.process", ("S1", "/b"), rows(Process, "/b", [{"locator": "1"}, {"locator": "2"}]))
    writer.add("ios.a.process", ("S1", "/a"), rows(Process, "/a", [{"locator": "9"}]))
    writer.add("ios.a.process", ("S1", "/b"), rows(Process, "/b", [{"locator": "3"}]))
    writer.finish_tables()
    writer.commit()
    table = pq.read_table(tmp_path / "case/records/ios.a.process.parquet")
    assert table["_path"].to_pylist() == ["/a", "/b", "/b", "/b"]
    assert table["locator"].to_pylist() == ["9", "1", "2", "3"]


def test_a_declared_table_without_rows_exists_with_its_columns_and_their_meaning(tmp_path):
    writer = CaseWriter(tmp_path / "case", KEY)
    writer.declare("ios.a.process", stamped(Process))
    writer.finish_tables()
    writer.commit()
    case = Case(tmp_path / "case", KEY)
    columns = case.tables()["ios.a.process"]
    assert columns.names == ["_source", "_path", "_sha256", "locator", "name", "first_used"]
    assert columns.field("name").metadata == {
        b"kind": b"process-name",
        b"surface": b"network-user",
        b"doc": b"as stored",
    }
    assert [b.num_rows for b in case.batches("ios.a.process")] == []
    assert case.sql('SELECT count(*) AS n FROM "ios.a.process"') == (["n"], [[0]])


@pytest.mark.parametrize("budget", [1, 64 << 20])
def test_spilled_rows_give_the_same_bytes_as_rows_kept_in_memory(tmp_path, budget):
    writer = CaseWriter(tmp_path / str(budget), None, budget=budget)
    for path in ("/z", "/a"):
        for start in (0, 5000):
            made = [{"locator": f"m:{n}", "text": f"{path} {n}" if n % 3 else None, "size": n,
                     "tags": [str(n), "x"] if n % 2 else None} for n in range(start, start + 5000)]  # fmt: skip
            writer.add("ios.sms.message", ("S1", path), rows(Message, path, made))
    writer.finish_tables()
    assert not (writer.building / "parts").exists()
    writer.commit()
    stored = (tmp_path / str(budget) / "records/ios.sms.message.parquet").read_bytes()
    table = pq.read_table(tmp_path / str(budget) / "records/ios.sms.message.parquet")
    assert table["locator"].to_pylist() == [f"m:{n}" for n in range(10_000)] * 2
    assert table["tags"][1].as_py() == ["1", "x"]
    other = CaseWriter(tmp_path / "whole", None)
    order = [{"locator": f"m:{n}", "text": f"{path} {n}" if n % 3 else None, "size": n,
              "tags": [str(n), "x"] if n % 2 else None} for path in ("/a", "/z") for n in range(10_000)]  # fmt: skip
    for n, path in enumerate(("/a", "/z")):
        other.add("ios.sms.message", ("S1", path), rows(Message, path, order[n * 10_000 : (n + 1) * 10_000]))
    other.finish_tables()
    other.commit()
    assert stored == (tmp_path / "whole/records/ios.sms.message.parquet").read_bytes()


def test_a_row_group_ends_at_its_rows_or_at_its_bytes(tmp_path):
    few = rows(Message, SMS, [{"locator": str(n)} for n in range(140_000)])
    long = rows(Message, SMS, [{"locator": str(n), "text": "x" * 900} for n in range(20_000)])
    written(tmp_path / "case", None, {"a.b.rows": few, "a.b.bytes": long})
    groups = lambda name: [  # noqa: E731
        pq.ParquetFile(tmp_path / f"case/records/{name}.parquet").metadata.row_group(n).num_rows for n in range(2)
    ]
    assert groups("a.b.rows") == [32_768, 32_768]
    assert groups("a.b.bytes") == [8_192, 8_192]


def test_text_that_repeats_is_a_dictionary_and_only_numbers_are_compared(tmp_path):
    made = [
        {"locator": str(n), "text": f"text {n}", "link": f"https://example.org/{n % 9}", "size": n} for n in range(9000)
    ]
    written(tmp_path / "case", None, {"a.b.many": rows(Message, SMS, made), "a.b.few": rows(Message, SMS, made[:9])})
    for name, repeating in (("many", {"_source", "_path", "_sha256", "link"}), ("few", {"_path", "text", "link"})):
        group = pq.ParquetFile(tmp_path / f"case/records/a.b.{name}.parquet").metadata.row_group(0)
        columns = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
        dictionaries = {n for n, c in columns.items() if c.has_dictionary_page}
        assert dictionaries & {"_source", "_path", "_sha256", "text", "link"} >= repeating
        assert ("text" in dictionaries) == (name == "few")
        assert {n for n, c in columns.items() if c.is_stats_set} == {"written", "shown", "size"}
        assert (columns["size"].statistics.min, columns["size"].statistics.max) == (0, 8999 if name == "many" else 8)


def test_rows_of_many_small_files_are_measured_once(tmp_path, monkeypatch):
    measured = []

    def size(table):
        measured.append(table.num_rows)
        return 0

    monkeypatch.setattr("bridle.case.tables._size", size)
    writer = CaseWriter(tmp_path / "case", None)
    for n in range(400):
        writer.add("a.b.c", ("S1", f"/{n:03}", ""), rows(Process, f"/{n:03}", [{"locator": "1", "name": "a"}] * 100))
    writer.finish_tables()
    assert measured == [8192] * 4
    assert [pq.ParquetFile(writer.building / "records" / "a.b.c.parquet").metadata.num_rows] == [40_000]
    writer.abort()


def test_equal_rows_give_an_equal_case_and_no_manifest_entry_depends_on_when_or_where(tmp_path):
    table = rows(Message, SMS, [{"locator": "m:1", "text": "hello"}])
    one = written(tmp_path / "x/one", None, {"ios.sms.message": table}, {"summary.json": b"{}\n"})
    two = written(tmp_path / "y/two", None, {"ios.sms.message": table}, {"summary.json": b"{}\n"})
    assert (one.path / "manifest.json").read_bytes() == (two.path / "manifest.json").read_bytes()
    secret = written(tmp_path / "z", KEY, {"ios.sms.message": table}, {"summary.json": b"{}\n"})
    plain_files = json.loads((one.path / "manifest.json").read_bytes())["files"]
    secret_files = json.loads((secret.path / "manifest.json").read_bytes())["files"]
    name = "records/ios.sms.message.parquet"
    assert plain_files[name]["content_sha256"] == secret_files[name]["content_sha256"]
    assert plain_files[name]["stored_sha256"] != secret_files[name]["stored_sha256"]
    empty = hashlib.sha256(b"{}\n").hexdigest()
    assert plain_files["summary.json"] == {"content_sha256": empty, "size": 3, "stored_sha256": empty}


def test_nothing_uncited_is_in_clear_while_building_or_afterwards(tmp_path):
    writer = CaseWriter(tmp_path / "case", KEY, budget=1)
    writer.add("ios.sms.message", ("S1", SMS), canary_rows(3000))
    assert (writer.building / "parts").stat().st_size > 3000
    midway = all_bytes(tmp_path)
    writer.finish_tables()
    writer.write_table(
        "ledger",
        ledger_table(
            [
                LedgerRow(
                    source="S1",
                    path="/canary_file_name.heic",
                    member="canary_file_name.heic",
                    type="file",
                    artifact=None,
                    size=1,
                    modified=None,
                    status="not wanted",
                    reason=None,
                )
            ]
        ),
    )
    before_commit = all_bytes(tmp_path)
    writer.commit()
    after = all_bytes(tmp_path)
    for canary in (*CANARIES, b"first_used", b"zone", b"sms.db"):
        assert canary not in midway
        assert canary not in before_commit
        assert canary not in after
    assert (tmp_path / "case/ledger.parquet").read_bytes()[:4] == b"PARE"
    table = Case(tmp_path / "case", KEY).sql('SELECT DISTINCT text FROM "ios.sms.message"')
    assert table == (["text"], [["CANARY-uncited-message to +447700900123"]])


def test_a_plaintext_case_shows_that_the_canaries_would_have_been_found(tmp_path):
    written(tmp_path / "case", None, {"ios.sms.message": canary_rows(1)})
    assert b"CANARY-uncited-message" in all_bytes(tmp_path)


def test_another_key_does_not_open_a_table(tmp_path):
    written(tmp_path / "case", KEY, {"ios.sms.message": canary_rows(1)})
    with pytest.raises(CaseDamagedError, match=r"message\.parquet of .* is damaged: .*(footer|tag|decrypt)"):
        Case(tmp_path / "case", new_case_key()).tables()
    with pytest.raises((OSError, ValueError)):
        Case(tmp_path / "case", None).tables()


def test_an_encrypted_case_refuses_a_table_in_clear(tmp_path):
    case = written(tmp_path / "case", KEY, {"ios.sms.message": canary_rows(1)})
    pq.write_table(canary_rows(1), case.path / "records/ios.sms.planted.parquet")
    with pytest.raises((OSError, ValueError)):
        Case(case.path, KEY).tables()


def test_what_exists_is_never_overwritten(tmp_path):
    for existing in ("file", "folder", "link"):
        (tmp_path / existing).parent.mkdir(exist_ok=True)
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    for existing in ("file", "folder", "link"):
        with pytest.raises(
            CaseExistsError, match=r"exists already, and a case is never overwritten; name a new folder"
        ):
            CaseWriter(tmp_path / existing, None)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder", "link"]


def test_of_two_runs_to_one_destination_the_second_fails_at_once_and_harms_nothing(tmp_path):
    first = CaseWriter(tmp_path / "case", None)
    with pytest.raises(CaseExistsError, match="another run is writing"):
        CaseWriter(tmp_path / "case", None)
    first.write_file("summary.json", b"{}\n")
    first.commit()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["case"]
    assert sorted(p.name for p in (tmp_path / "case").iterdir()) == ["manifest.json", "records", "summary.json"]


def test_a_destination_that_appears_meanwhile_is_not_replaced(tmp_path):
    writer = CaseWriter(tmp_path / "case", None)
    (tmp_path / "case").mkdir()
    with pytest.raises(CaseExistsError, match="written by another run meanwhile"):
        writer.commit()
    writer.abort()
    assert [p.name for p in tmp_path.iterdir()] == ["case"]
    assert list((tmp_path / "case").iterdir()) == []


def test_abort_leaves_nothing(tmp_path):
    writer = CaseWriter(tmp_path / "case", KEY, budget=1)
    writer.add("ios.sms.message", ("S1", SMS), canary_rows(10))
    writer.abort()
    writer.abort()
    assert list(tmp_path.iterdir()) == []


def test_abort_after_commit_keeps_the_case(tmp_path):
    writer = CaseWriter(tmp_path / "case", None)
    writer.commit()
    writer.abort()
    assert (tmp_path / "case/manifest.json").is_file()


def test_what_a_dead_process_left_is_removed(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from bridle.case.writer import CaseWriter\n"
        "w = CaseWriter(Path(sys.argv[1]), None); w.write_file('left.json', b'x'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "case")], check=False).returncode == 9
    assert (tmp_path / ".case.building/left.json").read_bytes() == b"x"
    writer = CaseWriter(tmp_path / "case", None)
    assert sorted(p.name for p in writer.building.iterdir()) == ["records"]
    writer.abort()


def test_what_a_process_left_that_died_before_it_had_a_name_is_removed(tmp_path):
    (tmp_path / ".case.building-dead" / "records").mkdir(parents=True)
    alive = tmp_path / ".case.building-alive"
    (tmp_path / ".case2.building-x").mkdir()
    alive.mkdir()
    lock = os.open(alive, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    CaseWriter(tmp_path / "case", None).abort()
    os.close(lock)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".case.building-alive", ".case2.building-x"]


def test_the_owner_alone_may_read(tmp_path):
    old = os.umask(0)
    try:
        written(tmp_path / "case", KEY, {"ios.sms.message": canary_rows(1)}, {"summary.json": b"{}"})
    finally:
        os.umask(old)
    folders = {p for p in (tmp_path / "case").rglob("*") if p.is_dir()} | {tmp_path / "case"}
    files = {p for p in (tmp_path / "case").rglob("*") if p.is_file()}
    assert {p.stat().st_mode & 0o777 for p in folders} == {0o700}
    assert {p.stat().st_mode & 0o777 for p in files} == {0o600}
    assert len(files) == 3


@pytest.mark.parametrize("name", ["../x", "a/b", "", "Ios.Sms", "a..b", "a\n"])
def test_a_table_cannot_be_named_out_of_its_folder(tmp_path, name):
    writer = CaseWriter(tmp_path / "case", None)
    with pytest.raises(ValueError, match="expected a table name"):
        writer.declare(name, stamped(Process))
    writer.abort()


@pytest.mark.parametrize("name", ["../x.json", "custody.jsonl", "manifest.json", "/etc/x.y", "x"])
def test_a_file_cannot_be_named_out_of_the_case_or_after_what_lies_outside_the_manifest(tmp_path, name):
    writer = CaseWriter(tmp_path / "case", None)
    with pytest.raises(ValueError, match="expected the name of a file of a case"):
        writer.write_file(name, b"")
    writer.abort()


def test_a_table_has_one_set_of_columns(tmp_path):
    writer = CaseWriter(tmp_path / "case", None)
    writer.declare("a.b.c", stamped(Process))
    with pytest.raises(ValueError, match="declared twice with different columns"):
        writer.add("a.b.c", ("S1",), rows(Message, SMS, [{"locator": "1"}]))
    writer.abort()


def test_a_full_disk_leaves_no_half_case(tmp_path):
    code = (
        "import resource, signal, sys; from pathlib import Path; import pyarrow as pa\n"
        "from bridle.case.writer import CaseWriter\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "w = CaseWriter(Path(sys.argv[1]), None)\n"
        "w.add('a.b.c', ('S1',), pa.table({'v': [__import__('os').urandom(50).hex() for _ in range(5000)]}))\n"
        "try: w.finish_tables()\n"
        "except OSError as e: w.abort(); print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "case")], check=False, capture_output=True, text=True
    )
    assert (done.stdout, done.returncode) == ("refused\n", 0), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_key_has_32_bytes_and_does_not_show_itself():
    with pytest.raises(ValueError, match="a case key has 32 bytes, got 16"):
        CaseKey(bytes(16))
    assert repr(KEY) == "CaseKey()"
    assert new_case_key().raw != new_case_key().raw


def test_a_case_has_its_first_entry_when_it_appears(tmp_path, monkeypatch):
    writer = CaseWriter(tmp_path / "case", None)
    writer.commit({"event": "check", "exit": 0})
    (line,) = (tmp_path / "case/custody.jsonl").read_text().splitlines()
    assert json.loads(line)["previous"] == hashlib.sha256((tmp_path / "case/manifest.json").read_bytes()).hexdigest()

    def full(descriptor, content):
        raise OSError(28, "No space left on device")

    second = CaseWriter(tmp_path / "second", None)
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        second.commit({"event": "check", "exit": 0})
    monkeypatch.undo()
    second.abort()
    assert [p.name for p in tmp_path.iterdir()] == ["case"]
