from __future__ import annotations

import pytest

from bridle.formats.program import name_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/usr/libexec/locationd", "locationd"),
        ("/private/var/tmp/x", "x"),
        ("/Applications/Example.app/Example", "Example"),
        ("/a/Example.app/PlugIns/Keys.appex/Keys", "Keys"),
        ("/a/One.framework/XPCServices/Two.xpc/Two", "Two"),
        ("/a/One.framework/Support/oned", "oned"),
        ("/a/One.framework/oned", "oned"),
        ("/a/One.framework/One", None),
        ("/a/One.framework/Versions/A/One", None),
        ("/a/Example.app/Frameworks/One.framework/One", None),
        ("/a/One.bundle/One", None),
        ("/usr/lib/libexample.dylib", None),
        ("/usr/lib/LIBEXAMPLE.DYLIB", None),
        ("/a/", None),
        ("", None),
    ],
)
def test_the_name_of_a_program_by_its_place(path: str, name: str | None) -> None:
    assert name_of(path) == name
