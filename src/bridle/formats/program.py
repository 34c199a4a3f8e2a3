"""Whether an image is a program or code that others load, by where it lies.

A library ends in `.dylib`, or bears the name of the bundle of loadable code it is the binary of: a framework, a
plug-in. Whatever else lies anywhere may be a program: the name alone says no more.

Sources: https://developer.apple.com/library/archive/documentation/CoreFoundation/Conceptual/CFBundles/ (bundles)
"""

from __future__ import annotations

import re

_LOADED = re.compile(r"/([^/]+)\.(?:framework|bundle|plugin|axbundle)/(?:Versions/[^/]+/)?([^/]+)\Z")


def name_of(path: str) -> str | None:
    """The last part of the path of a program; None for a library."""
    name = path.rpartition("/")[2]
    loaded = _LOADED.search(path)
    if not name or name.lower().endswith(".dylib") or (loaded is not None and loaded[1] == loaded[2]):
        return None
    return name
