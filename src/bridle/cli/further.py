"""Groups of commands that live in several modules."""

from __future__ import annotations

import importlib
from typing import Any

import click


class FurtherGroup(click.Group):
    """A group's own commands, and those of further modules, each in its `COMMANDS`: imported when one is asked for."""

    def __init__(self, *args: Any, further: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = further

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._further()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or self._further().get(cmd_name)

    def _further(self) -> dict[str, click.Command]:
        return {str(c.name): c for m in self._modules for c in importlib.import_module(m).COMMANDS}
