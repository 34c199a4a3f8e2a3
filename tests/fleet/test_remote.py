"""A lake and sources on an S3-compatible server over a real socket."""

import json
import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridle.case.manifest import verify_manifest
from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.fleet.lake import Lake
from bridle.fleet.remote import Remote, fetch
from bridle.fleet.storage import LakeError
from fleet_tools import PLACE, acquisition, acquisitions, contents, until

pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'bridle[s3]'")
pytest.importorskip("moto", reason="moto is not installed: pip install 'bridle[dev]'")


@pytest.fixture(scope="module")
def server():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def answers():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    until(answers)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture
def bucket(server, monkeypatch, request):
    """The name of a new bucket, and a file system to look into it by."""
    import fsspec

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    values = {"ENDPOINT_URL": server, "ACCESS_KEY_ID": "synthetic", "SECRET_ACCESS_KEY": "synthetic",
              "DEFAULT_REGION": "us-east-1"}  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    found = fsspec.filesystem("s3", use_listings_cache=False)
    name = f"lake-{abs(hash(request.node.name))}"
    found.mkdir(name)
    return name, found


def fleet(*arguments, code=0, said=""):
    told = CliRunner().invoke(bridle, ["fleet", *map(str, arguments), "--json"])
    assert told.exit_code == code, told.output
    assert said in told.stderr
    return json.loads(told.stdout)


def check(sources, lake, feed, code=0, said=""):
    return fleet("check", sources, "--lake", lake, "-i", feed, "--jobs", "2", code=code, said=said)


def objects(found, name):
    """Every object of a bucket and its bytes."""
    return {p.removeprefix(f"{name}/"): found.cat_file(p) for p in found.find(name)}


def test_a_lake_on_an_object_store_holds_the_cases_of_a_local_one(tmp_path, feed, bucket):
    name, found = bucket
    acquisitions(tmp_path / "in", 3)
    told = check(f"{tmp_path}/in/*", f"s3://{name}/lake", feed)
    assert told["counts"] == {"done": 3, "kept": 0, "failed": 0, "poison": 0, "forgotten": 0}
    check(f"{tmp_path}/in/*", tmp_path / "local", feed)
    found.get(f"{name}/lake/cases/", f"{tmp_path}/copy/cases/", recursive=True)
    assert contents(tmp_path / "copy") == contents(tmp_path / "local")
    for case in (tmp_path / "copy" / "cases").iterdir():
        assert verify_manifest(case) == []
    again = check(f"{tmp_path}/in/*", f"s3://{name}/lake", feed)
    assert again["counts"]["kept"] == 3
    status = fleet("status", "--lake", f"s3://{name}/lake")
    assert (status["planned"], status["done"], status["running"]) == (3, 3, 0)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_sources_are_fetched_and_nothing_of_them_stays(tmp_path, feed, bucket):
    name, found = bucket
    place = acquisition(tmp_path / "in", 7)
    found.put(str(place), f"{name}/evidence/phone007", recursive=True)
    with zipfile.ZipFile(tmp_path / "phone008.zip", "w") as archive:
        for file in acquisition(tmp_path / "in8", 8).rglob("*"):
            if file.is_file():
                archive.write(file, file.relative_to(tmp_path / "in8" / "phone008"))
    found.put(str(tmp_path / "phone008.zip"), f"{name}/evidence/phone008.zip")
    told = check(f"s3://{name}/evidence/*", tmp_path / "lake", feed, said="2 sources are elsewhere: each is fetched")
    assert sorted((t["name"], t["source"], t["status"]) for t in told["tasks"]) == [
        ("phone007", f"s3://{name}/evidence/phone007", "done"),
        ("phone008.zip", f"s3://{name}/evidence/phone008.zip", "done"),
    ]
    assert list((tmp_path / "tmp").iterdir()) == []
    one = next(t["task"] for t in told["tasks"] if t["name"] == "phone007")
    case = open_case(tmp_path / "lake" / "cases" / one)
    assert case.sql('SELECT name FROM "ios.data_usage.process"')[1] == [["process7"]]
    changed = found.info(f"{name}/evidence/phone007/{PLACE}")["LastModified"]
    path = f"/{PLACE}"
    when = case.sql(f"SELECT DISTINCT modified FROM ledger WHERE path = '{path}'")[1]
    assert when == [[changed.strftime("%Y-%m-%dT%H:%M:%SZ")]]
    found.pipe_file(f"{name}/evidence/phone007/more", b"it grew")
    planned = fleet("plan", f"s3://{name}/evidence/*", "--lake", tmp_path / "lake", "-i", feed)
    assert [(t["name"], t["state"]) for t in planned["tasks"]] == [("phone007", "new"), ("phone008.zip", "done")]


