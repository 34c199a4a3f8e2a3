"""Values written as STIX 2.1 patterns.

Source: STIX 2.1, 9.2 (string literals), and its observables `file` and `directory`.
"""

from __future__ import annotations


def quoted(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def path_pattern(path: str) -> str:
    """A file by its folder and name, or a folder."""
    folder, _, name = path.rpartition("/")
    if not name or not folder:
        return f"[directory:path = {quoted(folder or path)}]"
    return f"[file:parent_directory_ref.path = {quoted(folder)} AND file:name = {quoted(name)}]"
