"""What differs of an installed package is found: changed, missing, added, compiled from something else."""

import base64
import hashlib
import json
import marshal
import sys

import pytest
from click.testing import CliRunner

from bridle import installed
from bridle.cli import bridle as command
from bridle.indicators.feed_state import Source, State, StoredFeed, encoded
from bridle.indicators.stored import StoredFile, verified
from bridle.installed import Difference


def digest(data):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of packages with one in it, `small` 1.2."""
    files = {"small/__init__.py": b"A = 1\n", "small/rules/x.toml": b"x = 1\n",
             "small-1.2.dist-info/METADATA": b"Name: small\nVersion: 1.2\nRequires-Dist: smaller>=1\n"}  # fmt: skip
    rows = [f"{name},{digest(data)},{len(data)}" for name, data in files.items()]
    rows += ["small/__pycache__/__init__.cpython-311.pyc,,", "small-1.2.dist-info/RECORD,,"]
    files["small-1.2.dist-info/RECORD"] = "".join(f"{row}\n" for row in rows).encode()
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def test_nothing_differs(place):
    found = installed.examined("small", compiled=True)
    one, two = digest(b"A = 1\n"), digest(b"x = 1\n")
    content = f"small/__init__.py {one}\nsmall/rules/x.toml {two}\n"
    assert (found.version, found.kind, found.place, found.files) == ("1.2", "wheel", str(place), 3)
    assert (found.content_sha256, found.differences) == (hashlib.sha256(content.encode()).hexdigest(), ())


def test_what_installing_adds_changes_no_digest():
    wheel = f"small/a.py,{digest(b'a')},1\nsmall-1.2.dist-info/METADATA,{digest(b'm')},1\n"
    after = f"../../bin/small,{digest(b's')},1\nsmall-1.2.dist-info/INSTALLER,{digest(b'i')},1\nsmall/a.pyc,,\n{wheel}"
    assert installed.content_sha256(wheel) == installed.content_sha256(after)
    assert installed.content_sha256(wheel) == hashlib.sha256(f"small/a.py {digest(b'a')}\n".encode()).hexdigest()


def test_changed_missing_and_added_files_are_told(place):
    (place / "small/__init__.py").write_bytes(b"A = 2\n")
    (place / "small/rules/x.toml").unlink()
    (place / "small/late.py").write_bytes(b"")
    (place / "small/__pycache__").mkdir()
    (place / "small/__pycache__/late.cpython-311.pyc").write_bytes(b"")
    assert installed.examined("small").differences == (
        Difference(file="small/__init__.py", said="differs from what was installed"),
        Difference(file="small/rules/x.toml", said="is missing"),
        Difference(file="small/late.py", said="was not installed; it was added"),
    )


def test_a_digest_that_proves_nothing_is_told(place):
    record = place / "small-1.2.dist-info/RECORD"
    record.write_text(record.read_text().replace(digest(b"A = 1\n"), "md5=AAAA"))
    assert installed.examined("small").differences == (
        Difference(file="small/__init__.py", said="has a digest that cannot be checked, 'md5=AAAA'"),
    )


@pytest.mark.parametrize(("code", "said"), [("A = 1\n", ()), ("A = 3\n", ("is not what its source gives",))])
def test_byte_code_is_what_its_source_gives(place, code, said):
    compiled = place / f"small/__pycache__/__init__.{sys.implementation.cache_tag}.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(installed.MAGIC_NUMBER + bytes(12) + marshal.dumps(compile(code, "elsewhere.py", "exec")))
    assert tuple(d.said for d in installed.examined("small", compiled=True).differences) == said
    assert installed.examined("small").differences == ()


def test_an_editable_install_says_so(place):
    (place / "small-1.2.dist-info/direct_url.json").write_text(
        '{"dir_info": {"editable": true}, "url": "file:///source"}'
    )
    found = installed.examined("small")
    assert (found.kind, found.place) == ("editable", "file:///source")


def test_what_is_not_installed_says_so():
    assert installed.examined("there-is-no-such-package").kind == "not installed"


def test_what_a_package_needs_is_found_by_what_is_installed(place):
    for name, needs in (("smaller", "Requires-Dist: small\nRequires-Dist: absent; extra == 'x'\n"),):
        (place / f"{name}-3.dist-info").mkdir()
        (place / f"{name}-3.dist-info/METADATA").write_text(f"Name: {name}\nVersion: 3\n{needs}")
    assert installed.needed("small") == ["smaller"]


@pytest.fixture
def feeds(tmp_path):
    """A store with one feed of three bytes."""
    sha256 = hashlib.sha256(b"abc").hexdigest()
    (tmp_path / "objects" / sha256).mkdir(parents=True)
    (tmp_path / "objects" / sha256 / "f.csv").write_bytes(b"abc")
    feed = StoredFeed(name="f", url="https://example.org/f.csv", sha256=sha256, size=3, indicators=1,
                      since="2026-01-01T00:00:00Z")  # fmt: skip
    source = Source(source="https://example.org/f.csv", kind="feed", checked="2026-01-01T00:00:00Z", sha256=sha256,
                    feeds=(feed,))  # fmt: skip
    (tmp_path / "feeds.store").write_bytes(encoded(State(sources=(source,))))
    return tmp_path, tmp_path / "objects" / sha256 / "f.csv"


def test_stored_feeds_are_what_was_stored(feeds):
    folder, file = feeds
    state = hashlib.sha256((folder / "feeds.store").read_bytes()).hexdigest()
    assert (verified(folder).state_sha256, verified(folder).files) == (state, (StoredFile(name="f"),))
    file.write_bytes(b"abd")
    assert verified(folder).files == (
        StoredFile(name="f", wrong="is not what was stored; run `bridle indicators update`"),
    )
    file.unlink()
    assert verified(folder).files == (StoredFile(name="f", wrong="is missing; run `bridle indicators update`"),)
    (folder / "feeds.store").write_bytes(b"{")
    assert [f.wrong for f in verified(folder).files] == [
        "cannot be read; move it away and run `bridle indicators update`"
    ]
    assert verified(folder / "nowhere").files == ()


def test_the_command_tells_digests_and_differences(place, tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(installed, "examined", lambda name, compiled: installed.Installed(
        name="bridle", version="9.9", kind="editable", place="file:///source", content_sha256="", files=2,
        differences=(Difference(file="bridle/a.py", said="is missing"),),
    ))  # fmt: skip
    done = CliRunner().invoke(command, ["self-verify", "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["ok"], told["installed"], told["feeds"]["count"]) == (1, False, "editable", 0)
    assert told["differences"] == [{"package": "bridle", "file": "bridle/a.py", "said": "is missing"}]
    shown = CliRunner().invoke(command, ["self-verify"]).stdout.splitlines()
    assert shown[1] == "           its files are those of a source tree, which no RECORD lists: compare them with git"
    assert "DIFFERS    bridle: bridle/a.py is missing" in shown
