"""What is learnt from cases: programs of the system, ordinary users of the network, and no more."""

from __future__ import annotations

import json
import tomllib

import pyarrow as pa
import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from bridle.detect.baselines import BaselineError, Built, load_own, shipped
from bridle.detect.memory import Memory
from bridle.detect.rule import load_rules, with_baselines
from bridle.phantom import device
from corpus import INDICATORS, needs_indicators

UUID = "0A1B2C3D-0000-4000-8000-000000000001"


def text(name, kind=None, surface=None):
    return pa.field(name, pa.string(), metadata={"kind": kind, "surface": surface} if kind else None)


STAMPS = [text(n) for n in ("_source", "_path", "_sha256", "locator")]
CLIENT = pa.schema([*STAMPS, text("path", "file-path", "running-process"), text("uuid")])
USER = pa.schema(
    [*STAMPS, text("name", "process-name", "network-user"), text("bundle_id", "bundle-id", "network-user")]
)
CRASH = pa.schema([*STAMPS, text("name", "process-name", "crash"), text("seen_in", "file-path", "mention")])
LEDGER = pa.schema([text("path", "file-path", "file-present"), text("type")])


def case(**tables):
    schemas = {"client": CLIENT, "user": USER, "crash": CRASH}
    made = {f"ios.t.{n}": pa.Table.from_pylist(rows, schemas[n]) for n, rows in tables.items() if n != "ledger"}
    if "ledger" in tables:
        made["ledger"] = pa.Table.from_pylist([{"path": p, "type": "file"} for p in tables["ledger"]], LEDGER)
    return Memory(made)


def test_what_is_written_of_two_cases(tmp_path):
    built = Built()
    built.add(
        0,
        case(
            client=[
                {"path": f"/usr/libexec/locationd/{UUID}", "uuid": UUID},
                {"path": "/usr/sbin/abc,d", "uuid": UUID.lower()},
                {"path": "/private/var/db/com.apple.xpc.roleaccountd.staging/subridged", "uuid": UUID},
                {"path": None, "uuid": None},
            ],
            user=[
                {"name": "apsd", "bundle_id": None},
                {"name": "Chat", "bundle_id": "org.example.chat"},
                {"name": "nsurlsessiond/org.example.chat", "bundle_id": None},
                {"name": None, "bundle_id": None},
            ],
            crash=[{"name": "locationd"}, {"name": "SomebodysApp"}],
        ),
        "22F76",
    )
    built.add(
        1,
        case(
            user=[{"name": "apsd", "bundle_id": None}, {"name": "rare", "bundle_id": None}],
            ledger=["/usr/libexec/nfcd", "/Applications/Web.app/Web", "/Applications/Web.app/Info.plist",
                    "/System/Library/CoreServices/SystemVersion.plist", "/private/var/tmp/usr/bin/x"],
        ),
        "19H349",
    )  # fmt: skip
    counts = built.write(tmp_path / "own")
    assert counts == {
        "ios_system_executables.txt": 4, "ios_system_paths.txt": 4, "ios_network_users.txt": 2, "ios_crashers.txt": 1,
        "ios_system_images.csv": 4,
    }  # fmt: skip
    read = load_own(tmp_path / "own")
    assert read.lists == {
        "ios_system_executables": ("Web", "abc,d", "locationd", "nfcd"),
        "ios_system_paths": (
            "/Applications/Web.app/Web",
            "/usr/libexec/locationd",
            "/usr/libexec/nfcd",
            "/usr/sbin/abc,d",
        ),
        "ios_network_users": ("apsd", "rare"),
        "ios_crashers": ("locationd",),
    }
    assert (tmp_path / "own" / "ios_system_images.csv").read_text().splitlines() == [
        "path,uuid,build,cases",
        "/Applications/Web.app/Web,,19H349,1",
        f"/usr/libexec/locationd,{UUID},22F76,1",
        "/usr/libexec/nfcd,,19H349,1",
        f'"/usr/sbin/abc,d",{UUID},22F76,1',
    ]
    assert built.write(tmp_path / "common", at_least=2)["ios_network_users.txt"] == 1


