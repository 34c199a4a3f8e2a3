"""bridle connects to nothing but in one module, which one command uses, and in two for fleets beyond one machine."""

import ast
import re
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import bridle
from bridle.cli import bridle as command_line

SOURCES = Path(bridle.__file__).parent
NETWORK = set(
    "asyncio ftplib http imaplib poplib smtplib socket socketserver ssl urllib.request xmlrpc requests".split()
)
PAIRS = {"bridle.sandbox.child", "bridle.sandbox.inside", "bridle.sandbox.pool", "bridle.sandbox.worker"}
"""They use `socket` for pairs of sockets between parent and child; `inside` asks whether there can be such."""
VIEWER = "bridle.web.server"
"""It uses `socket` to listen on 127.0.0.1, and is the only module with a server in it."""
SERVERS = {"starlette", "uvicorn"}
FLEETS = {"fsspec", "distributed", "dask", "s3fs", "sshfs"}
COMMANDS = {"bridle.indicators.update", "bridle.cli.feeds"}
"""The only modules that may use `bridle.indicators.fetch`."""


def imported(file):
    text = file.read_text("utf-8")
    if not re.search(r"(import|from).*(fetch|" + "|".join(NETWORK | FLEETS | SERVERS) + ")", text):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (n.name for n in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{n.name}" for n in node.names)


def uses(names, name):
    return any(name == n or name.startswith(f"{n}.") for n in names)


def test_one_module_opens_connections():
    found, users, fleets, servers = set(), set(), set(), set()
    files = sorted(SOURCES.rglob("*.py"))
    for file in files:
        module = "bridle." + file.relative_to(SOURCES).with_suffix("").as_posix().replace("/", ".")
        names = set(imported(file))
        found |= {module for n in names if uses(NETWORK, n)}
        fleets |= {module for n in names if uses(FLEETS, n)}
        servers |= {module for n in names if uses(SERVERS, n)}
        users |= {module for n in names if uses({"bridle.indicators.fetch"}, n)}
    assert len(files) > 100
    assert found - PAIRS - {VIEWER} == {"bridle.indicators.fetch"}
    assert servers == {VIEWER}
    assert users <= COMMANDS
    assert fleets == {"bridle.fleet.remote", "bridle.fleet.cluster"}


def test_checking_loads_no_network_module():
    code = (
        "import sys, bridle.engine.check, bridle.cli.check, bridle.cli.indicators\n"
        "import bridle.fleet.task, bridle.fleet.run\n"
        "print([m for m in ('bridle.indicators.fetch', 'fsspec', 'distributed', 'dask') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert out == "[]\n"


INFRA = {
    "import": ["list.txt", "scan.json", "--base", "base"], "show": ["a.example", "--base", "base"],
    "conflicts": ["--base", "base"], "match": ["scan.json", "--base", "base", "--record"],
    "convert": ["list.txt", "-o", "-", "--to", "stix"], "generations": ["--base", "base"],
    "themes": ["--base", "base", "--sites", "sites"], "cluster": ["--base", "base"],
    "report": ["--base", "base", "-o", "report.html"],
}  # fmt: skip
"""Arguments for every command of `bridle infra`."""
INFERRED = {"generations", "themes", "cluster", "report"}
"""What a base of two values may be too small for."""


def infra_commands():
    group = command_line.get_command(click.Context(command_line), "infra")
    return group.list_commands(click.Context(group))


@pytest.mark.parametrize("name", infra_commands())
def test_no_command_on_infrastructure_opens_a_socket(name, tmp_path, monkeypatch):
    """A host of an operator that is asked anything learns that somebody looks."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.txt").write_text("a.example\n192.0.2.1\n")
    (tmp_path / "scan.json").write_text('{"ip_str": "192.0.2.1", "port": 80, "data": "HTTP/1.1 404 NotFound\\r\\n"}\n')
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "xx.csv").write_text("url,category_code\nhttps://example.org/,NEWS\n")
    run = CliRunner().invoke
    run(command_line, ["infra", "import", "list.txt", "scan.json", "--base", "base"])
    opened = []

    class Recorded(socket.socket):
        def __init__(self, *args, **kwargs):
            opened.append(args)
            raise OSError("no network here")

    monkeypatch.setattr(socket, "socket", Recorded)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_: opened.append(args) or [(2, 1, 6, "", args)])
    with pytest.raises(OSError, match="no network here"):
        socket.create_connection(("192.0.2.1", 443))
    assert opened.pop(0)[0] == "192.0.2.1"
    opened.clear()
    done = run(command_line, ["infra", name, *INFRA[name]])
    assert opened == []
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    assert done.exit_code in (0, 1) or (name in INFERRED and done.exit_code == 2), done.output
