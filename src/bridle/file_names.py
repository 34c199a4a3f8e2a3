"""Names of files, which on most systems are bytes and need not be UTF-8, as text that JSON and tables can hold."""

from __future__ import annotations


def name_as_text(name: str) -> str:
    """A name in which bytes that are no UTF-8 show as `\\xff`, and half a character of UTF-16 as `\\ud800`."""
    if name.isascii():
        return name
    try:
        stored = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        stored = name.encode("utf-8", "backslashreplace")
    return stored.decode("utf-8", "backslashreplace")


def is_text(name: str) -> bool:
    """Whether all of a name is UTF-8, as libraries need it that open files by it."""
    return name_as_text(name) == name
