"""The evidence that is measured on: made once, kept below a folder, and made anew when its size changes.

Where the generators of the workplace lie beside the checkout, they make it: they know nothing of bridle. Elsewhere
`bridle phantom` makes evidence of about that size.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
BENCH = SHARED / "bench"
FEEDS = SHARED / "indicators" / "stix2"
PASSWORD = "mvt"
_GIB = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Input:
    """One piece of evidence."""

    name: str
    title: str
    kind: str
    """What the peer is asked for."""
    path: Path
    encrypted: bool = False
    truth: Path | None = None
    """What was planted."""


class Inputs:
    """Makes and keeps evidence. `scale` is 1.0 for the sizes of the design."""

    def __init__(self, folder: Path, scale: float) -> None:
        self._folder, self._scale = folder / f"scale-{scale:g}", scale
        self._folder.mkdir(parents=True, exist_ok=True)

    @property
    def by_generators(self) -> bool:
        """Whether the evidence is of generators that are not ours."""
        return BENCH.is_dir() and FEEDS.is_dir()

    def feeds(self) -> list[Path]:
        """The feeds everybody is given."""
        if self.by_generators:
            return sorted(FEEDS.rglob("*.stix2"))
        made = self._made("feed.stix2", lambda out: _bridle("phantom", "feed", "--seed", "7", out))
        return [made]

    def plain(self) -> Input:
        path = self._made("plain", self._plain)
        truth = path.with_name("plain.truth.json")
        return Input(
            name="plain", title="iOS backup", kind="backup", path=path, truth=truth if truth.exists() else None
        )

    def encrypted(self) -> Input:
        plain = self.plain()
        path = self._made("encrypted", lambda out: self._encrypted(plain.path, out))
        return Input(
            name="encrypted", title="the same, encrypted", kind="encrypted", path=path, encrypted=True,
            truth=plain.truth,
        )  # fmt: skip

    def bugreport(self) -> Input:
        path = self._made("bugreport.zip", self._bugreport)
        return Input(name="bugreport", title="Android bugreport", kind="bugreport", path=path)

    def bomb(self) -> Input:
        path = self._made("bomb.zip", _bomb)
        return Input(name="bomb", title="bugreport of 1 GiB in a small zip", kind="bugreport", path=path)

    def sysdiagnose(self) -> Input:
        path = self._made("sysdiagnose.tar.gz", self._sysdiagnose)
        return Input(name="sysdiagnose", title="sysdiagnose", kind="sysdiagnose", path=path)

    def _made(self, name: str, make: Callable[[Path], None]) -> Path:
        """The file or folder of that name, made if it is not there; never half of it."""
        path = self._folder / name
        if not path.exists():
            print(f"making {name}", file=sys.stderr, flush=True)
            begun = path.with_name(f"begun-{name}")
            for old in self._folder.glob(f"begun-{name.split('.')[0]}*"):
                shutil.rmtree(old) if old.is_dir() else old.unlink()
            make(begun)
            if (truth := begun.with_name(f"{begun.name}.truth.json")).exists():
                truth.rename(path.with_name(f"{name}.truth.json"))
            begun.rename(path)
        return path

    def _plain(self, out: Path) -> None:
        if self.by_generators:
            _run("gen_backup.py", out, "--scale", f"{self._scale:g}")
        else:
            _phantom(out, "ios-backup", 600 * self._scale)

    def _encrypted(self, plain: Path, out: Path) -> None:
        if self.by_generators:
            _run("gen_encrypted.py", plain, out, "--password", PASSWORD)
        else:
            secret = self._made("password", lambda path: path.write_text(PASSWORD) and None)
            _phantom(out, "ios-backup", 600 * self._scale, "--encrypted", "--password-file", secret)

    def _bugreport(self, out: Path) -> None:
        if self.by_generators:
            _run("gen_android.py", out, "--mb", f"{max(1, round(100 * self._scale))}")
        else:
            _phantom(out, "bugreport", 400 * self._scale)

    def _sysdiagnose(self, out: Path) -> None:
        if self.by_generators:
            _run("gen_sysdiagnose.py", out, "--mb", f"{max(1, round(400 * self._scale))}")
        else:
            _phantom(out, "ios-sysdiagnose", 400 * self._scale)


def _phantom(out: Path, kind: str, scale: float, *more: str | Path) -> None:
    size = str(min(1000, max(1, round(scale))))
    _bridle("phantom", "device", "--kind", kind, "--state", "infected", "--seed", "7", "--scale", size, *more, out)


def _run(generator: str, *arguments: str | Path) -> None:
    subprocess.run([sys.executable, BENCH / generator, *arguments], check=True, stdout=subprocess.DEVNULL)


def _bridle(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "bridle", *arguments], check=True, stderr=subprocess.DEVNULL)


def _bomb(out: Path) -> None:
    head = b"========================================================\n== dumpstate: 2026-01-02 03:04:05\n"
    line = b"01-02 03:04:05.678  1000  1234  1235 I Tag     : " + b"a" * 50 + b"\n"
    piece = line * 10_000
    name = "bugreport-example-2026-01-02-03-04-05.txt"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("main_entry.txt", name)
        with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as text:
            text.write(head)
            for _ in range(_GIB // len(piece)):
                text.write(piece)
