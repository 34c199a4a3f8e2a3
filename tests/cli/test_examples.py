"""Every command shows in its help how it is called, and the example is one that its own options accept."""

import re
import shlex

import click
import pytest

from bridle.cli import bridle

ENDS = re.compile(r"(?:[>|&]|&&|—|·|#|\(.*)\Z")
"""A word at which the call ends, and a redirection, another command or a remark begins."""


def leaves(command=bridle, path=("bridle",), parent=None):
    context = click.Context(command, info_name=path[-1], parent=parent, terminal_width=400, max_content_width=400)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if not inner.hidden:
                yield from leaves(inner, (*path, name), context)
    else:
        yield " ".join(path), command.get_help(context)


def calls(said):
    """The calls of bridle in a help's examples, as words; what has an ellipsis is none."""
    text = re.sub(r"\\\n\s*", "", said.partition("Example")[2])
    for line in text.splitlines():
        found = re.match(r"(?:s?:)?\s*(bridle .*)", line)
        if found and "…" not in line:
            yield [*until_the_end(shlex.split(found[1]))]


def until_the_end(words):
    for word in words:
        if ENDS.match(word):
            return
        yield word.rstrip(",;.") or word
        if word.endswith((",", ";")):
            return


LEAVES = dict(leaves())


@pytest.mark.parametrize("path", LEAVES)
def test_help_has_an_example(path):
    assert re.search(r"^\s*Examples?:", LEAVES[path], re.MULTILINE), f"{path} --help shows no example"


def accepted(words):
    """Parses a call down to its command, and runs nothing."""
    command, context = bridle, None
    while True:
        name, *words = words
        context = command.make_context(name, list(words), parent=context)
        if not isinstance(command, click.Group):
            return
        words = [*context._protected_args, *context.args]
        command = command.get_command(context, words[0])
        assert command is not None, words[0]


@pytest.mark.parametrize("path", LEAVES)
def test_examples_are_calls_that_the_command_accepts(path):
    for call in calls(LEAVES[path]):
        try:
            accepted(call)
        except click.exceptions.Exit as e:
            assert e.exit_code == 0
        except click.ClickException as e:
            said = e.format_message()
            assert "does not exist" in said, f"{shlex.join(call)}: {said}"


def test_calls_are_found_in_a_help():
    said = """Usage: …

  Examples:
    bridle one "a; b" -o c > file
    bridle two, fill it in
    bridle three \\
      --more  (a remark)
    bridle four …
"""
    assert [*calls(said)] == [
        ["bridle", "one", "a; b", "-o", "c"], ["bridle", "two"], ["bridle", "three", "--more"]
    ]  # fmt: skip
