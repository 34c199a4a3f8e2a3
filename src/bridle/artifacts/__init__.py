"""One file per artifact. Found by looking: a parser file needs no registration."""

from __future__ import annotations

import ast
import hashlib
import importlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath

from bridle.artifacts.globs import Globs
from bridle.core import Artifact

_HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def _declared() -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every artifact's name, globs and globs of companions, read from the sources without importing them."""
    found = {}
    for file in sorted(_HERE.glob("*/*.py")):
        for node in ast.parse(file.read_bytes()).body:
            if isinstance(node, ast.FunctionDef) and (call := _decorator(node)) is not None:
                more = next((ast.literal_eval(k.value) for k in call.keywords if k.arg == "companions"), ())
                found[f"{file.parent.name}.{file.stem}"] = (tuple(ast.literal_eval(a) for a in call.args), more)
    return found


def _decorator(function: ast.FunctionDef) -> ast.Call | None:
    for d in function.decorator_list:
        if isinstance(d, ast.Call) and isinstance(d.func, ast.Name) and d.func.id == "artifact":
            return d
    return None


def paths() -> Mapping[str, tuple[str, ...]]:
    """Every artifact's name and the globs of its files."""
    return {name: globs for name, (globs, _) in _declared().items()}


def companions() -> Mapping[str, tuple[str, ...]]:
    """The artifacts that need other files beside their own, and the globs of those."""
    return {name: more for name, (_, more) in _declared().items() if more}


def load(name: str) -> Artifact:
    """Import the artifact called `name`, such as `ios.data_usage`. Raises KeyError for an unknown one."""
    if name not in paths():
        raise KeyError(name)
    module = importlib.import_module(f"bridle.artifacts.{name}")
    found = getattr(module, name.rpartition(".")[2])
    if not isinstance(found, Artifact):
        raise TypeError(f"{name}: expected an artifact, got {type(found).__name__}")
    return found


@lru_cache(maxsize=1)
def _shared_sources() -> str:
    files = [_HERE.parent / "core.py", *sorted((_HERE.parent / "formats").rglob("*.py"))]
    return hashlib.sha256(b"".join(hashlib.sha256(f.read_bytes()).digest() for f in files)).hexdigest()


def revision(artifact: Artifact) -> str:
    """SHA-256 over the sources of the parser, `core` and `formats`: equal revisions give equal rows."""
    return hashlib.sha256(f"{artifact.revision}\n{_shared_sources()}".encode()).hexdigest()


@lru_cache(maxsize=1)
def _own() -> Globs:
    return Globs((glob, name) for name, globs in paths().items() for glob in globs)


@lru_cache(maxsize=1)
def _beside() -> Globs:
    return Globs((glob, name) for name, globs in companions().items() for glob in globs)


def for_path(path: PurePosixPath | str) -> tuple[str, ...]:
    """The names of the artifacts that read the file at this device path, sorted."""
    return tuple(sorted(_own().names(str(path))))


def beside_path(path: PurePosixPath | str) -> tuple[str, ...]:
    """The names of the artifacts that want the file at this device path as a companion, sorted."""
    return tuple(sorted(_beside().names(str(path))))
