"""The command line: arguments become library calls. Commands are imported when they run, so that help is instant."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

import click

from bridle import __version__, private, stopping

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "acquire": "Acquire a phone on a cable, step by step, and open a case.",
    "check": "Examine a backup, file system, sysdiagnose, bugreport or other acquisition.",
    "recheck": "Examine a case again with other feeds, from its stored records.",
    "hunt": "Look for new indicators in past cases.",
    "links": "What several cases share: whom one customer is supposed to have attacked.",
    "diff": "What two cases say differently.",
    "report": "Write a case's report, or export its findings.",
    "timeline": "What a case records, in the order of time.",
    "view": "Look at cases in the browser, on this machine alone.",
    "fleet": "Examine many acquisitions, on processes or a cluster; keep the cases in a lake.",
    "sql": "Ask a case a question in SQL.",
    "seal": "Sign a case, so that any change is found; stamp it with a time; pack it as a bag.",
    "review": "Have somebody else find again what was found, blind.",
    "verify": "Check that a case is as it was written.",
    "consent": "Write a consent record to fill in, or say what a case's record allows.",
    "sign-off": "Enter what is held of each finding, and sign; a second person reads it.",
    "withdraw": "Destroy a case whose consent is withdrawn or has run out, with what was drawn from it.",
    "custody": "What was done with a case; enter and release legal holds.",
    "indicators": "Look at indicator feeds, fetch and carry them.",
    "infra": "What sources say of domains, addresses and certificates, kept with its lineage.",
    "list": "Selected numbers and when they were selected: kept encrypted, summarised, compared with phones.",
    "rules": "Look at the detection rules.",
    "baseline": "Learn from cases what ordinary devices have.",
    "artifacts": "Look at what bridle reads.",
    "phantom": "Make synthetic evidence.",
    "doctor": "Check this machine's set-up, and say what to do.",
    "self-verify": "Check that bridle is as it was installed.",
    "debug-bundle": "Show, and write, what may be handed over when something fails: versions, counts, kinds of errors.",
    "completion": "Print what lets a shell complete bridle's commands.",
    "demo": "Make a synthetic phone with a planted attack, examine it, and show where the report is.",
}
_FUNCTIONS = {"list": "list_"}
"""Of commands whose names are Python's own. Their modules hide these names in this one."""


class LazyGroup(click.Group):
    """Knows the names and one-line helps; imports a command's module when it is called or asked for its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        found = getattr(importlib.import_module(f"bridle.cli.{name}"), _FUNCTIONS.get(name, name))
        return found if isinstance(found, click.Command) else None

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _ending():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _ending():
            return self._invoked(ctx)

    def _invoked(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException as e:
            from bridle.cli.terminal import one_line

            vars(e)["message"] = one_line(e.message)  # it quotes arguments, which may be names of files of the evidence
            raise
        except ValueError as e:
            if not _is_damage(e):
                raise
            from bridle.cli.terminal import fail

            fail(str(e), 3)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=said) for name, said in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@contextmanager
def _ending() -> Iterator[None]:
    """Around a command: how one ends that was stopped or is not heard is imported when it does."""
    try:
        yield
    except (KeyboardInterrupt, Exception) as e:
        from bridle.cli.ending import ended

        ended(e)
        raise


def _is_damage(error: ValueError) -> bool:
    """Whether a case's file is damaged. What is told of cases is imported by what reads them: most commands do not."""
    damage = sys.modules.get("bridle.case.damage")
    return damage is not None and isinstance(error, damage.CaseDamagedError)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", prog_name="bridle")
def bridle() -> None:
    """Consensual forensics of mercenary spyware, and evidence that stands up.

    Start with `bridle demo`, or with `bridle check BACKUP -o CASE`. Nothing uses the network
    but `bridle indicators update`, and `bridle fleet` and `bridle withdraw` where they are given a URL or a scheduler.
    """


def main(*args: Any) -> None:
    """Run the command line. A closed pipe is not an error; Ctrl-C ends it with 130, a fault of bridle with 70."""
    private.begin(keep)
    stopping.begin()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files need not be text, nor a terminal UTF-8
    try:
        bridle(*args)
    except Exception as e:  # noqa: BLE001 - told without its values
        private.tell(e, keep)
        raise SystemExit(private.FAULT) from None


def keep(fault: private.Fault) -> str:
    """Keep a fault for `bridle debug-bundle`; says how to see it."""
    from bridle.cli.faults import kept

    kept(fault)
    return ", which `bridle debug-bundle -o FILE` also has"
