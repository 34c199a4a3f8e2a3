"""Lists of processes: columns told by their order, and commands taken apart."""

from __future__ import annotations

import pytest

from bridle.formats import ps

UUID = "0A1B2C3D-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("command", "path", "name", "arguments"),
    [
        ("/sbin/launchd", "/sbin/launchd", "launchd", None),
        ("/usr/libexec/UserEventAgent (System)", "/usr/libexec/UserEventAgent", "UserEventAgent", "(System)"),
        ("/usr/bin/tool -f /tmp/bh", "/usr/bin/tool", "tool", "-f /tmp/bh"),
        ("/a/My App.app/My App", "/a/My App.app/My App", "My App", None),
        ("/a/My App.app/My App --x /b/C.app/C", "/a/My App.app/My App", "My App", "--x /b/C.app/C"),
        ("/a/My App.app/Mine --x", "/a/My App.app/Mine", "Mine", "--x"),
        (
            "/a/My App.app/PlugIns/Its Share.appex/Its Share",
            "/a/My App.app/PlugIns/Its Share.appex/Its Share", "Its Share", None,
        ),
        ("/a/App.app/App dGNwOi8vMTky", "/a/App.app/App", "App", "dGNwOi8vMTky"),
        ("/a/App.app/Apple dGNw", "/a/App.app/Apple", "Apple", "dGNw"),
        ("/S/X.framework/Support/xd -d", "/S/X.framework/Support/xd", "xd", "-d"),
        ("/usr/bin/open /a/B.app/B", "/usr/bin/open", "open", "/a/B.app/B"),
        ("/a/B.app/", "/a/B.app/", "B.app", None),
        ("(My App)", None, "My App", None),
        ("kernel_task", None, "kernel_task", None),
        ("./bh -x y", None, "bh", "-x y"),
        ("()", None, None, None),
        ("/", "/", None, None),
    ],
)  # fmt: skip
def test_a_command_is_path_name_and_arguments(
    command: str, path: str | None, name: str | None, arguments: str | None
) -> None:
    assert ps.program(command) == (path, name, arguments)


def test_a_wide_value_moves_its_line_and_loses_nothing() -> None:
    names = ps.headings("USER  PID  %CPU      TIME COMMAND")
    assert names == ["USER", "PID", "%CPU", "TIME", "COMMAND"]
    assert ps.row(names, "mobile 12 0.5 12345678:00.11 /a b/c  d ") == {
        "USER": "mobile", "PID": "12", "%CPU": "0.5", "TIME": "12345678:00.11", "COMMAND": "/a b/c  d",
    }  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "root 1 0.0",
        "root 1 0.0 0:00 ",
        "root x 0.0 0:00 /a",
        "root 1 /a/b --flag",
        "root 1 0,1 0:00 /a",
        "/a 1 0.0 0:00 b",
    ],
)
def test_a_line_without_one_of_its_values_is_no_row(line: str) -> None:
    assert ps.row(["USER", "PID", "%CPU", "TIME", "COMMAND"], line) is None


def test_what_is_no_line_of_headings() -> None:
    assert ps.headings("USER XPID COMMAND") is None
    assert ps.headings("USER PID COMMANDER") is None
    assert ps.headings("") is None


def test_the_command_of_a_line_that_does_not_fit() -> None:
    assert ps.command("root 1 /private/var/tmp/bh --flag ") == "/private/var/tmp/bh --flag"
    assert ps.command("root a/b") is None


def test_only_blanks_and_tabs_part_columns() -> None:
    """A name that ends in a blank that does not break is not the name without it."""
    found = ps.row(["USER", "PID", "STARTED", "COMMAND"], "root\t1 1:25\u202fPM /usr/libexec/locationd\u00a0 ")
    assert found == {"USER": "root", "PID": "1", "STARTED": "1:25\u202fPM", "COMMAND": "/usr/libexec/locationd\u00a0"}
    names = ["USER", "PID", "COMMAND", "PPID", "COMMAND"]
    assert ps.threaded_row(names, "root 1 /a b 0 /a b\u00a0 ") == {
        "USER": "root", "PID": "1", "PPID": "0", "COMMAND": "/a b\u00a0",
    }  # fmt: skip
    assert ps.program("/usr/libexec/locationd\u00a0")[1] == "locationd\u00a0"
