"""Commands that are killed while they add to what is kept for years: sign-offs, a knowledge base, a list of numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pyrage

from bridle.case import signoff
from bridle.infra import base
from reliability.kill_subjects import NEW, bridle, phone, whole
from reliability.killing import Subject

_PURPOSE = "Public-interest reporting on surveillance"
_NUMBERS = "number,time\n" + "".join(f"+155501{n:05},2020-01-{n % 28 + 1:02}T10:00:00Z\n" for n in range(100, 200))


def _to_sign(folder: Path) -> None:
    """A case with one finding, which a person signs, and another person has to read."""
    phone(folder / "phone", 1)
    (folder / "feed.stix2").write_text(json.dumps(NEW))
    for case in ("earlier", "case"):
        bridle(folder, "check", "phone", "-o", case, "-i", "feed.stix2", codes=(1,))
    named = json.loads((folder / "case" / "findings.jsonl").read_bytes().splitlines()[0])["id"]
    bridle(folder, "sign-off", "case", "--as", "Ada Example", "--finding", named, "--disposition", "inconclusive",
           "--reason", "made for a trial")  # fmt: skip


def _signed(folder: Path) -> object:
    """Who signed and what stands in the way. Raises ValueError where a log is not whole."""
    found = signoff.state(folder / "case")
    if damaged := [p for p in found.problems if "second reader" not in p]:
        raise ValueError(damaged[0])
    return whole(folder / "case"), found.analyst, found.second_reader, found.complete


def _with_base(folder: Path) -> None:
    """A base with one feed, and another feed to come."""
    (folder / "old.txt").write_text("".join(f"old{n}.example.org\n" for n in range(50)))
    (folder / "new.txt").write_text("".join(f"new{n}.example.org\n" for n in range(5_000)))
    bridle(folder, "infra", "import", "old.txt", "--base", "base")


def _based(folder: Path) -> object:
    """The digest of the base. Raises ValueError for a feed in part."""
    with base.read(folder / "base") as known:
        standing, digest = known.counts()["claims"], known.digest()
    if standing not in (50, 5_050):
        raise ValueError(f"{standing} claims stand, of one feed of 50 and one of 5,000")
    return digest


def _with_project(folder: Path) -> None:
    """A list of one import, and another one to come."""
    second = pyrage.x25519.Identity.generate()
    (folder / "second.txt").touch(0o600)
    (folder / "second.txt").write_text(f"{second}\n")
    (folder / "old.csv").write_text(_NUMBERS)
    (folder / "new.csv").write_text(_NUMBERS.replace("+155501", "+155502"))
    bridle(folder, "list", "import", "old.csv", "--project", "list", "--owner", "Example Desk", "--purpose", _PURPOSE,
           "--second-key", str(second.to_public()))  # fmt: skip


def _listed(folder: Path) -> object:
    """How many selections there are, and what was done with them. Raises ValueError for a list that is not whole."""
    try:
        rows = json.loads(bridle(folder, "list", "show", "--project", "list", "--limit", "1000", "--json", codes=(0,)))
        bridle(folder, "list", "audit", "--project", "list", codes=(0,))
    except RuntimeError as e:
        raise ValueError(str(e)) from e
    if len(rows) not in (0, 100, 200):
        raise ValueError(f"{len(rows)} selections, of imports of 100")
    return len(rows)


def _without_project(folder: Path) -> None:
    """What a new list needs."""
    _with_project(folder)
    (folder / "list").rename(folder / "earlier")


def _new(folder: Path) -> tuple[str, ...]:
    second = pyrage.x25519.Identity.from_str((folder / "second.txt").read_text().strip())
    return ("list", "import", "new.csv", "--project", "list", "--owner", "Example Desk", "--purpose", _PURPOSE,
            "--second-key", str(second.to_public()))  # fmt: skip


SUBJECTS = (
    Subject(
        name="sign-off", prepare=_to_sign, state=_signed, done=(2,),
        command=lambda _: ("sign-off", "case", "--as", "Ben Example", "--second-reader"),
    ),
    Subject(
        name="infra import", prepare=_with_base, state=_based,
        command=lambda _: ("infra", "import", "new.txt", "--base", "base"),
    ),
    Subject(
        name="list import", prepare=_with_project, state=_listed, done=(2,),
        command=lambda _: ("list", "import", "new.csv", "--project", "list", "--second-identity", "second.txt"),
    ),
    Subject(
        name="list import, new", prepare=_without_project, state=lambda f: (f / "list").exists() and _listed(f),
        done=(2,), command=_new, again=lambda _: (
            "list", "import", "new.csv", "--project", "list", "--second-identity", "second.txt",
        ),
    ),
)  # fmt: skip
