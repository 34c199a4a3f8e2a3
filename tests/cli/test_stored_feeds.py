"""`bridle indicators update`, `pack`, `unpack`, `history`, `trust`, `forget`, as people see them."""

import hashlib
import json
import os
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from https_server import answer, slowly
from indicator_keys import key

ONE = b"one.example.org\n"
B = b"b.example.org\n"
TWO = b"one.example.org\ntwo.example.org\n"


@pytest.fixture
def run(tmp_path, monkeypatch, authority):
    """Runs `bridle indicators …`: exit code, stdout, stderr."""

    def call(*arguments, data="data"):
        monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / data))
        more = ["--ca", str(authority.file)] if arguments[0] == "update" else []
        said = CliRunner().invoke(bridle, ["indicators", *map(str, arguments), *more])
        assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
        return said.exit_code, said.stdout, said.stderr

    return call


def short(data):
    return hashlib.sha256(data).hexdigest()[:12]


def index_of(server, *paths):
    rows = [f"- name: Feed\n  download_url: {server.url(p)}" for p in paths]
    return server.serve("/indicators.yaml", "\n".join(["indicators:", *rows]).encode())


def test_from_the_first_update_to_a_machine_that_is_offline(run, server, tmp_path):
    server.serve("/lists/a.txt", ONE)
    server.serve("/lists/b.txt", B)
    index = index_of(server, "/lists/a.txt", "/lists/b.txt")
    said = (
        f"updated    {index}, not signed\n  taken    lists/a.txt  1 indicator (+1 -0), SHA-256 {short(ONE)}\n"
        f"  taken    lists/b.txt  1 indicator (+1 -0), SHA-256 {short(B)}\n"
    )
    assert run("update", "--index", index) == (0, said, "")
    server.serve("/lists/a.txt", TWO)
    code, out, _ = run("update")
    assert (code, out.splitlines()[1:]) == (
        0,
        [f"  taken    lists/a.txt  2 indicators (+1 -0), SHA-256 {short(TWO)}",
         "  1 feed is the same"],
    )  # fmt: skip
    assert run("update") == (0, f"unchanged  {index}, not signed\n  2 feeds are the same\n", "")

    bundle = tmp_path / "a.bridle-feeds"
    code, out, err = run("pack", "-o", bundle)
    assert (code, err) == (0, "not signed; --key FILE signs it\n")
    assert out.startswith(f"2 feeds, {bundle.stat().st_size:,} bytes, manifest SHA-256 ")
    code, out, err = run("unpack", bundle, data="offline")
    assert (code, out.splitlines()[0]) == (0, f"updated    {index}, not signed")
    assert err.splitlines()[1] == "the bundle is not signed: it rests on how it came to you"
    assert run("list", data="offline")[1] == run("list")[1]
    assert [line.split()[-1] for line in run("list", data="offline")[1].splitlines()] == ["lists/a.txt", "lists/b.txt"]

    code, out, err = run("history")
    assert [line.split("  ", 1)[1] for line in out.splitlines() if line[0] == "2"] == ["update", "update"]
    assert err.startswith(f"{index}: last had whole 2")
    assert json.loads(run("history", "--json")[1])[1]["sources"][0]["feeds"][0]["added"] == 1
    assert run("forget", "https://example.org/") == (
        2, "", "bridle: 'https://example.org/' is not followed; `bridle indicators history` names what is\n",
    )  # fmt: skip
    code, out, _ = run("forget", index)
    assert (code, out.splitlines()) == (
        0, [f"forgotten  {index}", "  gone     lists/a.txt  2 indicators", "  gone     lists/b.txt  1 indicator"],
    )  # fmt: skip
    assert run("list")[1] == ""
    assert run("history")[1].splitlines()[-3] == f"forgotten  {index}"


def test_exit_codes_and_json(run, server, tmp_path):
    server.serve("/lists/a.txt", ONE)
    index = index_of(server, "/lists/a.txt", "/lists/b.txt")
    code, out, _ = run("update", "--json", "--index", index)
    (change,) = json.loads(out)
    assert (code, change["status"], [f["status"] for f in change["feeds"]]) == (3, "partly", ["taken", "missing"])
    assert change["feeds"][1]["reason"] == f"{server.url('/lists/b.txt')}: the server has no such file (404)"
    server.plays["/indicators.yaml"] = answer(b"<html>log in")
    code, out, _ = run("update")
    assert (code, out.split(": ")[0]) == (1, f"refused    {index}")
    code, _, err = run("update", "--feed", "http://example.org/a")
    assert (code, err) == (2, "bridle: only https:// addresses are fetched, got 'http://example.org/a'\n")
    code, _, err = run("update", "--index", tmp_path / "none")
    assert (code, err) == (2, f"bridle: {tmp_path / 'none'} is neither an https:// address nor a file\n")


