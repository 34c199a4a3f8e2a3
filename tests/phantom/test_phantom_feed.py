import json
import re
from importlib import resources
from pathlib import Path

import pytest

from bridle.phantom import device, feed
from bridle.phantom.android.operators import operator
from bridle.phantom.attack import infrastructure


@pytest.fixture
def bundle(tmp_path: Path) -> dict[str, object]:
    feed.write(tmp_path / "feed.stix2", 3)
    return json.loads((tmp_path / "feed.stix2").read_text("utf-8"))


def patterns(bundle: dict[str, object]) -> set[tuple[str, str]]:
    found = [o["pattern"] for o in bundle["objects"] if o["type"] == "indicator"]
    return {re.fullmatch(r"\[([a-z:.'A-Z0-9-]+)='([^']+)'\]", p).groups() for p in found}


def android(seed: int) -> set[tuple[str, str]]:
    by = operator(seed)
    return {
        ("domain-name:value", by.lure), ("domain-name:value", by.server), ("ipv4-addr:value", by.address),
        ("app:id", by.package), ("app:cert.sha256", by.certificate), ("file:hashes.'SHA-256'", by.apk_sha256),
        ("file:path", by.folder), ("file:path", by.file), ("android-property:name", by.property),
    }  # fmt: skip


def test_names_the_infrastructure_and_nothing_else(bundle: dict[str, object]) -> None:
    by = infrastructure(3)
    assert patterns(bundle) == {
        ("domain-name:value", by.lure), ("domain-name:value", by.hidden_lure), ("domain-name:value", by.server),
        ("domain-name:value", by.others[0]), ("domain-name:value", by.others[1]), ("email-addr:value", by.account),
        ("email-addr:value", by.other_account), ("process:name", "bh"), ("process:name", by.daemon),
        ("file:path", "/private/var/root/Library/Preferences/roleaccountd.plist"), *android(3),
    }  # fmt: skip
    assert by.daemon in ("roleaboutd", "msgacntd")


def test_hosts_and_accounts_are_reserved_names() -> None:
    for seed in range(200):
        by = infrastructure(seed)
        assert len({by.lure, by.hidden_lure, by.server, *by.others}) == 5
        assert all(
            re.fullmatch(r"[a-z0-9-]+\.(test|example)", d) for d in (by.lure, by.hidden_lure, by.server, *by.others)
        )
        assert all(a.endswith("@example.org") for a in (by.account, by.other_account))


def test_every_object_says_that_it_is_synthetic(bundle: dict[str, object]) -> None:
    assert [o["labels"] for o in bundle["objects"]] == [["BRIDLE-SYNTHETIC"]] * 59
    named = {o["type"]: o["name"] for o in bundle["objects"] if o["type"] in ("malware", "campaign")}
    assert named == {"malware": "SYNTHETIC Chimera", "campaign": "SYNTHETIC Chimera demonstration"}


def test_is_stix(bundle: dict[str, object]) -> None:
    objects = bundle["objects"]
    identifiers = {o["id"] for o in objects}
    assert len(identifiers) == len(objects)
    for o in objects:
        assert re.fullmatch(o["type"] + r"--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", o["id"])
        if o["type"] == "relationship":
            assert {o["source_ref"], o["target_ref"]} <= identifiers


def test_equal_seeds_give_equal_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 4), ("b", 4), ("c", 5)):
        feed.write(tmp_path / name, seed)
    a, b, c = ((tmp_path / n).read_bytes() for n in "abc")
    assert a == b
    assert a != c


def test_matches_the_device_of_its_seed(bundle: dict[str, object], tmp_path: Path) -> None:
    planted = device.write("ios-backup", "infected", False, None, 3, tmp_path / "phone")
    found = {t.value for t in planted.traces}
    by = infrastructure(3)
    never_met = {*by.others, by.other_account, *(v for _, v in android(3))}
    assert {v for _, v in patterns(bundle)} - never_met - {by.server} <= found
    assert [v for v in found if by.server in v and v.startswith("https://")]
    assert not never_met & found


def test_names_what_android_phones_of_its_seed_met(bundle: dict[str, object], tmp_path: Path) -> None:
    found = set()
    for like in ("novispy", "predator"):
        planted = device.write("androidqf", "infected", False, None, 3, tmp_path / like, like=like)
        found |= {t.value for t in planted.traces}
    named = android(3)
    assert named <= patterns(bundle)
    assert {v for _, v in named} - found == {operator(3).folder}
    assert [v for v in found if v.startswith(operator(3).folder)]
    assert operator(3).other_package in found - {v for _, v in patterns(bundle)}


def test_what_an_operator_of_android_has_is_reserved_or_invented() -> None:
    for seed in range(40):
        by = operator(seed)
        assert re.fullmatch(r"[a-z]+-[a-z]+[0-9]{2}\.(test|example)", by.lure)
        assert re.fullmatch(r"[a-z]+[0-9]{3}\.test", by.server)
        assert re.fullmatch(r"203\.0\.113\.[0-9]+", by.address)
        assert by.file.startswith(by.folder)
        assert by.package != by.other_package


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "feed").write_text("mine")
    with pytest.raises(FileExistsError):
        feed.write(tmp_path / "feed", 1)
    assert (tmp_path / "feed").read_text() == "mine"


def test_one_process_is_left_for_the_rules_to_find() -> None:
    names = {infrastructure(seed).resembling for seed in range(50)}
    assert names == {"MobileSMSd", "cfprefssd", "fnotifyd", "neagentd"}
    resembled = {"MobileSMS", "cfprefsd", "notifyd", "neagent"}  # each one letter away
    baseline = (
        resources.files("bridle").joinpath("baselines/ios_system_executables.txt").read_text("utf-8").splitlines()
    )
    assert resembled <= set(baseline)
    assert not names & set(baseline)