def test_what_is_fetched_only_its_owner_may_read(tmp_path, bucket):
    name, found = bucket
    found.pipe_file(f"{name}/evidence/deep/file", b"bytes")
    place = fetch(f"s3://{name}/evidence", tmp_path)
    assert (place / "deep" / "file").read_bytes() == b"bytes"
    assert [oct(p.stat().st_mode & 0o777) for p in (place / "deep" / "file", place / "deep")] == ["0o600", "0o700"]


def test_half_an_upload_is_no_case_and_is_replaced(tmp_path, bucket):
    name, found = bucket
    remote = Remote(f"s3://{name}/lake")
    found.pipe_file(f"{name}/lake/cases/t/old.parquet", b"of an upload that was cut")
    assert remote.holders("cases", "manifest.json") == set()
    built = tmp_path / "case"
    (built / "records").mkdir(parents=True)
    for file in ("manifest.json", "case.key.age", "records/a.parquet"):
        (built / file).write_bytes(file.encode())
    assert remote.put_case(built, "cases/t")
    assert objects(found, name) == {
        f"lake/cases/t/{f}": f.encode() for f in ("manifest.json", "case.key.age", "records/a.parquet")
    }
    assert remote.holders("cases", "manifest.json") == {"t"}
    other = tmp_path / "other"
    other.mkdir()
    (other / "manifest.json").write_bytes(b"of a second attempt")
    assert not remote.put_case(other, "cases/t")
    assert remote.read("cases/t/manifest.json") == b"manifest.json"


def test_two_attempts_at_one_upload_do_not_mix(tmp_path, bucket, monkeypatch):
    name, found = bucket
    remote = Remote(f"s3://{name}/lake")
    built = tmp_path / "case"
    built.mkdir()
    for file in ("manifest.json", "case.key.age", "ledger.parquet"):
        (built / file).write_bytes(file.encode())
    put = remote._fs.put_file

    def overtaken(source, target, **options):
        put(source, target, **options)
        if source.endswith("ledger.parquet"):
            found.pipe_file(f"{name}/lake/cases/t/case.key.age", b"the key of another attempt")

    monkeypatch.setattr(remote._fs, "put_file", overtaken)
    assert not remote.put_case(built, "cases/t")
    assert remote.holders("cases", "manifest.json") == set()


def test_forgetting_deletes_every_version(tmp_path, feed, bucket):
    name, found = bucket
    found.call_s3("put_bucket_versioning", Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    acquisitions(tmp_path / "in", 2)
    told = check(f"{tmp_path}/in/*", f"s3://{name}/lake", feed)
    one = next(t["task"] for t in told["tasks"] if t["name"] == "phone001")
    gone = fleet("forget", "--lake", f"s3://{name}/lake", "phone001", "--yes")
    assert (gone["task"], gone["others"]) == (one, [])
    listed = found.call_s3("list_object_versions", Bucket=name)
    kept = [v for v in (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())) if one in v["Key"]]
    assert [v["Key"] for v in kept] == [f"lake/tombstones/{one}.json"]
    plans = [v["VersionId"] for v in listed["Versions"] if v["Key"] == "lake/plan.json"]
    assert len(plans) == 1
    assert b"phone001" not in found.cat_file(f"{name}/lake/plan.json")
    again = check(f"{tmp_path}/in/*", f"s3://{name}/lake", feed)
    assert again["counts"] == {"done": 0, "kept": 1, "failed": 0, "poison": 0, "forgotten": 1}


def test_an_earlier_case_is_moved_whole(tmp_path, feed, bucket):
    name, found = bucket
    acquisitions(tmp_path / "in", 1)
    before = check(f"{tmp_path}/in/*", f"s3://{name}/lake", feed)["tasks"][0]["task"]
    other = tmp_path / "other.txt"
    other.write_text("lure.example.org\n")
    after = check(f"{tmp_path}/in/*", f"s3://{name}/lake", other)["tasks"][0]["task"]
    lake = Lake(f"s3://{name}/lake")
    assert (lake.cases(), lake.storage.names("earlier")) == ({after}, [before])
    found.get(f"{name}/lake/earlier/{before}/", f"{tmp_path}/copy/", recursive=True)
    assert verify_manifest(Path(f"{tmp_path}/copy")) == []


def test_a_server_that_is_not_there_is_one_sentence(tmp_path, bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    import fsspec

    fsspec.get_filesystem_class("s3").clear_instance_cache()
    with pytest.raises(LakeError, match=r"s3://nowhere/lake/plan.json: .*; check address and permissions"):
        Lake("s3://nowhere/lake").read_json("plan.json")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    assert "AWS_ENDPOINT_URL" in os.environ
