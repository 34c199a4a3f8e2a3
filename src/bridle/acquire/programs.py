"""The separate programs that acquire a phone: which are here, in which version, and how to get one that is not."""

from __future__ import annotations

import shutil
import sys
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from bridle.acquire.running import run
from bridle.classes import dataclass

_PATIENCE = 15.0
"""Seconds in which a program says its version."""


class MissingProgramError(Exception):
    """A program is not on the PATH. The message says how to install it."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """One separate program."""

    name: str
    platform: str
    """`ios` or `android`."""
    purpose: str
    version: tuple[str, ...]
    """Arguments that make it print its version."""
    needed: bool
    """Nothing is acquired without it."""
    install: Mapping[str, str]
    """How to install it, by `sys.platform`."""

    @property
    def path(self) -> Path | None:
        """Where it is on the PATH."""
        found = shutil.which(self.name)
        return Path(found) if found else None

    def how_to_install(self, system: str | None = None) -> str:
        """A command or a sentence for this system."""
        return self.install.get(system or sys.platform, self.install["linux"])

    def said_version(self) -> str:
        """The first line that looks like a version, at most 80 characters; empty where it says none."""
        if self.path is None:
            return ""
        ran = run([str(self.path), *self.version], patience=_PATIENCE)
        lines = [line.strip() for line in f"{ran.out}\n{ran.err}".splitlines()]
        return next((line[:80] for line in lines if any(c.isdigit() for c in line)), "")


@lru_cache(maxsize=1)
def programs() -> tuple[Program, ...]:
    """All of them, in the order of the file."""
    stored = tomllib.loads((Path(__file__).parent / "programs.toml").read_text("utf-8"))
    return tuple(
        Program(
            name=name, platform=p["platform"], purpose=p["purpose"], version=tuple(p["version"]), needed=p["needed"],
            install=p["install"],
        )
        for name, p in stored.items()
    )  # fmt: skip


def program(name: str) -> Program:
    """The one of this name. Raises KeyError."""
    return {p.name: p for p in programs()}[name]


def path_of(name: str) -> str:
    """Where a program is. Raises MissingProgramError."""
    wanted = program(name)
    if wanted.path is None:
        raise MissingProgramError(f"{name} is not here: it {wanted.purpose}. Install it: {wanted.how_to_install()}")
    return str(wanted.path)
