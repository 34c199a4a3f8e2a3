"""Where the time of the heaviest artifacts of a backup goes: rows, CPU seconds, floor, and the functions that lead."""

from __future__ import annotations

import cProfile
import io
import pstats
import time
from contextlib import closing, nullcontext
from pathlib import PurePosixPath
from typing import Any

from bridle import artifacts
from bridle.evidence import open_source
from bridle.formats.arrow import ArrowBlock
from bridle.sandbox.parse import ReceivedSource
from performance.floor import Load, Rates
from performance.inputs import Input

HEAVIEST = ("ios.manifest", "ios.sms", "ios.whatsapp")
_SHOWN = 8


def profiles(given: Input, at: Rates) -> list[dict[str, Any]]:
    """The three artifacts, each parsed in this process: once for its time, once for its profile."""
    return [_profile(given, name, at) for name in HEAVIEST]


def _profile(given: Input, name: str, at: Rates) -> dict[str, Any]:
    rows, seconds, size = _timed(given, name)
    profiler = cProfile.Profile()
    _timed(given, name, profiler)
    return {
        "artifact": name, "rows": rows, "seconds": seconds, "bytes": size,
        "floor": Load(read=size, hashed=size).seconds(at), "lead": _lead(profiler),
    }  # fmt: skip


def _timed(given: Input, name: str, profiler: cProfile.Profile | None = None) -> tuple[int, float, int]:
    artifact, rows, seconds, size = artifacts.load(name), 0, 0.0, 0
    with closing(open_source(given.path, password=lambda: None)) as source:

        def wanted(path: PurePosixPath) -> bool:
            return name in artifacts.for_path(path)

        for member in source.members(wanted):
            content = getattr(member, "content", None)
            if content is None or not wanted(member.path):
                continue
            with closing(content()) as extent:
                file = ReceivedSource(member.path, "", extent)
                size += file.size
                begin = time.process_time()
                with profiler or nullcontext():
                    rows += sum(len(i) if isinstance(i, ArrowBlock) else 1 for i in artifact.parse(file))
                seconds += time.process_time() - begin
    return rows, seconds, size


def _lead(profiler: cProfile.Profile) -> list[dict[str, Any]]:
    """The functions with most time of their own."""
    found = pstats.Stats(profiler, stream=io.StringIO()).stats  # type: ignore[attr-defined]
    leading = sorted(found.items(), key=lambda item: -item[1][2])[:_SHOWN]
    return [
        {"function": f"{file.rpartition('/')[2]}:{line} {name}", "calls": calls, "seconds": own}
        for (file, line, name), (_, calls, own, _, _) in leading
    ]
