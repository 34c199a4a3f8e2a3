"""What a process may still ask of the kernel behind the filter. Each call is made in a child of its own."""

import os
import struct
import sys

import pytest

from bridle.sandbox import seccomp
from reliability import walls


@pytest.fixture
def asked(tmp_path):
    """What becomes of each statement, run one after another behind the filter."""
    file = tmp_path / "file"
    file.write_bytes(b"kept")

    def run(statements):
        found = walls.asked(file, statements)
        if found is None:
            pytest.skip("this system does not let a process filter its system calls")
        return found

    yield run
    assert (file.read_bytes(), [f.name for f in tmp_path.iterdir()]) == (b"kept", ["file"])


def test_what_is_refused(asked):
    assert asked(walls.REFUSED.values()) == dict.fromkeys(walls.REFUSED.values(), "1")  # EPERM


def test_what_is_allowed(asked):
    assert asked(walls.ALLOWED.values()) == dict.fromkeys(walls.ALLOWED.values(), "done")


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_jump_of_a_filter_ends_inside_it_and_every_path_in_an_answer(machine):
    made = seccomp.program(machine, 1234)
    assert len(made) <= 4096
    for at, (operation, if_so, if_not, _) in enumerate(made):
        struct.pack("=HBBI", *made[at])
        if operation != 0x06:
            assert max(at + 1 + if_so, at + 1 + if_not) < len(made)
    assert made[-1] == (0x06, 0, 0, 0x7FFF0000)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_no_call_is_named_twice(machine):
    named = [n for first, last in seccomp.REFUSED[machine] for n in range(first, last + 1)]
    named += [*seccomp._GUARDED[machine].values(), *seccomp._ABSENT]
    assert len(named) == len(set(named))


def test_another_machine_is_not_filtered(monkeypatch):
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "", "", "", "riscv64")))
    assert seccomp.filtered() is False
    monkeypatch.setattr(sys, "platform", "darwin")
    assert seccomp.filtered() is False
