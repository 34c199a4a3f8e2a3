"""`python -m supply.wheel [FOLDER]`: the wheel, the same bytes wherever and whenever it is built from the same source.

What differs between two builds is when, where, by whom and with which umask. The source is copied into a fresh folder,
so that nothing left of an earlier build gets in; setuptools builds; then the archive is written anew: members by name
with RECORD last, one time, one mode, nothing compressed, for what a compressor gives depends on its version. The time
is SOURCE_DATE_EPOCH or else that of the last commit. Sources: https://reproducible-builds.org/docs/source-date-epoch/,
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NEEDED = ("pyproject.toml", "README.md", "LICENSE")
_FIRST = 315_532_800
"""1980-01-01 00:00 UTC in seconds since 1970: zip archives know no earlier time."""
_BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


class WheelError(Exception):
    """The wheel could not be built; the message is what setuptools said last."""


def built(source: Path, folder: Path, epoch: int) -> Path:
    """The wheel of a source tree, in `folder`, which is made; one of its name is replaced. Raises WheelError."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="wheel-") as scratch:
        copy, made = Path(scratch, "source"), Path(scratch, "made")
        _copied(source, copy)
        made.mkdir()
        env = os.environ | {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0", "LC_ALL": "C"}
        run = subprocess.run(
            [sys.executable, "-c", _BUILD, str(made)], cwd=copy, env=env, capture_output=True, text=True, check=False
        )
        wheels = sorted(made.glob("*.whl"))
        if run.returncode or len(wheels) != 1:
            raise WheelError(f"setuptools built {len(wheels)} wheels: {run.stderr.strip()[-300:]}")
        return _level(wheels[0], folder / wheels[0].name, epoch)


def _copied(source: Path, copy: Path) -> None:
    copy.mkdir()
    for name in _NEEDED:
        shutil.copyfile(source / name, copy / name)
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info", ".*")
    shutil.copytree(source / "src", copy / "src", ignore=ignore, copy_function=shutil.copyfile)


def _level(made: Path, wheel: Path, epoch: int) -> Path:
    """Write an archive anew, so that only what is in it and its time are left."""
    when = time.gmtime(max(epoch, _FIRST))[:6]
    beside = wheel.with_name(f".{wheel.name}")
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as new:
        for name in sorted(old.namelist(), key=lambda n: (n.endswith(".dist-info/RECORD"), n)):
            if name.endswith("/"):
                continue
            member = zipfile.ZipInfo(name, when)
            member.create_system, member.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            new.writestr(member, old.read(name))
    beside.replace(wheel)
    return wheel


def source_time(source: Path) -> int:
    """Seconds since 1970 that the wheel bears: SOURCE_DATE_EPOCH, else of the last commit, else 1980-01-01.

    Raises ValueError where SOURCE_DATE_EPOCH is no whole number.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given:
        if not given.isdecimal():
            raise ValueError(f"SOURCE_DATE_EPOCH: expected seconds since 1970, got {given!r:.60}")
        return int(given)
    run = subprocess.run(
        ["git", "-C", str(source), "log", "-1", "--format=%ct"], capture_output=True, text=True, check=False
    )
    return int(run.stdout) if run.returncode == 0 and run.stdout.strip().isdecimal() else _FIRST


def not_committed(source: Path) -> list[str]:
    """What lies below `src` and is not as it was committed: it gets into the wheel all the same."""
    run = subprocess.run(
        ["git", "-C", str(source), "status", "--porcelain", "--", "src", *_NEEDED],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return run.stdout.splitlines() if run.returncode == 0 else []


def main(arguments: list[str]) -> None:
    """Build, and say what was built."""
    from hashlib import sha256

    for line in not_committed(ROOT):
        print(f"not as committed: {line}", file=sys.stderr)
    wheel = built(ROOT, Path(arguments[0]) if arguments else ROOT / "dist", source_time(ROOT))
    print(f"{sha256(wheel.read_bytes()).hexdigest()}  {wheel}")
    print(f"{content(wheel)}  its content, as `bridle self-verify` tells it")


def content(wheel: Path) -> str:
    """What `bridle self-verify` tells of the content where this wheel is installed."""
    from bridle.installed import content_sha256

    with zipfile.ZipFile(wheel) as archive:
        (record,) = (n for n in archive.namelist() if n.endswith(".dist-info/RECORD"))
        return content_sha256(archive.read(record).decode())


if __name__ == "__main__":
    main(sys.argv[1:])
