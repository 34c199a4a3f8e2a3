"""The bill of materials names what the lock pins, and is the same every time."""

import json

import pytest

from supply.bill import bill, encoded, own_needs
from supply.lock import LOCK, Pinned, read

A, B = "a" * 64, "b" * 64
PINNED = [
    Pinned(line=1, name="Zed_Package", version="2.0", sha256=(A, B)),
    Pinned(line=5, name="alpha-not-installed", version="1.5", sha256=(A,)),
]
NEEDS = {"bridle": ["zed.package", "absent"], "zed-package": ["Alpha_Not_Installed"]}


def test_what_it_says():
    made = bill(PINNED, "9.9", 1_767_225_600, NEEDS)
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert made["metadata"]["timestamp"] == "2026-01-01T00:00:00Z"
    assert made["metadata"]["component"]["bom-ref"] == "pkg:pypi/bridle@9.9"
    assert made["components"] == [
        {"type": "library", "name": "alpha-not-installed", "version": "1.5",
         "bom-ref": "pkg:pypi/alpha-not-installed@1.5", "purl": "pkg:pypi/alpha-not-installed@1.5",
         "properties": [{"name": "bridle:lock:sha256", "value": A}]},
        {"type": "library", "name": "Zed_Package", "version": "2.0", "bom-ref": "pkg:pypi/zed-package@2.0",
         "purl": "pkg:pypi/zed-package@2.0",
         "properties": [{"name": "bridle:lock:sha256", "value": A}, {"name": "bridle:lock:sha256", "value": B}]},
    ]  # fmt: skip
    assert made["dependencies"] == [
        {"ref": "pkg:pypi/bridle@9.9", "dependsOn": ["pkg:pypi/zed-package@2.0"]},
        {"ref": "pkg:pypi/alpha-not-installed@1.5", "dependsOn": []},
        {"ref": "pkg:pypi/zed-package@2.0", "dependsOn": ["pkg:pypi/alpha-not-installed@1.5"]},
    ]


def test_equal_locks_give_equal_bytes_and_others_another_serial_number():
    one = encoded(bill(PINNED, "9.9", 0, NEEDS))
    assert one == encoded(bill(reversed(PINNED), "9.9", 0, NEEDS))
    other = bill(PINNED[:1], "9.9", 0, NEEDS)
    assert json.loads(one)["serialNumber"] != other["serialNumber"]


@pytest.mark.parametrize("developers", [False, True])
def test_what_bridle_asks_for_is_in_the_lock(developers):
    pinned, _ = read(LOCK.read_text("utf-8"))
    named = {p.name for p in pinned}
    needs = own_needs(developers=developers)
    assert {"apsw", "starlette"} <= set(needs) <= named | {"publicsuffixlist"}
    assert ("pytest" in needs) is developers
