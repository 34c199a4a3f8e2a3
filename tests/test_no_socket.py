"""No command but `indicators update` connects to anything: every process that it starts is watched, not only imports.

An audit hook (PEP 578) of a `sitecustomize` writes down every connection, binding, look-up of a name and datagram that
a Python program makes; pairs of sockets between a parent and its children are none of these.
"""

import json
import os
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import bridle
from bridle.cli import COMMANDS

HOOK = """
import os, sys
TO = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}
NAMES = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
def watch(event, args):
    if event in NAMES or (event in TO and isinstance(args[-1], tuple)):
        line = f"{sys.argv[1:3]} {event} {args[1:]!r:.200}\\n".encode()
        file = os.open(os.environ["WATCHED_FILE"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, line)
        os.close(file)
sys.addaudithook(watch)
"""
"""An address that is no tuple is a path, of a socket that does not leave the machine."""
STIX = {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": [
    {"type": "indicator", "spec_version": "2.1", "id": "indicator--00000000-0000-4000-8000-000000000001",
     "created": "2024-01-01T00:00:00.000Z", "modified": "2024-01-01T00:00:00.000Z", "pattern_type": "stix",
     "pattern": "[domain-name:value = 'lure.example']", "valid_from": "2024-01-01T00:00:00Z"}]}  # fmt: skip
USED = (
    ("phantom", "device", "phone.zip", "--kind", "bugreport"), ("check", "phone.zip", "-o", "case", "-i", "feed.stix2"),
    ("recheck", "case", "-i", "feed.stix2", "-o", "case2"), ("hunt", "case", "-i", "feed.stix2"),
    ("diff", "case", "case2"), ("report", "case", "-o", "report.html"), ("timeline", "case", "--json"),
    ("sql", "case", "SHOW TABLES"), ("verify", "case"), ("consent",), ("rules", "list"), ("artifacts", "list"),
    ("phantom", "device", "clean.zip", "--kind", "bugreport", "--state", "clean"),
    ("fleet", "check", "clean.zip", "--lake", "lake", "-i", "feed.stix2"), ("fleet", "status", "--lake", "lake"),
    ("baseline", "build", "case", "-o", "names", "--despite-findings"), ("indicators", "list", "feed.stix2"),
    ("indicators", "show", "lure.example", "-i", "feed.stix2"), ("indicators", "lint", "feed.stix2"),
    ("indicators", "history"), ("infra", "import", "feed.stix2", "--base", "base"),
    ("infra", "show", "lure.example", "--base", "base"), ("infra", "conflicts", "--base", "base"),
    ("infra", "convert", "feed.stix2", "-o", "-", "--to", "misp"), ("list", "key", "second.txt"),
    ("list", "import", "list.csv", "--project", "list", "--owner", "Example Lab", "--purpose", "Who was selected",
     "--second-key", "RECIPIENT"), ("list", "summary", "--project", "list"), ("list", "audit", "--project", "list"),
    ("phantom", "device", "other.zip", "--kind", "bugreport", "--seed", "2"), ("check", "other.zip", "-o", "other"),
    ("links", "case", "other"),
    ("completion", "bash"), ("doctor",), ("self-verify",), ("acquire", "ios", "-o", "phone", "--dry-run"),
    ("debug-bundle", "case", "-o", "bundle.json", "--yes"),
    ("sign-off", "case", "--template"), ("custody", "case", "--hold", "an order"),
    ("seal", "case", "--key", "key", "--timestamp-request", "case.tsq", "--bag", "bag"), ("verify", "bag"),
    ("review", "key"),
    ("review", "pack", "case", "--evidence", "phone.zip", "--for", "RECIPIENT", "-i", "feed.stix2", "-o", "pack.age"),
    ("review", "run", "pack.age", "-o", "answer"), ("review", "open", "pack.age", "pack.age.expected.age", "answer"),
    ("withdraw", "other", "--also", ".", "--yes"),
)  # fmt: skip
ELSEWHERE = {"demo", "view"}
"""Made of `phantom`, `check` and `report`; listens, on 127.0.0.1 alone, as tests/web/test_web_server.py sees."""
KEY = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
"""To seal with."""


class Watched:
    """Commands in a folder, and what they connect to."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "hook").mkdir()
        (folder / "hook" / "sitecustomize.py").write_text(HOOK)
        (folder / "feed.stix2").write_text(json.dumps(STIX))
        (folder / "list.csv").write_text("number,time\n+12025550123,2018-05-01 10:00:00\n")
        (folder / "key").write_bytes(KEY)
        (folder / "key").chmod(0o600)
        self.recipient = ""
        """What `list key` or `review key` printed last."""
        source = os.path.dirname(os.path.dirname(bridle.__file__))
        self.environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(folder / "hook"), source]), "WATCHED_FILE": str(folder / "watched"),
            "BRIDLE_CONFIG": str(folder / "config"), "BRIDLE_DATA": str(folder / "data"), "HOME": str(folder),
        }  # fmt: skip

    def run(self, *arguments):
        given = [self.recipient if a == "RECIPIENT" else a for a in arguments]
        done = subprocess.run(
            [sys.executable, "-m", "bridle", *given], cwd=self.folder, env=self.environment, capture_output=True,
            text=True, timeout=600, check=False, umask=0,
        )  # fmt: skip
        if arguments[:2] in (("list", "key"), ("review", "key")):
            self.recipient = done.stdout.strip()
        return done

    def open_to_others(self):
        """What anybody but the owner may read or write of all that lies here, but for what lay here at the start."""
        given = {self.folder / "hook", self.folder / "feed.stix2", self.folder / "list.csv"}
        found = (p for p in self.folder.rglob("*") if not p.is_symlink() and not {p, *p.parents} & given)
        return [f"{p.relative_to(self.folder)} {p.stat().st_mode & 0o777:o}" for p in found if p.stat().st_mode & 0o077]

    def seen(self):
        file = self.folder / "watched"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def watched(tmp_path):
    return Watched(tmp_path)


def test_commands_connect_to_nothing(watched):
    for arguments in USED:
        done = watched.run(*arguments)
        assert done.returncode in (0, 1), (arguments, done.stderr)
        assert watched.seen() == [], arguments
        assert watched.open_to_others() == [], arguments
    assert set(COMMANDS) - {a[0] for a in USED} == ELSEWHERE, "a new command is to be watched here"


def test_the_one_that_does_is_seen(watched):
    watched.run("indicators", "update", "--feed", "https://127.0.0.1:1/feed.txt", "--timeout", "1")
    assert any("socket.connect" in line and "127.0.0.1" in line for line in watched.seen())