def test_own_names_are_added_to_the_shipped_ones(tmp_path):
    (tmp_path / "ios_system_executables.txt").write_text("# mine\nzzzd\n")
    (tmp_path / "unheard_of.txt").write_text("x\n")
    rules = with_baselines(load_rules(), [load_own(tmp_path)])
    (rule,) = [r for r in rules if r.id == "ios-process-name-resembles-system"]
    names = rule.values()["ios_system_executables"]
    assert len(names) == len(shipped("ios_system_executables")) + 1
    assert names[-1] == "zzzd"


def test_a_folder_without_lists_is_refused(tmp_path):
    (tmp_path / "unheard_of.txt").write_text("x\n")
    with pytest.raises(BaselineError, match="holds no baseline"):
        load_own(tmp_path)
    (tmp_path / "ios_crashers.txt").write_bytes(b"\xff")
    with pytest.raises(BaselineError, match="utf-8"):
        load_own(tmp_path)


def test_the_shipped_paths_are_those_of_the_shipped_names():
    paths = shipped("ios_system_paths")
    assert len(paths) == 1327
    assert {p.rpartition("/")[2] for p in paths} == set(shipped("ios_system_executables"))


def test_what_ordinary_phones_recorded_is_no_list_of_published_names():
    users, observed = shipped("ios_network_users"), shipped("ios_observed_processes")
    assert (len(users), len(observed), shipped("ios_crashers")) == (119, 19, ("itunescloudd",))
    assert {"com.apple.aggregated", "akd", "ndoagent"} <= set(users)
    assert not set(observed) & set(shipped("ios_system_executables"))
    assert list(users) == sorted(set(users)) and list(observed) == sorted(set(observed))


@needs_indicators
def test_no_list_of_ordinary_names_holds_a_published_one():
    published = set((INDICATORS / "amnesty_2021" / "processes.txt").read_text("utf-8").split())
    assert len(published) == 81
    assert not published & {*shipped("ios_network_users"), *shipped("ios_observed_processes"), *shipped("ios_crashers")}


def test_from_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "data"))

    def run(*arguments):
        return CliRunner().invoke(bridle, list(map(str, arguments)))

    device.write("ios-file-system", "clean", False, None, 1, tmp_path / "phone")
    device.write("ios-backup", "infected", False, None, 1, tmp_path / "other")
    run("check", tmp_path / "phone", "-o", tmp_path / "clean")
    run("check", tmp_path / "other", "-o", tmp_path / "infected")
    refused = run("baseline", "build", tmp_path / "clean", tmp_path / "infected", "-o", tmp_path / "own")
    assert (refused.exit_code, (tmp_path / "own").exists()) == (2, False)
    assert "findings of level medium or above" in refused.output
    done = run("baseline", "build", tmp_path / "clean", "-o", tmp_path / "own", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["ios_network_users.txt"] > 0
    assert run("baseline", "build", tmp_path / "clean", "-o", tmp_path / "own").exit_code == 2
    run("check", tmp_path / "phone", "-o", tmp_path / "again", "--baseline", tmp_path / "own")
    (told,) = tomllib.loads((tmp_path / "again" / "case.toml").read_text())["baselines"]
    assert told["name"] == "own"
    assert told["digest"] == load_own(tmp_path / "own").digest
    wrong = run("check", tmp_path / "phone", "-o", tmp_path / "third", "--baseline", tmp_path)
    assert (wrong.exit_code, "holds no baseline" in wrong.output) == (2, True)


def test_names_of_several_lines_and_formulas(tmp_path):
    """A record holds what whoever made it wished."""
    built = Built()
    rows = [
        {"path": "/usr/sbin/good", "uuid": "=1+1"},
        {"path": "/usr/sbin/bad\n/usr/sbin/implant", "uuid": UUID},
        {"path": "/usr/sbin/bad\u2028implant", "uuid": UUID},
    ]
    user = [{"name": name, "bundle_id": None} for name in ("apsd", "a\nimplant", "a\x85implant", "#implant", " apsd")]
    built.add(0, case(client=rows, user=user), "@22F76")
    built.write(tmp_path / "own")
    lists = {f.name: f.read_text("utf-8").splitlines()[1:] for f in (tmp_path / "own").iterdir()}
    assert lists == {
        "ios_system_executables.txt": ["good"],
        "ios_system_paths.txt": ["/usr/sbin/good"],
        "ios_network_users.txt": ["apsd"],
        "ios_crashers.txt": [],
        "ios_system_images.csv": ["/usr/sbin/good,'=1+1,'@22F76,1"],
    }
