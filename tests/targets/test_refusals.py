"""What is not done with a list, and that nothing in it could."""

import ast
from pathlib import Path

import pytest

import bridle
from bridle.targets.refusals import REFUSED, RefusedError, holds_number, refuse, stated, whole_number

SOURCE = Path(bridle.__file__).parent
FILES = sorted(
    [*(SOURCE / "targets").glob("*.py"), *(SOURCE / "links").glob("*.py"), *(SOURCE / "cli").glob("list*.py")]
)
REACHES_OUT = {"socket", "ssl", "http", "urllib", "requests", "aiohttp", "ftplib", "smtplib", "telnetlib", "xmlrpc",
               "webbrowser", "subprocess", "asyncio", "fsspec", "distributed"}  # fmt: skip
OURS = [p for p in FILES if p.name.startswith(("lookup", "intersection", "publish", "list_"))]
"""In these a hash function is used only through a group, of what a secret key was applied to."""


def imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_no_module_of_the_list_can_ask_anybody(path):
    assert not {name.split(".")[0] for name in imports(path) if name != "urllib.parse"} & REACHES_OUT
    assert not [n for n in imports(path) if n in ("phonenumbers.carrier", "phonenumbers.geocoder")]


@pytest.mark.parametrize("path", OURS, ids=lambda p: p.name)
def test_no_plain_hashes(path):
    names = {n.id for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Name)}
    assert not names & {"sha256", "sha1", "md5", "blake2b"}
    if path.name != "list_publish.py":
        assert not [n for n in imports(path) if n == "hashlib"]


def test_each_refusal_says_why():
    assert sorted(REFUSED) == ["enrich", "government", "locate", "oracle", "person", "raw", "score", "similar"]
    for what, why in REFUSED.items():
        with pytest.raises(RefusedError) as e:
            refuse(what)
        assert str(e.value) == f"refused ({what}): {why}"


def test_owner_and_purpose():
    assert stated(" Example Desk ", " Reporting on surveillance ") == ("Example Desk", "Reporting on surveillance")
    for owner in (None, "", " ", "TEST", "unknown", "n/a", "x"):
        with pytest.raises(RefusedError, match="--owner NAME"):
            stated(owner, "Reporting on surveillance")
    for purpose in (None, "", "test", "because", "x" * 9):
        with pytest.raises(RefusedError, match="--purpose TEXT"):
            stated("Example Desk", purpose)
    with pytest.raises(RefusedError, match="501 characters"):
        stated("Example Desk", "x" * 501)


@pytest.mark.parametrize("text", ["+1 555 0100 123", "0155-50-10-0", "(015) 550-100", "١٢٣٤٥٦٧", "1234567",
                                  "1 2 3 4 5 6 7", "12.34.56.78", "１２３４５６７"])  # fmt: skip
def test_a_number_in_a_text(text):
    assert holds_number(f"call {text} now")


@pytest.mark.parametrize("text", ["", "67 phones of 2021", "11 clients, 50,000 rows", "2016 to 2021", "OP-07"])
def test_no_number_in_a_text(text):
    assert not holds_number(text)


def test_only_whole_numbers():
    assert whole_number("+1 (201) 555-0100") == "+12015550100"
    for part in ("0100", "201 555 0100", "+1", "+1201", "", "+0123456789", "+1234567890123456"):
        with pytest.raises(RefusedError, match="give it in full"):
            whole_number(part)
    for pattern in ("+1201555*", "+1201555????", "%5550100", "+1201555[0-9]", "+12015550{100}", "a|b"):
        with pytest.raises(RefusedError, match="no search for similar numbers"):
            whole_number(pattern)
