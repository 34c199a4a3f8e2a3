"""Diagnostic reports that were copied from a phone: they go back where they lay."""

import pytest
from containers import folder_of, gz_of, listed, no_password, zip_of

from bridle.evidence import open_source
from bridle.evidence.source import SourceError

CRASH = b'{"app_name":"homed","bug_type":"309","timestamp":"2022-10-11 09:30:05.00 +0200"}\n{}\n'
FILES = {
    "homed-2022-10-11-093005.ips": CRASH,
    "Retired/bh-2021-01-01-000000.ips.synced": CRASH,
    "Panics/panic-full.panic": b"panic(cpu 0",
    "DiagnosticLogs/sysdiagnose/sysdiagnose.tar.gz": b"gz",
}
HOME = "/private/var/mobile/Library/Logs/CrashReporter"


@pytest.mark.parametrize("pack", [folder_of, gz_of, zip_of])
@pytest.mark.parametrize("top", ["", "phone/"])
def test_a_folder_or_archive(tmp_path, pack, top):
    packed = {top + name: data for name, data in FILES.items()}
    if pack is folder_of:
        path = folder_of(tmp_path / "given", packed)
    else:
        path = tmp_path / "given"
        path.write_bytes(pack(packed))
    source = open_source(path, password=no_password)
    assert (source.kind, source.platform) == ("crash-logs", "ios")
    found = {p for p, m in listed(source).items() if m.type == "file"}
    assert found == {f"{HOME}/{top}{name}" for name in FILES}
    source.close()


@pytest.mark.parametrize("data", [CRASH, b"Incident Identifier: 35F77863\n"])
def test_one_report(tmp_path, data):
    path = tmp_path / "homed.ips"
    path.write_bytes(data)
    source = open_source(path, password=no_password)
    assert (source.kind, list(listed(source))) == ("crash-logs", [f"{HOME}/homed.ips"])
    source.close()


def test_other_json_is_no_report(tmp_path):
    path = tmp_path / "notes.json"
    path.write_bytes(b'{"type": "note"}\n')
    with pytest.raises(SourceError, match="crash logs"):
        open_source(path, password=no_password)
