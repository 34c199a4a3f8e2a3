"""`python -m supply.audit`: known weaknesses of the packages of the lock, by pip-audit in an environment of its own.

pip-audit asks a database over the network. Without one, or where it does not answer, nothing is known: that is said,
with the next step, and is no failure. `AUDITOR` names another pip-audit. Source: https://github.com/pypa/pip-audit
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from supply.lock import LOCK
from supply.wheel import ROOT

ENVIRONMENT = ROOT / ".venv-audit"
WANTED = ROOT / "requirements.audit.lock"
_PATIENCE = 600
"""Seconds for each of installing the auditor and asking."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What is known. `not_checked` says why nothing is; then both others are empty."""

    checked: int = 0
    weak: tuple[str, ...] = ()
    """A line for each weakness: package, version, name, and the version that has it no more."""
    not_checked: str = ""


def audited(lock: Path, auditor: Path | None = None) -> Audit:
    """What the database knows of a lock's packages. Never raises for the network."""
    try:
        program = auditor or _installed()
        run = subprocess.run(
            [program, "--requirement", str(lock), "--require-hashes", "--disable-pip", "--format", "json",
             "--progress-spinner", "off", "--timeout", "20"],
            capture_output=True, text=True, timeout=_PATIENCE, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as e:
        return Audit(not_checked=f"pip-audit could not be run ({type(e).__name__})")
    return told(run.stdout, run.stderr)


def _installed() -> Path:
    """pip-audit in its own environment, made where it is not there. Raises OSError or SubprocessError."""
    program = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin") / "pip-audit"
    if not program.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        pip = [program.with_name("python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(WANTED)]
        subprocess.run(pip, check=True, capture_output=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL)
    return program


def told(output: str, errors: str) -> Audit:
    """What pip-audit's JSON says; what it could not look up is not called sound."""
    try:
        packages = json.loads(output)["dependencies"]
        skipped = [p["name"] for p in packages if "skip_reason" in p]
        known = [p for p in packages if "skip_reason" not in p]
        weak = [_line(p, v) for p in known for v in p["vulns"]]
    except (ValueError, KeyError, TypeError):
        last = errors.strip().splitlines()[-1:] or ["it said nothing"]
        return Audit(not_checked=f"pip-audit could not ask the database ({last[0]:.120})")
    if not known:
        return Audit(not_checked=f"the database knows none of {len(skipped)} packages")
    weak += [f"{name}: not checked, the database does not know it" for name in skipped]
    return Audit(checked=len(known), weak=tuple(sorted(weak)))


def _line(package: dict[str, object], weakness: dict[str, object]) -> str:
    fixed = weakness.get("fix_versions")
    step = f"fixed in {', '.join(map(str, fixed))}" if isinstance(fixed, list) and fixed else "no fixed version yet"
    return f"{package['name']} {package['version']}: {weakness['id']}, {step}"


def main() -> None:
    """Print what is known; end with 1 for a weakness, with 0 where nothing could be asked."""
    found = audited(LOCK, Path(os.environ["AUDITOR"]) if "AUDITOR" in os.environ else None)
    if found.not_checked:
        print(f"not checked: {found.not_checked}; run `make audit` again with a network")
        return
    for line in found.weak:
        print(line)
    print(f"{found.checked} packages checked, {len(found.weak)} findings", file=sys.stderr)
    raise SystemExit(1 if found.weak else 0)


if __name__ == "__main__":
    main()
