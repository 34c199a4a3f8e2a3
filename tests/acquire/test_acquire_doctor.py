"""The doctor says what is wrong and what to do, and ends with 1 only where something fails."""

import json
import os
import stat

import pytest
from click.testing import CliRunner

from bridle.acquire import doctor, requirements
from bridle.acquire.programs import programs
from bridle.cli import bridle


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A machine with no identity, no feeds and no separate programs."""
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("BRIDLE_IDENTITY", raising=False)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def looked(check):
    return [(x.status, x.said, x.next) for x in check()]


def test_identity_that_others_may_read_fails(home):
    (home / "config").mkdir(mode=0o700)
    file = home / "config" / "identity.txt"
    assert looked(doctor._identity) == [("ok", f"none yet; the first case makes {file}", "")]
    file.write_text("AGE-SECRET-KEY-1QQQQ\n")
    file.chmod(0o644)
    assert looked(doctor._identity) == [
        ("fail", f"others may read {file}, which opens your cases", f"run `chmod 600 {file}`")
    ]
    file.chmod(0o600)
    said = f"{file}, without a passphrase: whoever takes this file can read your cases"
    assert looked(doctor._identity) == [("ok", said, "")]
    file.write_text("-----BEGIN AGE ENCRYPTED FILE-----\n")
    assert looked(doctor._identity) == [("ok", f"{file}, under a passphrase", "")]
    (home / "config").chmod(0o777)
    assert looked(doctor._identity)[1] == (
        "warn", f"others may write to {home / 'config'}", f"run `chmod 700 {home / 'config'}`"
    )  # fmt: skip


def test_feeds_absent_old_and_damaged(home):
    from bridle.indicators import store
    from bridle.indicators.feed_state import Source, State, StoredFeed

    assert looked(doctor._feeds)[0][0] == "warn"
    folder = home / "data" / "feeds"
    digest = store.sha256(b"lure.example\n")
    feed = StoredFeed(
        name="lures.txt", url="https://feeds.example.org/lures.txt", sha256=digest, size=13, indicators=1,
        since="2020-01-05T10:00:00Z",
    )  # fmt: skip
    source = Source(
        source="https://feeds.example.org/lures.txt", kind="feed", checked="2020-01-05T10:00:00Z", sha256=digest,
        feeds=(feed,),
    )  # fmt: skip
    with store.writing(folder), store.staging(folder) as staged:
        staged.put(b"lure.example\n", "lures.txt")
        store.commit(folder, State(sources=(source,)), staged)
    found = looked(doctor._feeds)
    assert [x[0] for x in found] == ["warn"]
    assert "bridle indicators update" in found[0][2]
    object_ = store.object_of(folder, digest, "lures.txt")
    object_.chmod(0o600)
    object_.write_bytes(b"lure.example.org\n")
    assert looked(doctor._feeds)[0][:2] == ("fail", "lures.txt is not there with the bytes of its digest")
    (folder / "feeds.store").write_text("{")
    assert looked(doctor._feeds)[0][0] == "fail"


def test_programs_are_found_with_their_version(home):
    program = home / "bin" / "idevice_id"
    program.write_text("#!/bin/sh\necho 'idevice_id 1.4.0'\n")
    program.chmod(0o755)
    lines = {x.check: x for x in doctor._programs()}
    assert lines["program idevice_id"].as_dict() == {
        "check": "program idevice_id", "status": "ok", "said": "idevice_id 1.4.0", "next": "",
    }  # fmt: skip
    assert lines["program adb"].status == "warn"
    assert len(lines) == len(programs()) == 7


@pytest.mark.parametrize("one", programs(), ids=lambda p: p.name)
def test_each_program_says_how_to_get_it_on_each_system(one):
    assert one.how_to_install("linux")
    assert one.how_to_install("darwin") == one.install["darwin"]
    assert one.how_to_install("freebsd14") == one.install["linux"]


def test_little_space(home, monkeypatch):
    from collections import namedtuple

    usage = namedtuple("usage", "free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage(512 << 20))
    assert [x.status for x in doctor._space(home)] == ["fail"]
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage(10 << 30))
    found = list(doctor._space(home / "not" / "yet"))
    assert [(x.status, x.said) for x in found] == [("warn", f"10.0 GiB free in {home}")]


ALLOW = (
    "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, on Ubuntu also"
    " kernel.apparmor_restrict_unprivileged_userns=0), or work on a machine without a network"
)


HOLD = "limits of memory and files hold"
ALONE = "the filter alone keeps parsers from the network"
LINUX = "use Linux on x86_64 or aarch64 with CONFIG_SECCOMP_FILTER for evidence that may be hostile"


@pytest.mark.parametrize(
    ("found", "status", "said", "step"),
    [
        ("cut filtered 0 2147483648 256", "ok", f"network cut, system calls filtered, {HOLD}", ""),
        ("open filtered 0 2147483648 256", "ok", f"network open, system calls filtered, {HOLD}; {ALONE}", ""),
        ("cut open 0 2147483648 256", "warn", f"network cut, system calls open, {HOLD}", LINUX),
        ("open open 0 2147483648 256", "warn", f"network open, system calls open, {HOLD}", ALLOW),
        ("cut filtered 0 -1 256", "warn", "network cut, system calls filtered, limits of memory and files do not hold",
         LINUX),
    ],
)  # fmt: skip
def test_the_walls_around_a_parser(monkeypatch, found, status, said, step):
    monkeypatch.setattr(doctor, "_CONFINE", f"print({found!r})")
    assert looked(doctor._sandbox) == [(status, said, step)]


def test_the_walls_around_a_parser_here():
    ((status, said, _),) = looked(doctor._sandbox)
    assert said.endswith("limits of memory and files hold") or "the filter alone" in said
    assert (status == "ok") == ("system calls filtered" in said)


def test_core_dumps_that_are_on():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] == 0:
        pytest.skip("core dumps cannot be turned on here")
    resource.setrlimit(resource.RLIMIT_CORE, (1024, before[1]))
    try:
        assert [x[0] for x in looked(doctor._core_dumps)] == ["warn"]
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


def test_packages_missing_and_too_old(monkeypatch):
    asked = ["click>=8.1", "duckdb<3,>=1.5", 'typst>=0.13; extra == "pdf"', 'pytest>=8; extra == "dev"',
             'bridle[fleet]; extra == "s3"', 'absent-package>=1; extra == "pdf"']  # fmt: skip
    versions = {"click": "8.0.9", "duckdb": "2.0.0", "typst": "0.13"}

    def version(name):
        if name not in versions:
            raise requirements.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(requirements.metadata, "requires", lambda _: asked)
    monkeypatch.setattr(requirements.metadata, "version", version)
    assert looked(doctor._dependencies) == [
        ("fail", "click >=8.1 (8.0.9)", "run `pip install --upgrade bridle`"),
        ("warn", "absent-package >=1 (not installed)", "run `pip install bridle[pdf]`"),
    ]


@pytest.mark.parametrize(
    ("installed", "wanted", "good"),
    [("1.10", ">=1.9", True), ("3.0", "<3", False), ("2.0rc1", ">=1.5,<3", True), (None, "", False), ("0.1", "", True)],
)
def test_versions_are_compared_as_numbers(installed, wanted, good):
    assert requirements.Requirement(name="a", wanted=wanted, installed=installed).satisfied is good


def test_command_ends_with_1_where_something_fails(home):
    done = CliRunner().invoke(bridle, ["doctor", "--folder", str(home), "--json"])
    told = json.loads(done.output)
    failing = [x["check"] for x in told["checks"] if x["status"] == "fail"]
    assert done.exit_code == (1 if failing else 0), failing
    assert {
        "python",
        "dependencies",
        "identity",
        "feeds",
        "sandbox",
        "temporary files",
        "time zones",
        "program adb",
    } <= {x["check"] for x in told["checks"]}
    assert {x["status"] for x in told["checks"]} <= {"ok", "warn", "fail"}
    (home / "config").mkdir()
    (home / "config" / "identity.txt").write_text("AGE-SECRET-KEY-1QQQQ\n")
    os.chmod(home / "config" / "identity.txt", stat.S_IRUSR | stat.S_IRGRP)
    done = CliRunner().invoke(bridle, ["doctor", "--folder", str(home)])
    assert done.exit_code == 1
    assert f"fail  identity: others may read {home / 'config' / 'identity.txt'}" in done.output
    assert f"→ run `chmod 600 {home / 'config' / 'identity.txt'}`" in done.output