def test_a_dry_run_says_what_would_change(run, server, tmp_path):
    server.serve("/lists/a.txt", ONE)
    code, out, _ = run("update", "-n", "--feed", server.url("/lists/a.txt"))
    assert (code, out.splitlines()[0]) == (0, f"updated    {server.url('/lists/a.txt')}, not signed")
    assert not (tmp_path / "data").exists()


def test_signed_bundles(run, server, tmp_path):
    mine, public = key(tmp_path)
    other, _ = key(tmp_path, "other", b"2" * 32)
    server.serve("/lists/a.txt", ONE)
    run("update", "--feed", server.url("/lists/a.txt"))
    assert run("pack", "-o", tmp_path / "signed", "--key", mine)[2] == f"signed by {public.fingerprint}\n"
    run("pack", "-o", tmp_path / "unsigned")
    code, _, err = run("unpack", tmp_path / "signed", "--trusted-key", other.with_suffix(".pub"), data="offline")
    assert (code, "and you trust only SHA256:" in err) == (1, True)
    assert run("trust", mine.with_suffix(".pub"), "--for", "bundles", data="offline") == (
        0, "", f"{public.fingerprint} is trusted now for bundles\n",
    )  # fmt: skip
    said = run("trust", mine.with_suffix(".pub"), "--for", "bundles", data="offline")[2]
    assert said == f"{public.fingerprint} was trusted already for bundles\n"
    code, _, err = run("unpack", tmp_path / "unsigned", data="offline")
    assert (code, "is not signed, and you trust only what" in err) == (1, True)
    code, _, err = run("unpack", tmp_path / "signed", data="offline")
    assert (code, err.splitlines()[-1]) == (0, f"the bundle is signed by {public.fingerprint}")


def test_what_cannot_be_done(run, tmp_path):
    (tmp_path / "no.bridle-feeds").write_bytes(b"x" * 600)
    assert run("pack", "-o", tmp_path / "x") == (
        1, "", "bridle: there are no feeds to pack; run `bridle indicators update` first\n",
    )  # fmt: skip
    assert run("unpack", tmp_path / "no.bridle-feeds")[0] == 3
    assert run("unpack", tmp_path / "none")[0] == 2
    assert run("trust", tmp_path / "none", "--for", "bundles")[0] == 2
    assert run("history") == (
        0, "", "No source is followed; `bridle indicators update` fetches the published index.\n",
    )  # fmt: skip
    (tmp_path / "data" / "feeds").mkdir(parents=True, exist_ok=True)
    (tmp_path / "data" / "feeds" / "feeds.store").write_text("{")
    code, _, err = run("history")
    assert (code, "move it away and run `bridle indicators update`" in err) == (1, True)


def test_names_from_outside_do_nothing_to_the_terminal(run, server):
    server.serve("/a%1b.txt", ONE)
    index = server.serve("/i.yaml", f"indicators:\n- download_url: {server.url('/a%1b.txt')}\n".encode())
    code, out, err = run("update", "--index", index)
    assert (code, "\x1b" in out + err) == (1, False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_update_leaves_the_old_feeds_and_no_lock(run, server, tmp_path, authority):
    server.serve("/lists/a.txt", ONE)
    server.serve("/lists/b.txt", B)
    run("update", "--index", index_of(server, "/lists/a.txt", "/lists/b.txt"))
    before = run("list")[1]
    server.serve("/lists/a.txt", TWO)
    served, server.plays["/lists/b.txt"] = server.plays["/lists/b.txt"], slowly(server, b"HTTP/1.1 200 OK\r\n", b"X")
    asked = len(server.heads)
    command = [sys.executable, "-m", "bridle", "indicators", "update", "--ca", authority.file]
    environment = {**os.environ, "BRIDLE_DATA": str(tmp_path / "data"), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=environment) as child:
        end = time.monotonic() + 30
        while "/lists/b.txt" not in server.paths[asked:] and time.monotonic() < end:
            time.sleep(0.02)
        child.kill()
    assert server.paths[asked:] == ["/indicators.yaml", "/lists/a.txt", "/lists/b.txt"]
    assert run("list")[1] == before
    assert len(list((tmp_path / "data" / "feeds" / "objects").glob(".staging-*"))) == 1
    server.plays["/lists/b.txt"] = served
    code, out, _ = run("update")
    assert (code, out.splitlines()[1]) == (
        0, f"  taken    lists/a.txt  2 indicators (+1 -0), SHA-256 {short(TWO)}",
    )  # fmt: skip
    assert list((tmp_path / "data" / "feeds" / "objects").glob(".staging-*")) == []
