"""A lock pins every package by its bytes, and says nothing of where they come from."""

import pytest

from supply.lock import LOCKS, Fault, Pinned, read

A, B = "a" * 64, "b" * 64


def test_what_is_pinned_is_read():
    text = f"""\
# a comment
click==8.5.1 \\
    --hash=sha256:{B} \\
    --hash=sha256:{A}
    # via
    #   bridle
tomli==2.0 ; python_version < "3.11" --hash=sha256:{A}
"""
    pinned, faults = read(text)
    assert faults == []
    assert pinned == [
        Pinned(line=2, name="click", version="8.5.1", sha256=(A, B)),
        Pinned(line=7, name="tomli", version="2.0", sha256=(A,)),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("click==8.5.1", "click has no digest; run `make lock`"),
        (f"click==8.5.1 --hash=md5:{'a' * 32}", "click has a digest that is no SHA-256; run `make lock`"),
        (f"click==8.5.1 --hash=sha256:{A} --hash=sha256:{B[:-1]}",
         "click has a digest that is no SHA-256; run `make lock`"),
        (f"click>=8 --hash=sha256:{A}", "expected NAME==VERSION, got 'click>=8'"),
        (f"click==8.* --hash=sha256:{A}", "expected NAME==VERSION, got 'click==8.*'"),
        ("--index-url https://index.example.org/simple",
         "an option, '--index-url https://index.example.org/simple'; a lock holds packages only"),
        ("-e .", "an option, '-e .'; a lock holds packages only"),
        (f"click @ https://files.example.org/click.whl --hash=sha256:{A}",
         ("an address, 'click @ https://files.example.org/click.whl';"
          " where packages come from is the installer's to say")),
    ],
)  # fmt: skip
def test_what_is_not_pinned_is_told(line, said):
    assert read(f"{line}\n") == ([], [Fault(line=1, said=said)])


def test_a_package_is_pinned_once():
    _, faults = read(f"Jinja2==3.1 --hash=sha256:{A}\njinja2==3.2 --hash=sha256:{B}\n")
    assert [str(f) for f in faults] == ["line 2: jinja2 is pinned twice; keep one"]


def test_an_empty_lock_is_not_sound():
    assert read("# nothing\n") == ([], [Fault(line=1, said="no package is pinned; run `make lock`")])


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_the_locks_of_the_project_are_sound(lock):
    pinned, faults = read(lock.read_text("utf-8"))
    assert faults == []
    assert any(p.name in {"cryptography", "pymisp", "pip-audit", "atheris"} for p in pinned)
