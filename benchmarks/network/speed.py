"""What reading a capture costs: CPU, packets a second, memory at two sizes; beside it Suricata or tshark if installed.

`python -m network.speed FOLDER` makes the captures in FOLDER from the corpus, or takes those that are there.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from measure import Figures, measure
from network import mixed

SIZES = (90_000_000, 270_000_000)
"""Bytes of the two captures."""
GOAL, GOAL_MEMORY = 250_000, 300 << 20
_ROOT = Path(__file__).resolve().parents[2]
_READ = """
import sys
from pathlib import Path
from bridle import garbage
with garbage.kept():
    from bridle.artifacts.network.capture import capture
class File:
    def open(self):
        return Path(sys.argv[1]).open("rb")
for block in capture.parse(File()):
    pass
"""
"""What a child of `check` does with a capture, without handing the blocks on."""
_FIELDS = (
    "frame.number", "ip.src", "ip.dst", "dns.qry.name", "tls.handshake.extensions_server_name",
    "tls.handshake.ja3", "http.host", "http.request.uri",
)  # fmt: skip


def made(corpus: Path, folder: Path) -> list[tuple[Path, int]]:
    """The captures, and how many packets each has."""
    found = []
    for size in SIZES:
        path, note = folder / f"mixed-{size // 1_000_000}.pcap", folder / f"mixed-{size // 1_000_000}.packets"
        if not note.is_file():
            note.write_text(str(mixed.write(corpus, path, size)), "ascii")
        found.append((path, int(note.read_text("ascii"))))
    return found


def best(command: list[str], runs: int = 3) -> Figures:
    """The cheapest of some runs: others use the machine, too."""
    environment = {"PYTHONPATH": str(_ROOT / "src"), "ARROW_DEFAULT_MEMORY_POOL": "system"}
    return min((measure(command, environment=environment) for _ in range(runs)), key=lambda f: f.cpu)


def _line(name: str, figures: Figures, packets: int) -> str:
    if figures.code:
        return f"{name}: ended with {figures.code}"
    speed, memory = packets / figures.cpu, figures.memory_sum / (1 << 20)
    return f"{name}: {figures.cpu:.2f} CPU s, {speed:,.0f} packets a second, {memory:.0f} MiB"


def others(path: Path, packets: int, folder: Path) -> list[str]:
    """What is installed of the tools that do the same work."""
    lines = []
    if (suricata := shutil.which("suricata")) is not None:
        logs = folder / "suricata"
        logs.mkdir(exist_ok=True)
        command = [suricata, "-k", "none", "--runmode", "single", "-r", str(path), "-l", str(logs)]
        lines.append(_line("Suricata", best(command), packets))
    else:
        lines.append("Suricata: not installed here, so not compared")
    if (tshark := shutil.which("tshark")) is not None:
        command = [tshark, "-n", "-r", str(path), "-T", "fields", *(f"-e{field}" for field in _FIELDS)]
        lines.append(_line("tshark -T fields", best(command, runs=1), packets))
    return lines


def main(corpus: Path | None = None, folder: Path | None = None) -> list[str]:
    """Lines of docs/network-quality.md."""
    corpus = corpus or _ROOT.parent / "shared" / "corpus" / "network"
    if not corpus.is_dir():
        return ["speed: the corpus is not beside this checkout; not measured"]
    with tempfile.TemporaryDirectory() as made_here:
        captures = made(corpus, folder or Path(made_here))
        lines = [f"speed: a mixed capture of {SIZES[1] // 1_000_000} MB; goal {GOAL:,} packets a second, 300 MB"]
        for path, packets in captures:
            figures = best([sys.executable, "-c", _READ, str(path)])
            lines.append(_line(f"bridle, {packets:,} packets", figures, packets))
        path, packets = captures[-1]
        case = Path(made_here) / "case"
        figures = measure(
            [sys.executable, "-m", "bridle", "check", str(path), "-o", str(case), "--plaintext-case", "--jobs", "1"],
            environment={"PYTHONPATH": str(_ROOT / "src")},
        )
        lines.append(_line("bridle check, to the report", figures, packets))
        return lines + others(path, packets, Path(made_here))


if __name__ == "__main__":
    print(*main(folder=Path(sys.argv[1]) if len(sys.argv) > 1 else None), sep="\n")
