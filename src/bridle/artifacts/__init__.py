"""One file per artifact. Found by looking: a parser file needs no registration."""

from __future__ import annotations

import ast
import hashlib
import importlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bridle.artifacts.globs import Globs
from bridle.core import Artifact

if TYPE_CHECKING:
    import pyarrow as pa

_HERE = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_DECORATED = re.compile(rb"^@artifact\(.*?(?=^def )", re.MULTILINE | re.DOTALL)


@lru_cache(maxsize=1)
def _declared() -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every artifact's name, globs and globs of companions, read from the sources without importing them."""
    found = {}
    for file in sorted(_HERE.glob("*/*.py")):
        if (call := _decorator(file.read_bytes())) is not None:
            more = next((ast.literal_eval(k.value) for k in call.keywords if k.arg == "companions"), ())
            found[f"{file.parent.name}.{file.stem}"] = (tuple(ast.literal_eval(a) for a in call.args), more)
    return found


def _decorator(source: bytes) -> ast.Call | None:
    """The call of `@artifact(…)`. Only its lines are parsed: there are many sources, and most is above and below."""
    if (found := _DECORATED.search(source)) is None:
        return None
    function = ast.parse(found[0] + b"def parse(): ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    return next(
        (d for d in function.decorator_list
         if isinstance(d, ast.Call) and isinstance(d.func, ast.Name) and d.func.id == "artifact"),
        None,
    )  # fmt: skip


@lru_cache(maxsize=1)
def paths() -> Mapping[str, tuple[str, ...]]:
    """Every artifact's name and the globs of its files."""
    return {name: globs for name, (globs, _) in _declared().items()}


@lru_cache(maxsize=1)
def companions() -> Mapping[str, tuple[str, ...]]:
    """The artifacts that need other files beside their own, and the globs of those."""
    return {name: more for name, (_, more) in _declared().items() if more}


def load(name: str) -> Artifact:
    """Import the artifact called `name`, such as `ios.data_usage`. Raises KeyError for an unknown one."""
    if not _NAME.fullmatch(name) or not (_HERE / f"{name.replace('.', '/')}.py").is_file():
        raise KeyError(name)
    module = importlib.import_module(f"bridle.artifacts.{name}")
    found = getattr(module, name.rpartition(".")[2], None)
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


@lru_cache(maxsize=1)
def _any() -> Globs:
    return Globs((glob, name) for given in (paths(), companions()) for name, globs in given.items() for glob in globs)


def candidates(paths: pa.Array) -> pa.Array:
    """Whether each path may be one that an artifact reads or wants beside: what is false here is neither."""
    return _any().candidates(paths)


def for_path(path: PurePosixPath | str) -> tuple[str, ...]:
    """The names of the artifacts that read the file at this device path, sorted."""
    return tuple(sorted(_own().names(str(path))))


def beside_path(path: PurePosixPath | str) -> tuple[str, ...]:
    """The names of the artifacts that want the file at this device path as a companion, sorted."""
    return tuple(sorted(_beside().names(str(path))))
