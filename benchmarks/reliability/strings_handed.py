"""Hostile strings in what is handed over or shown of a case: seals, bags, packs for review, viewer, what is left."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from reliability import hostile
from reliability.desk import Desk

_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_POLICY = "default-src 'none'"
_SHOWN = 25
"""Findings and rows of each table that are asked for one by one."""
_KEY = f"key {hostile.file_names()[0]}"


def handed_over(desk: Desk) -> None:
    """All of it, in the order in which a lab does it."""
    _sealed(desk)
    _reviewed(desk)
    viewed(desk)


def _sealed(desk: Desk) -> None:
    """Seal, check with the public key, bag, pack; custody and what a colleague signs."""
    public = _made_key(desk.inside)
    case = desk.case
    desk.run("seal", case, "--key", _KEY, "--timestamp-request", f"{_KEY}.tsq", expected=(0,))
    desk.run("seal", case, "--key", _KEY, expected=(2,))
    desk.run("seal", case, "--key", _KEY, "--again", "--json", form="json", expected=(0,))
    desk.run("seal", case, "--key", f"no {hostile.HOSTILE['line feed']}", "--again", expected=(2,))
    desk.run("verify", case, "--key", public, expected=(0,))
    desk.run("verify", case, "--key", public, "--json", form="json", expected=(0,))
    for shown in ("terminal escape", "line feed", "isolate"):
        desk.run("custody", case, "--hold", f"held {hostile.HOSTILE[shown].replace('/', '')}", expected=(0, 2))
    desk.run("custody", case, expected=(0,))
    desk.run("custody", case, "--json", form="json", expected=(0,))
    found = json.loads((desk.inside / case / "findings.jsonl").read_text("utf-8").partition("\n")[0])["id"]
    for reason in (hostile.HOSTILE["isolate"], f"because {hostile.SOMEBODY}"):
        judged = ("--finding", found, "--disposition", "benign", "--reason", reason)
        desk.run("sign-off", case, "--as", "Analyst \u00e9", *judged, expected=(0, 1))
    desk.run("sign-off", case, "--as", hostile.SOMEBODY, expected=(0, 2))
    desk.run("sign-off", case, "--json", form="json", expected=(0, 1))
    desk.run("seal", case, "--bag", "bag \u202e%s", expected=(0,))
    for file in sorted(p for p in (desk.inside / "bag \u202e%s").glob("*.txt")):
        desk.written(file, "text")
    desk.run("verify", "bag \u202e%s", "--key", public)


def _made_key(folder: Path) -> str:
    """An OpenSSH key with a comment that acts; the name of its public half."""
    key = Ed25519PrivateKey.generate()
    (folder / _KEY).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    (folder / _KEY).chmod(0o600)
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    (folder / f"{_KEY}.pub").write_text(f"{public.decode()} {hostile.HOSTILE['terminal escape']}\u202e\n", "utf-8")
    return f"{_KEY}.pub"


def _reviewed(desk: Desk) -> None:
    """Pack for a reviewer with an identity of its own, examine it there, open what was expected."""
    other = {"BRIDLE_CONFIG": str(desk.folder / "reviewer")}
    recipient = desk.run("review", "key", expected=(0,), **other).decode().strip()
    pack, answer = "pack \u202e%s.age", "answer \u202e%s{0}"
    for_ = ("--for", f"{hostile.SOMEBODY} <{recipient}>")
    asked = ("review", "pack", desk.case, "--evidence", desk.evidence, "-i", desk.feeds, *for_)
    desk.run(*asked, "-o", pack, "--dry-run", expected=(0,))
    desk.run(*asked, "-o", pack, "--rows", "--json", form="json", expected=(0,))
    desk.run("review", "run", pack, "-i", desk.feeds, "-o", answer, expected=(0,), **other)
    desk.run("review", "open", pack, f"{pack}.expected.age", answer, expected=(0, 1), **other)
    opened = ("review", "open", pack, f"{pack}.expected.age", answer, "--json")
    desk.run(*opened, form="json", expected=(0, 1), **other)


def viewed(desk: Desk) -> None:
    """Every question that the viewer's pages ask, of two cases."""
    with _viewer(desk, (desk.case, "second")) as ask:
        for path, form, body in questions(ask):
            desk.tell(f"view {path[:40]}", ask.wrong(path, form, body, desk))


