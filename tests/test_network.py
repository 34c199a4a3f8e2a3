"""bridle connects to nothing but in one module, which one command uses, and in two for fleets beyond one machine."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import bridle

SOURCES = Path(bridle.__file__).parent
NETWORK = set(
    "asyncio ftplib http imaplib poplib smtplib socket socketserver ssl urllib.request xmlrpc requests".split()
)
PAIRS = {"bridle.sandbox.child", "bridle.sandbox.pool", "bridle.sandbox.worker"}
"""They use `socket` for pairs of sockets between parent and child."""
FLEETS = {"fsspec", "distributed", "dask", "s3fs", "sshfs"}
COMMANDS = {"bridle.indicators.update", "bridle.cli.feeds"}
"""The only modules that may use `bridle.indicators.fetch`."""


def imported(file):
    text = file.read_text("utf-8")
    if not re.search(r"(import|from).*(fetch|" + "|".join(NETWORK | FLEETS) + ")", text):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (n.name for n in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{n.name}" for n in node.names)


def uses(names, name):
    return any(name == n or name.startswith(f"{n}.") for n in names)


def test_one_module_opens_connections():
    found, users, fleets = set(), set(), set()
    files = sorted(SOURCES.rglob("*.py"))
    for file in files:
        module = "bridle." + file.relative_to(SOURCES).with_suffix("").as_posix().replace("/", ".")
        names = set(imported(file))
        found |= {module for n in names if uses(NETWORK, n)}
        fleets |= {module for n in names if uses(FLEETS, n)}
        users |= {module for n in names if uses({"bridle.indicators.fetch"}, n)}
    assert len(files) > 100
    assert found - PAIRS == {"bridle.indicators.fetch"}
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
