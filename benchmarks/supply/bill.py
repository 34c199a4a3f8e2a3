"""`python -m supply.bill [FILE]`: the bill of materials, as CycloneDX 1.6 JSON, from the lock and this source.

It says what bridle is made with: each package of the lock with its version and the digests of the files that may be
installed as it. Two runs over the same commit give the same bytes: its serial number comes of its content, and its time
is the commit's. Sources: https://cyclonedx.org/docs/1.6/json/,
https://github.com/package-url/purl-spec/blob/main/types-doc/pypi-definition.md
"""

from __future__ import annotations

import json
import re
import sys
import time
import tomllib
import uuid
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from supply.lock import LOCK, Pinned, normal, read
from supply.wheel import ROOT, source_time

_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""Of names that are URLs. Source: RFC 9562, 6.6."""
_SPDX = re.compile(r"[A-Za-z0-9.+-]+")
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
DIRECT = "bridle"


def bill(pinned: Iterable[Pinned], version: str, epoch: int, needs: dict[str, list[str]]) -> dict[str, Any]:
    """The document. `needs`: by normal name the packages that one asks for; those that are not pinned are left out."""
    packages = {normal(p.name): p for p in pinned}
    references = {name: _purl(p) for name, p in packages.items()}
    own = {"type": "application", "name": DIRECT, "version": version, "bom-ref": f"pkg:pypi/{DIRECT}@{version}",
           "purl": f"pkg:pypi/{DIRECT}@{version}", "licenses": [{"license": {"id": "Apache-2.0"}}]}  # fmt: skip
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
            "component": own,
        },
        "components": [_component(packages[name]) for name in sorted(packages)],
        "dependencies": [
            {"ref": own["bom-ref"], "dependsOn": _known(needs.get(DIRECT, []), references)},
            *({"ref": references[n], "dependsOn": _known(needs.get(n, []), references)} for n in sorted(references)),
        ],
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(document, sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", **document}


def _known(names: Iterable[str], references: dict[str, str]) -> list[str]:
    return sorted({references[n] for n in map(normal, names) if n in references})


def _purl(package: Pinned) -> str:
    return f"pkg:pypi/{normal(package.name)}@{package.version}"


def _component(package: Pinned) -> dict[str, Any]:
    """A package. Its digests are those of several files, of which one is installed: so they are properties, not its
    own hashes, of which CycloneDX means one file."""
    made = {"type": "library", "name": package.name, "version": package.version, "bom-ref": _purl(package),
            "purl": _purl(package)}  # fmt: skip
    if licenses := _licenses(package.name):
        made |= {"licenses": licenses}
    return made | {"properties": [{"name": "bridle:lock:sha256", "value": digest} for digest in package.sha256]}


def _licenses(name: str) -> list[dict[str, Any]]:
    """What the installed package says of its licence, where it says it as SPDX does."""
    try:
        said = metadata.metadata(name).get("License-Expression")
    except metadata.PackageNotFoundError:
        return []
    if not said:
        return []
    return [{"license": {"id": said}}] if _SPDX.fullmatch(said) else [{"expression": said}]


def installed_needs(names: Iterable[str]) -> dict[str, list[str]]:
    """What each installed package asks for, but for its extras: an extra is pinned, too, and is somebody's choice."""
    found = {}
    for name in names:
        try:
            asked = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        matches = (_NAMED.match(line) for line in asked if "extra ==" not in line)
        found[normal(name)] = [m[0] for m in matches if m]
    return found


def own_needs(*, developers: bool) -> list[str]:
    """Names of what bridle asks for, with its extras; the extra of its developers only if asked. From its source: an
    installed package may be older."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].items()
    lines = [
        *project["dependencies"],
        *(line for extra, lines in extras if developers or extra != "dev" for line in lines),
    ]
    names = {m[0] for m in map(_NAMED.match, lines) if m}
    return sorted(names - {DIRECT})


def encoded(document: dict[str, Any]) -> bytes:
    """The document as it is written."""
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def main(arguments: list[str]) -> None:
    """Write the bill of materials."""
    from bridle import __version__

    pinned, faults = read(LOCK.read_text("utf-8"))
    if faults:
        raise SystemExit(f"{LOCK.name}: {faults[0]}")
    needs = {**installed_needs(p.name for p in pinned), DIRECT: own_needs(developers=True)}
    file = Path(arguments[0]) if arguments else ROOT / "dist" / "bridle.cdx.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encoded(bill(pinned, __version__, source_time(ROOT), needs)))
    print(file)


if __name__ == "__main__":
    main(sys.argv[1:])
