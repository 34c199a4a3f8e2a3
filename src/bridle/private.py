"""What a process of bridle keeps to itself: files for their owner alone, no core dumps, faults told without values.

A fault is told by its kind and its place in bridle. What an exception says, and the lines of a traceback, may hold a
message, a number or a path of the phone; `BRIDLE_DEBUG=1` shows them on the terminal, behind a warning.

Sources: umask(2), core(5), prctl(2) PR_SET_DUMPABLE, PEP 3134 (chained exceptions).
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

DEBUG = "BRIDLE_DEBUG"
"""With this variable as `1` faults are shown whole."""
FAULT = 70
"""The exit code of a fault of bridle (EX_SOFTWARE of sysexits.h): none that a command gives for what it found."""
_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep  # noqa: PTH100, PTH120 - pathlib costs help its time
_MOST = 8
"""Kinds and places that are told of one fault."""
_PR_SET_DUMPABLE = 4
_WARNING = (
    "bridle: what follows may hold messages, numbers and paths of the phone. Do not send it to anybody who may not"
    " see these.\n"
)


@dataclass(frozen=True)
class Fault:
    """A fault of bridle: `kinds` are the exceptions, the last raised first; `places` the innermost first."""

    kinds: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def said(self) -> str:
        """In a few words."""
        return f"{' after '.join(self.kinds)} in {self.places[0]}"


def begin(keep: Callable[[Fault], str] | None = None) -> None:
    """For the start of a process: its files are its owner's alone, it leaves no core, its faults tell no values.

    `keep` keeps a fault for later and says where, or that there is no place.
    """
    os.umask(0o077)
    no_core_dumps()
    if not sys.warnoptions and not debugging():
        import warnings

        warnings.simplefilter("ignore")  # libraries quote what they warn of

    def uncaught(kind: type[BaseException], error: BaseException | None, _: TracebackType | None) -> None:
        tell(error if error is not None else kind(), keep)

    sys.excepthook = uncaught
    threading.excepthook = lambda args: uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def debugging() -> bool:
    """Whether faults are shown whole."""
    return os.environ.get(DEBUG) == "1"


def no_core_dumps() -> None:
    """Leave no core, here and in what this process starts.

    A limit of 0 does not bind a core that is piped to a program (core(5)); that the process cannot be dumped does,
    but that is lost in a program that it starts. Where the system knows neither, nothing is done.
    """
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def fault(error: BaseException) -> Fault:
    """Where and what: names of classes and of files of code, which nothing in the evidence gives."""
    chain = [*_chain(error)][:_MOST]
    places = tuple(dict.fromkeys(p for e in chain for p in reversed([*_places(e.__traceback__)])))
    return Fault(tuple(type(e).__name__[:60] for e in chain), places[:_MOST] or ("an unknown place",))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)


def _places(at: TracebackType | None) -> Iterator[str]:
    """`engine/check.py:12` in bridle; elsewhere the library's name alone."""
    while at is not None:
        file = at.tb_frame.f_code.co_filename
        if file.startswith(_PACKAGE):
            yield f"{file[len(_PACKAGE) :].replace(os.sep, '/')}:{at.tb_lineno}"
        else:
            yield _library(at.tb_frame.f_globals)
        at = at.tb_next


def _library(names: dict[str, Any]) -> str:
    name = str(names.get("__name__", "")).partition(".")[0]
    return name if name in sys.modules and name.isidentifier() else "elsewhere"


def tell(error: BaseException, keep: Callable[[Fault], str] | None = None) -> None:
    """Say on stderr what happened and what to do; with `BRIDLE_DEBUG=1` all of it."""
    found = fault(error)
    lines = [f"bridle: a fault of bridle: {found.said}. Nothing of the evidence is shown here.\n"]
    lines += [f"    {place}\n" for place in found.places]
    kept = _kept(found, keep)
    if debugging():
        import traceback

        lines += [_WARNING, *traceback.format_exception(error)]
    else:
        lines.append(
            f"Next: report these lines{kept}; or run the command again with {DEBUG}=1 for the whole traceback,"
            " which may hold text of the evidence.\n"
        )
    if sys.stderr is not None:
        sys.stderr.write("".join(lines).encode("ascii", "backslashreplace").decode())


def _kept(found: Fault, keep: Callable[[Fault], str] | None) -> str:
    try:
        return keep(found) if keep is not None else ""
    except Exception:  # noqa: BLE001 - a fault is told even where it cannot be kept
        return ""
