"""Inputs that are guided by what they reach in the product.

`main` runs where atheris (libFuzzer for Python) is installed, and says as JSON, a line for each reader, what
`child.attempt` says of it. Inputs that reached something new are kept in build/bench-reliability/fuzz/corpus/TARGET/
and tried first the next time. Source: https://github.com/google/atheris, https://llvm.org/docs/LibFuzzer.html
"""

from __future__ import annotations

import json
import mmap
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reliability.fuzz.target import LARGEST, ROOT, kept, name_of

if TYPE_CHECKING:
    from reliability.fuzz.child import Outcome
    from reliability.fuzz.target import Target

PYTHON = ROOT / ".venv-fuzz" / "bin" / "python"
_PAUSE = 60
"""Seconds beyond which an input that Python cannot interrupt ends its process."""


def is_here() -> bool:
    """Whether the environment with atheris was made (`make fuzz-setup`)."""
    return PYTHON.exists()


def run(group: str, seconds: float) -> Iterator[Outcome]:
    """Every target of a group, each for its share of the time, in the environment with atheris."""
    from reliability.fuzz.child import Outcome

    paths = (ROOT / "src", ROOT / "benchmarks", sysconfig.get_path("purelib"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    command = [str(PYTHON), "-c", "from reliability.fuzz.guided import main; main()", group, str(seconds)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            yield Outcome(**json.loads(line))
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}; its stderr says why")


def main() -> None:
    """Import the product instrumented, then guide each target of a group in a child of its own.

    The arguments are the group and the seconds of wall time for all of it.
    """
    import atheris

    group, seconds = sys.argv[1], float(sys.argv[2])
    said = os.fdopen(os.dup(1), "w")
    with atheris.instrument_imports(include=["bridle"]):
        from reliability.fuzz import GROUPS

        targets = list(GROUPS[group][1]())
    for target in targets:
        outcome = _attempt(target, max(1, round(seconds / len(targets))), atheris)
        print(json.dumps(asdict(outcome)), file=said, flush=True)


def _attempt(target: Target, seconds: int, atheris: Any) -> Outcome:
    from reliability.fuzz.child import Outcome, keep

    progress, (reading, writing) = mmap.mmap(-1, 1 << 20), os.pipe()
    if (child := os.fork()) == 0:
        os.close(reading)
        _guide(target, seconds, atheris, _one(target, progress, os.fdopen(writing, "w")))
    os.close(writing)
    outcome = Outcome(target.name)
    with os.fdopen(reading) as pipe:
        outcome.failures = [json.loads(line) for line in pipe]
    _, status = os.waitpid(child, 0)
    outcome.tried, outcome.failed, size = (int.from_bytes(progress[at : at + 8], "little") for at in (0, 8, 16))
    if status != 0:
        what = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"exit {status >> 8}"
        last = keep(target, progress[24 : 24 + size])
        outcome.failures.append({"what": what, "where": target.name, "input": last, "text": what})
        outcome.failed += 1
    return outcome


def _one(target: Target, progress: mmap.mmap, said: Any) -> Callable[[bytes], None]:
    """What is called with each input. What fails is said once for each place, and the next input is tried."""
    from reliability.fuzz.child import failure_of, keep

    seen: set[str] = set()
    counts = [0, 0]

    def one(data: bytes) -> None:
        counts[0] += 1
        progress[:8], progress[16:24] = counts[0].to_bytes(8, "little"), len(data).to_bytes(8, "little")
        progress[24 : 24 + len(data)] = data
        if (failure := failure_of(target, data)) is not None:
            counts[1] += 1
            progress[8:16] = counts[1].to_bytes(8, "little")
            if failure["where"] not in seen:
                seen.add(failure["where"])
                said.write(json.dumps(failure | {"input": keep(target, data)}) + "\n")
                said.flush()

    return one


def _guide(target: Target, seconds: int, atheris: Any, one: Callable[[bytes], None]) -> None:
    """Let libFuzzer have this process; it ends with it."""
    from reliability.fuzz.child import MEMORY, bound

    corpus = kept() / "corpus" / target.name
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds:
        (corpus / name_of(seed)).write_bytes(seed)
    beside = kept() / "libfuzzer" / target.name
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    bound(seconds)
    flags = {"max_total_time": seconds, "max_len": LARGEST, "timeout": _PAUSE, "rss_limit_mb": 2 * MEMORY >> 20,
             "artifact_prefix": f"{beside}/", "verbosity": 0}  # fmt: skip
    atheris.Setup([target.name, str(corpus), *(f"-{k}={v}" for k, v in flags.items())], one)
    atheris.Fuzz()
    os._exit(0)
