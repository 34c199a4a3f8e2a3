"""A lake and sources on an SFTP server over a real socket; a server whose key nobody knows is not trusted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridle.case.manifest import verify_manifest
from bridle.cli import bridle
from bridle.fleet.remote import Remote
from bridle.fleet.storage import LakeError
from fleet_tools import acquisitions, contents

asyncssh = pytest.importorskip("asyncssh", reason="asyncssh is not installed: pip install 'bridle[sftp]'")
pytest.importorskip("sshfs", reason="sshfs is not installed: pip install 'bridle[sftp]'")


@pytest.fixture
def server(tmp_path, monkeypatch):
    """The URL of a server; its folder is `tmp_path/served`."""
    ssh = tmp_path / "home" / ".ssh"
    ssh.mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    host, client = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    host.write_private_key(tmp_path / "host")
    client.write_private_key(ssh / "id_ed25519")
    client.write_public_key(tmp_path / "authorized")
    (tmp_path / "served").mkdir()
    command = [sys.executable, str(Path(__file__).with_name("sftp_server.py")), str(tmp_path / "served")]
    process = subprocess.Popen(
        [*command, str(tmp_path / "host"), str(tmp_path / "authorized")], stdout=subprocess.PIPE, text=True
    )
    port = int(process.stdout.readline())
    (ssh / "known_hosts").write_text(f"[127.0.0.1]:{port} {host.export_public_key().decode()}")
    yield f"sftp://analyst@127.0.0.1:{port}"
    process.kill()
    process.wait()
    process.stdout.close()


def fleet(*arguments, code=0):
    said = CliRunner().invoke(bridle, ["fleet", *map(str, arguments), "--json"])
    assert said.exit_code == code, said.output
    return json.loads(said.stdout)


def test_a_lake_and_its_sources_are_there(tmp_path, feed, server):
    acquisitions(tmp_path / "served" / "in", 2)
    lake = tmp_path / "served" / "lake"
    told = fleet("check", f"{server}/in/*", "--lake", f"{server}/lake", "-i", feed, "--jobs", "2")
    assert [(t["name"], t["status"]) for t in sorted(told["tasks"], key=lambda t: t["name"])] == [
        ("phone000", "done"), ("phone001", "done")
    ]  # fmt: skip
    fleet("check", f"{tmp_path}/served/in/*", "--lake", tmp_path / "local", "-i", feed, "--jobs", "2")
    assert len(contents(lake)) == 2
    for case in (lake / "cases").iterdir():
        assert verify_manifest(case) == []
    again = fleet("check", f"{server}/in/*", "--lake", f"{server}/lake", "-i", feed, "--jobs", "2")
    assert again["counts"]["kept"] == 2
    fleet("forget", "--lake", f"{server}/lake", "phone001", "--yes")
    assert len(list((lake / "cases").iterdir())) == 1
    assert b"phone001" not in b"".join(p.read_bytes() for p in lake.rglob("*") if p.is_file())
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_server_with_another_key_is_not_used(tmp_path, server):
    (tmp_path / "home" / ".ssh" / "known_hosts").write_text("")
    with pytest.raises(LakeError, match=r"cannot be reached: HostKeyNotVerifiable"):
        Remote(f"{server}/lake").read("lake.json")