class _Asking:
    """A browser that opened the address."""

    def __init__(self, address: str) -> None:
        self.origin, _, token = address.partition("/#")
        self._headers = {"Origin": self.origin, "Content-Type": "application/json"}
        with self._open("/session", {"token": token}) as answer:
            self._headers["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]
            self._headers["X-Bridle-Key"] = json.load(answer)["key"]

    def _open(self, path: str, body: Any) -> Any:
        content = None if body is None else json.dumps(body).encode()
        return urllib.request.urlopen(urllib.request.Request(self.origin + path, content, self._headers), timeout=300)

    def json(self, path: str) -> Any:
        """An answer for the next question."""
        with self._open(path, None) as answer:
            return json.load(answer)

    def wrong(self, path: str, form: str, body: Any, desk: Desk) -> list[str]:
        """What is wrong with the kind of an answer; what it says is looked at by the desk."""
        try:
            with self._open(path, body) as answer:
                content, headers = answer.read(), answer.headers
        except urllib.error.HTTPError as e:
            return [f"status {e.code}: {e.read()[:200]!r}"]
        desk.look(f"view {path[:40]}", content, form)
        kind = headers["Content-Type"].partition(";")[0]
        good = {"json": "application/json", "jsonl": "application/x-ndjson", "html": "text/html"}
        found = [f"{n}: {headers[n]}" for n, v in _HEADERS.items() if headers[n] != v]
        found += [] if headers["Content-Security-Policy"].startswith(_POLICY) else ["without its policy"]
        return found + ([] if kind == good[form] else [f"served as {kind}"])


@contextmanager
def _viewer(desk: Desk, cases: Sequence[str]) -> Iterator[_Asking]:
    running = subprocess.Popen(
        [sys.executable, "-m", "bridle", "view", *cases, "--no-browser", "--json", "--by", hostile.SOMEBODY],
        cwd=desk.inside, env=desk.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout is not None
    assert running.stderr is not None
    try:
        said = b""
        while (line := running.stdout.readline()) and line != b"}\n":
            said += line
        desk.look("view --json", said + b"}\n", "json")
        yield _Asking(json.loads(said + b"}")["address"])
    finally:
        running.terminate()
        desk.look("view (stderr)", running.communicate(timeout=60)[1], "text")


def questions(ask: _Asking) -> Iterator[tuple[str, str, Any]]:
    """Path, form of the answer and what is sent, of each."""
    yield "/", "html", None
    yield "/api/cases", "json", None
    for n in (0, 1):
        one = f"/api/cases/{n}"
        for name in ("findings", "timeline", "window?first=0&count=500", "overview", "tables", "coverage", "notes"):
            yield f"{one}/{name}", "json", None
        yield from _of_findings(ask, one)
        for table in ask.json(f"{one}/tables")["tables"]:
            for number in range(min(table["rows"], _SHOWN)):
                yield f"{one}/row?table={quote(table['name'])}&number={number}", "json", None
    one = "/api/cases/0"
    for text in ("hostile", "<script>", "a\u202e", "%s", "'; DROP TABLE findings; --"):
        yield f"{one}/search", "jsonl", {"text": text}
    for table in ("ledger", "findings", "gaps", "device", "timeline"):
        yield f"{one}/sql", "json", {"query": f"SELECT * FROM {table} LIMIT 400"}
    for text in hostile.HOSTILE.values():
        note = text.replace("\ud800", "")
        yield f"{one}/notes", "json", {"on": {"table": "ledger", "row": 0}, "text": note, "mark": None}
    yield f"{one}/notes", "json", None
    yield "/api/compare?one=0&two=1", "json", None
    yield "/api/compare/rows?one=0&two=1&table=ledger", "json", None


def _of_findings(ask: _Asking, one: str) -> Iterator[tuple[str, str, Any]]:
    for finding in ask.json(f"{one}/findings")["findings"][:_SHOWN]:
        yield f"{one}/findings/{finding['id']}", "json", None
        yield f"{one}/cited?finding={finding['id']}&evidence=0", "json", None


def withdrawn(desk: Desk) -> None:
    """What is said of a case that is destroyed, and of what could not be found; the last that is done with it."""
    gone = ("withdraw", desk.case, "--also", ".", "--yes", "--despite-broken-log")
    for shown in ("terminal escape", "line feed", "isolate"):
        desk.run("custody", desk.case, "--release", f"held {hostile.HOSTILE[shown].replace('/', '')}", expected=(0, 2))
    desk.run(*gone, expected=(0, 1))
    desk.run(*gone, "--json", form="json", expected=(0, 1))
    desk.run("withdraw", desk.case, "--yes", expected=(0,))
    desk.written(desk.inside / desk.case / "withdrawn.json", "json")
