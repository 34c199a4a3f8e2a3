"""`bridle completion`."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_BRIDLE_COMPLETE"
EXAMPLE = """
\b
Examples:
  bridle completion bash > ~/.local/share/bash-completion/completions/bridle
  bridle completion zsh > "${fpath[1]}/_bridle"
  bridle completion fish > ~/.config/fish/completions/bridle.fish
"""


@click.command(epilog=EXAMPLE)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what lets a shell complete bridle's commands, options and files.

    Save it where the shell looks for completions, and open a new shell.
    """
    from click.shell_completion import ShellComplete, get_completion_class

    from bridle.cli import bridle

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"click knows no completion for {shell}; update it: pip install -U click")
    # Not `found.source`, which starts a bash to see how old it is.
    click.echo(ShellComplete.source(found(bridle, {}, "bridle", _VARIABLE)))
