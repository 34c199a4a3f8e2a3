"""Talks to the person who acquires a phone. All of it is on stderr, so that stdout stays data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from bridle.cli.terminal import Bar, harmless

_EVERY = 60.0
"""Seconds between lines about a long step, where there is no terminal."""


class Terminal:
    """Asks where somebody answers; otherwise goes on without what needs an answer."""

    def __init__(self, *, interactive: bool) -> None:
        self.interactive = interactive
        self.typed: str | None = None
        """The password that was typed, once."""

    def say(self, text: str) -> None:
        click.echo(harmless(text), err=True)

    def wait(self, text: str) -> None:
        self.say(text)
        if self.interactive:
            click.prompt("Press Enter when that is done", default="", show_default=False, err=True)

    def agree(self, question: str) -> bool:
        return self.interactive and click.confirm(harmless(question), default=False, err=True)

    def new_password(self) -> str | None:
        if not self.interactive:
            return None
        asked = click.prompt(
            "New backup password", hide_input=True, confirmation_prompt=True, default="", show_default=False, err=True
        )
        self.typed = str(asked) or None
        return self.typed

    @contextmanager
    def working(self, title: str) -> Iterator[Callable[[float, str], object]]:
        if not sys.stderr.isatty():
            yield self._lines(title)
            return
        bar = Bar()
        try:
            bar.stage(title)
            yield lambda _, said: bar.stage(f"{title}: {said}" if said else title)
        finally:
            bar.close()

    def _lines(self, title: str) -> Callable[[float, str], object]:
        told = 0

        def progress(seconds: float, said: str) -> None:
            nonlocal told
            if seconds >= (told + 1) * _EVERY:
                told = int(seconds // _EVERY)
                self.say(f"{title}: {told} min" + (f", {said}" if said else ""))

        self.say(f"{title} …")
        return progress
