"""What a file of system state controls and may not: numbers of values, texts and actions, sizes, nested lists."""

from __future__ import annotations

import json
import plistlib
import tracemalloc
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, bplist, database, gaps, rows
from bridle import artifacts
from bridle.core import FormatError, Gap
from bridle.formats import leaves

PREFERENCES = artifacts.load("ios.preferences")
SHORTCUTS = artifacts.load("ios.shortcuts")


def binary(value: object) -> bytes:
    return plistlib.dumps(value, fmt=plistlib.FMT_BINARY, sort_keys=False)


def test_values_beyond_the_most_are_one_gap() -> None:
    at = rows(PREFERENCES, Stored(binary(list(range(leaves.MOST)))))
    assert (len(at), gaps(at)) == (leaves.MOST, [])
    above = rows(PREFERENCES, Stored(binary(list(range(leaves.MOST + 2)))))
    assert len(above) == leaves.MOST + 1
    assert above[-1] == Gap(locator="200001~3", reason="expected at most 200000 values, got more")


def test_lists_that_share_their_parts_do_not_multiply() -> None:
    """Ten lists of ten of the list before: ten billion values in a few hundred bytes of data."""
    inner: object = "x"
    for _ in range(10):
        inner = [inner] * 10
    bomb = binary(inner)
    assert len(bomb) < 1_000
    tracemalloc.start()
    found = rows(PREFERENCES, Stored(binary([bomb] * 50)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(gaps(found)) == 50
    assert [(s.type, s.length) for s in found if not isinstance(s, Gap)] == [("data", len(bomb))] * 50
    assert peak < 32 << 20


def test_text_that_does_not_decode_is_a_gap_and_the_rest_is_read() -> None:
    content = bplist('{"a": "qqqq", "b": "fine"}').replace(b"qqqq", b"q\xff\xffq")
    gap, row = rows(PREFERENCES, Stored(content))
    assert gap == Gap(locator="a", reason=r"Setting: expected ascii text, got b'\xff\xffq'")
    assert (row.key, row.value) == ("b", "fine")


def of_actions(count: int, texts: int) -> Stored:
    action = {"WFWorkflowActionIdentifier": "a", "WFWorkflowActionParameters": [f"t{n}" for n in range(texts)]}
    stored = json.dumps([action, *[{}] * (count - 1)])
    return Stored(database(
        "CREATE TABLE ZSHORTCUT (Z_PK INTEGER PRIMARY KEY);"
        "CREATE TABLE ZSHORTCUTACTIONS (Z_PK INTEGER PRIMARY KEY, ZDATA BLOB);"
        f"INSERT INTO ZSHORTCUTACTIONS VALUES (1, bplist('{stored}'));"
    ))  # fmt: skip


@pytest.mark.parametrize(("texts", "told"), [(999, 999), (1_000, 1_000), (1_001, 1_000)])
def test_texts_of_an_action(texts: int, told: int) -> None:
    found = rows(SHORTCUTS, of_actions(1, texts))
    (action,) = (r for r in found if not isinstance(r, Gap))
    assert len(action.texts) == told
    assert [g.locator for g in gaps(found)] == (
        [] if told == texts else ["ZSHORTCUTACTIONS:1/1.WFWorkflowActionParameters"]
    )


@pytest.mark.parametrize(("count", "cut"), [(9_999, False), (10_000, False), (10_001, True)])
def test_actions_of_a_shortcut(count: int, cut: bool) -> None:
    found = rows(SHORTCUTS, of_actions(count, 1))
    assert len(found) - len(gaps(found)) == min(count, 10_000)
    assert [g.locator for g in gaps(found)] == (["ZSHORTCUTACTIONS:1/10001"] if cut else [])


@pytest.mark.parametrize(("size", "told"), [(65_536, "text"), (65_537, None)])
def test_values_of_an_app_that_are_looked_into(size: int, told: str | None) -> None:
    text = "a" * (size - len(bplist('"' + "a" * 60_000 + '"')) + 60_000)
    content = database(
        "CREATE TABLE application_identifier_tab (id INTEGER); CREATE TABLE key_tab (id INTEGER);"
        "CREATE TABLE kvs (id INTEGER PRIMARY KEY, application_identifier INTEGER, key INTEGER, value BLOB);"
        f"INSERT INTO kvs VALUES (1, 1, 1, bplist('\"{text}\"'));"
    )
    (value,) = rows(artifacts.load("ios.application_state"), Stored(content))
    assert value.length == size
    assert value.text == (None if told is None else "a" * 4096)


@pytest.mark.parametrize("name", ["ios.configuration_profile", "ios.provisioning_profile"])
def test_a_profile_too_large_is_refused_before_it_is_read(name: str) -> None:
    file = Stored(b"x" * ((16 << 20) + 1))
    with pytest.raises(FormatError, match="expected at most 16777216 bytes, got 16777217"):
        rows(artifacts.load(name), file)
    assert file.opened == []


def test_computers_of_itunes_end_with_the_sixty_fourth() -> None:
    content = b"frpd".ljust(384, b"\x00") + b"a".ljust(192, b"\x00") * 70
    found = rows(artifacts.load("ios.itunes_prefs"), Stored(content))
    assert [c.number for c in found if not isinstance(c, Gap)] == list(range(1, 65))
    assert len(gaps(found)) == 1


def test_an_answer_of_dhcp_that_is_cut_in_an_option() -> None:
    packet = (b"\x02" + b"\x00" * 235 + bytes.fromhex("63825363") + b"\x06\x04\xc0\x00\x02").hex()
    file = Stored(bplist(f'{{"PacketData": {{"$data": "{packet}"}}}}'), PurePosixPath("/x/en0.plist"))
    lease, gap = rows(artifacts.load("ios.dhcp_leases"), file)
    assert (lease.dns, lease.server) == (None, None)
    assert gap.reason == "Lease: PacketData: expected whole options, the one at byte 240 is cut short"


def test_a_list_of_payloads_beyond_the_most_is_refused_and_its_values_are_told() -> None:
    content = binary({"PayloadContent": [{"PayloadType": "a"}] * 10_001})
    found = rows(artifacts.load("ios.configuration_profile"), Stored(content))
    assert [g.locator for g in gaps(found)] == ["PayloadContent~5"]
    assert sum(type(r).__name__ == "Setting" for r in found) == 10_001


def test_a_number_that_is_bad_text_is_one_gap() -> None:
    script = "CREATE TABLE kvs (id INTEGER PRIMARY KEY, application_identifier, key, value);"
    script += "INSERT INTO kvs VALUES (7, CAST(X'ff' AS TEXT), CAST(X'fe' AS TEXT), CAST(X'fd' AS TEXT));"
    found = rows(artifacts.load("ios.application_state"), Stored(database(script)))
    assert [g.locator for g in gaps(found) if g.locator.startswith("kvs")] == [
        "kvs:7.application_identifier",
        "kvs:7.key",
        "kvs:7.value",
    ]
