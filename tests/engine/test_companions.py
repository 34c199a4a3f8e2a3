"""A log whose strings and clock are other files: they reach its parser in the sandbox, whatever the acquisition."""

import io
import json
import tarfile

import pytest
from click.testing import CliRunner

from artifact_files import FIXTURES, content, expected, stored
from bridle.case.reader import open_case
from bridle.cli import bridle

LOG = FIXTURES / "ios" / "unified_log" / "boot.tracev3"
TOP = "sysdiagnose_2026.03.01_08-30-00+0000_iPhone-OS_iPhone_22E240"


def in_archive(path):
    """The name of a device file inside a sysdiagnose."""
    for home, place in (("/private/var/db/uuidtext/", ""), ("/private/var/db/diagnostics/", "")):
        if path.startswith(home):
            return f"system_logs.logarchive/{place}{path.removeprefix(home)}"
    raise AssertionError(path)


def members():
    """The log first: in a stream its companions come after it."""
    beside = {str(p): data for p, data in stored(LOG).beside.items()}
    log = {"/private/var/db/diagnostics/Persist/0000000000000001.tracev3": content(LOG)}
    return {in_archive(p): data for p, data in (log | beside).items()} | {"sysdiagnose.log": b"started\n"}


def as_tar(tmp_path):
    path = tmp_path / "given.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members().items():
            entry = tarfile.TarInfo(f"{TOP}/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def as_folder(tmp_path):
    for name, data in members().items():
        path = tmp_path / TOP / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / TOP


@pytest.mark.parametrize("pack", [as_tar, as_folder])
def test_paths_and_times_come_from_other_files(tmp_path, pack):
    done = CliRunner().invoke(bridle, ["check", str(pack(tmp_path)), "-o", str(tmp_path / "case"), "--json"])
    assert done.exit_code in (0, 1), done.output
    case = open_case(tmp_path / "case")
    wanted = [row["Process"] for row in expected(LOG) if "Process" in row]
    names, found = case.sql('SELECT pid, euid, path, process_name FROM "ios.unified_log.process" ORDER BY locator')
    assert [dict(zip(names, row, strict=True)) for row in found] == [{n: row.get(n) for n in names} for row in wanted]
    assert case.sql('SELECT DISTINCT time_from FROM "ios.unified_log.event" WHERE time_from IS NOT NULL')[1] == [
        ["timesync"]
    ]
    rules = {json.loads(line)["rule"] for line in (tmp_path / "case" / "findings.jsonl").read_text().splitlines()}
    assert "ios-process-in-staging-folder" in rules


def test_without_them_the_log_is_read_all_the_same(tmp_path):
    folder = as_folder(tmp_path)
    for path in (folder / "system_logs.logarchive" / "timesync").iterdir():
        path.unlink()
    CliRunner().invoke(bridle, ["check", str(folder), "-o", str(tmp_path / "case")])
    case = open_case(tmp_path / "case")
    assert case.sql('SELECT count(*) FROM "ios.unified_log.process"')[1] == [[3]]
    assert case.sql('SELECT DISTINCT time_from FROM "ios.unified_log.event" WHERE time_from IS NOT NULL')[1] == [
        ["header"]
    ]
