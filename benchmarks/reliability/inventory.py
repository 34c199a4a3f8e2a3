"""Every bound that the code names: numbers of modules called MOST, LARGEST, LONGEST and so on, and fields of bounds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bridle

SOURCE = Path(bridle.__file__).parents[1]
_WORDS = "MOST|MAX|LONGEST|LARGEST|LIMIT|DEEPEST|DEPTH|RATIO|WIDEST"
_NAME = re.compile(rf"(?:^|_)(?:{_WORDS})(?:_|$)")
_CLASSES = ("Bounds", "Limits")
"""Classes whose fields with a default are bounds."""


@dataclass(frozen=True, order=True)
class Bound:
    """One of them; a field of a class as `Bounds.members`."""

    module: str
    """Below `bridle`, such as `formats.plist`."""
    name: str
    value: float

    @property
    def file(self) -> Path:
        return SOURCE / "bridle" / (self.module.replace(".", "/") + ".py")

    @property
    def key(self) -> str:
        return f"{self.module}:{self.name}"


def inventory(*packages: str) -> list[Bound]:
    """The bounds of the named packages below `bridle`, of all without a name, in the order of their files."""
    found: list[Bound] = []
    for file in sorted((SOURCE / "bridle").rglob("*.py")):
        module = ".".join(file.relative_to(SOURCE / "bridle").with_suffix("").parts)
        if not packages or module.partition(".")[0] in packages:
            found += (Bound(module, name, value) for name, value in _named(ast.parse(file.read_text())))
    return found


def _named(tree: ast.Module) -> Iterator[tuple[str, float]]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for name, value in _assigned(node.targets[0], node.value):
                if _NAME.search(name) and (number := _number(value)) is not None:
                    yield name, number
        elif isinstance(node, ast.ClassDef) and node.name in _CLASSES:
            yield from _fields(node)


def _fields(of: ast.ClassDef) -> Iterator[tuple[str, float]]:
    for field in of.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.value is not None:
            number = _number(field.value)
            if number is not None:
                yield f"{of.name}.{field.target.id}", number


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Names and what they get, also of `A, B = 1, 2`."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, of in zip(target.elts, value.elts, strict=False):
            yield from _assigned(one, of)


def _number(value: ast.expr) -> float | None:
    """What an expression of literals comes to, if it is a number above 1."""
    allowed = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)
    if not all(isinstance(n, allowed) for n in ast.walk(value)):
        return None
    made = eval(compile(ast.Expression(value), "bound", "eval"), {"__builtins__": {}})
    return made if isinstance(made, int | float) and made > 1 else None


if __name__ == "__main__":
    for one in inventory():
        print(f"{one.key} = {one.value:,}")
