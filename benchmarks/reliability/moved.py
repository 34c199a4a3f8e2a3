"""A bound moved by one in a copy of the code, and whether the tests notice.

Each place that reads the bound reads one more, or one less; what is told to people stays as it was, so that no message
gives it away. If tests fail both ways, one of them stands exactly at the bound and one just above it.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from reliability.asking import Asked
from reliability.inventory import SOURCE, Bound

ROOT = Path(__file__).resolve().parents[2]
_TESTS = ROOT / "tests"
_CPU = 120
"""Seconds of processor time for the tests of one move; a bound that no longer ends anything runs into it, and is
noticed by that."""
_LONG = re.compile("real|phantom|determinism|no_socket|review|conformance|check|pool|worlds|importing|empty")
"""Files of tests that take long and are about something else."""
_FILES = 5
"""Files of tests that are run for one bound, those that name its module first."""


class _Moving(ast.NodeTransformer):
    """Every reading of a name becomes that many more."""

    def __init__(self, name: str, by: int) -> None:
        self._class, _, self._name = name.rpartition(".")
        self._by, self.count = by, 0

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        wanted = not self._class and node.id == self._name and isinstance(node.ctx, ast.Load)
        return self._moved(node) if wanted else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        wanted = node.attr == self._name and isinstance(node.ctx, ast.Load) and self._of(node.value)
        return self._moved(node) if wanted else node

    def _of(self, value: ast.expr) -> bool:
        """Whether that is what the name belongs to: a module, or an object of its class."""
        called = value.id if isinstance(value, ast.Name) else value.attr if isinstance(value, ast.Attribute) else ""
        return called.strip("_").lower() == self._class.lower() if self._class else called.islower()

    def _moved(self, node: ast.expr) -> ast.expr:
        self.count += 1
        sign = ast.Add() if self._by > 0 else ast.Sub()
        return ast.copy_location(ast.BinOp(node, sign, ast.Constant(abs(self._by))), node)


class Copy:
    """A copy of the code to move bounds in, and the tests to be asked."""

    def __init__(self, folder: Path, *, compiled: bool = True) -> None:
        """Compiling all of it is worth it for many moves."""
        self.source = folder / "src"
        shutil.copytree(SOURCE, self.source)
        if compiled:
            subprocess.run([sys.executable, "-m", "compileall", "-q", str(self.source)], check=True)
        self._tests = Asked(ROOT, self.source, _CPU)

    def close(self) -> None:
        """End what asks the tests."""
        self._tests.close()

    def noticed(self, bound: Bound, by: int) -> bool | None:
        """Whether tests fail once the bound is moved; None if nothing reads it, or no test names its module."""
        files, tests = self._move(bound, by), tests_of(bound)
        try:
            return self._tests.fail(tests) if files and tests else None
        finally:
            for file in files:
                shutil.copy2(SOURCE / file, self.source / file)

    def _move(self, bound: Bound, by: int) -> list[Path]:
        """Rewrite every file that reads the bound; which those are."""
        moved = []
        for file in _readers(bound):
            moving = _Moving(bound.name, by)
            tree = ast.fix_missing_locations(moving.visit(ast.parse((SOURCE / file).read_text())))
            if moving.count:
                (self.source / file).write_text(ast.unparse(tree))
                moved.append(file)
        return moved


def _readers(bound: Bound) -> list[Path]:
    """The files that may read it: its own, and those that name its module and itself."""
    last, name = bound.module.rpartition(".")[2], bound.name.rpartition(".")[2]
    own = bound.file.relative_to(SOURCE)
    if "." in bound.name:
        return [f.relative_to(SOURCE) for f in sorted(bound.file.parent.glob("*.py")) if name in f.read_text()]
    others = []
    for file in sorted((SOURCE / "bridle").rglob("*.py")):
        text = file.read_text()
        if name in text and re.search(rf"\b{last}\b", text) and file != bound.file:
            others.append(file.relative_to(SOURCE))
    return [own, *(f for f in others if _imports(f, bound))]


def _imports(file: Path, bound: Bound) -> bool:
    """Whether it has the name from that module, or the module and the name as its attribute."""
    package, _, last = f"bridle.{bound.module}".rpartition(".")
    text = (SOURCE / file).read_text()
    taken = rf"from {re.escape(package)}\.{last} import [^\n]*\b{bound.name}\b"
    return bool(re.search(taken, text) or re.search(rf"\b{last}\.{bound.name}\b", text))


@cache
def _texts() -> dict[Path, str]:
    """The tests that may be asked."""
    return {file: file.read_text() for file in sorted(_TESTS.rglob("test_*.py")) if not _LONG.search(file.stem)}


def tests_of(bound: Bound) -> list[Path]:
    """Files of tests that name the bound's module, else one that is built on it; the likeliest first."""
    last = bound.module.rpartition(".")[2]
    texts = _texts()
    named = [f for f, text in texts.items() if _names(text, last)]
    if not named or last.startswith("_"):
        users = _users(last)
        named += [f for f, text in texts.items() if f not in named and any(_names(text, user) for user in users)]

    def unlikely(file: Path) -> tuple[bool, bool, bool, int]:
        name = bound.name.rpartition(".")[2]
        said, told = name in texts[file], re.search(rf'\b{last}(?:\.|, "){name}\b', texts[file])
        about = last.strip("_").split("_")[0] if last.startswith("_") else last
        return not told, about not in file.stem and "bounds" not in file.stem, not said, len(texts[file])

    return sorted(named, key=unlikely)[:_FILES]


@cache
def _users(module: str) -> list[str]:
    """Modules of what reads evidence that import it: what tests of a module without a test of its own go through."""
    return [file.stem for file, text in _readers_of_evidence().items() if file.stem != module and _names(text, module)]


@cache
def _readers_of_evidence() -> dict[Path, str]:
    folders = [SOURCE / "bridle" / name for name in ("formats", "evidence", "artifacts")]
    return {file: file.read_text() for folder in folders for file in sorted(folder.rglob("*.py"))}


def _names(text: str, module: str) -> bool:
    return bool(re.search(rf"(?:import[^\n]*|bridle[\w.]*\.)\b{module}\b|[\"']\w+\.{module}[\"']", text))
