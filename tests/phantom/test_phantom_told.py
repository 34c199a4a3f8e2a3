"""Campaigns, forgeries and noise: what the data files say is what the devices hold, and nobody is in it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from phantoms import tree

from artifact_files import Stored, rows
from bridle import artifacts
from bridle.artifacts.globs import Globs
from bridle.cli.phantom import phantom
from bridle.evidence import open_source
from bridle.phantom import attachments, device, events, feed, telling
from bridle.phantom.attack import infrastructure

SEED = 3
IOS, ANDROID = "ios-file-system", "androidqf"
NAMED = [
    (what, platform, name)
    for what in ("campaign", "forgery")
    for platform in ("ios", "android")
    for name in telling.names(what, platform)
]
BESIDE = {"ios.unified_log", "android.logcat", "android.netstats", "android.activity"}
"""Artifacts that need other files beside their own; the benchmark of detection reads them whole."""
FILES = ("campaign", "forgery", "noise")


def made(what: str, name: str, kind: str, out: Path):
    """A device of a campaign or a forgery, and its truth."""
    state = "infected" if what == "campaign" else "clean"
    given = {"like" if what == "campaign" else "forge": name}
    return device.write(kind, state, False, None, SEED, out, **given)


def held(out: Path, names: set[str]) -> dict[str, list[str]]:
    """The rows of these artifacts as text, by table; and the paths of all files as the ledger has them."""
    globs = Globs([(glob, name) for name, globs in artifacts.paths().items() if name in names for glob in globs])
    found: dict[str, list[str]] = {"ledger": []}
    source = open_source(out, password=lambda: None)
    try:
        for member in source.members(lambda path: bool(globs.names(str(path)))):
            found["ledger"].append(str(member.path))
            for name in globs.names(str(member.path)) if member.content is not None else ():
                with member.content().open(owned=True) as file:
                    content = file.read()
                artifact = artifacts.load(name)
                for row in rows(artifact, Stored(content, member.path)):
                    if type(row) in artifact.records:
                        found.setdefault(artifact.table(type(row)), []).append(str(row))
    finally:
        source.close()
    return found


@pytest.mark.parametrize(("what", "platform", "name"), NAMED)
def test_every_trace_is_in_its_table(what: str, platform: str, name: str, tmp_path: Path) -> None:
    truth = made(what, name, IOS if platform == "ios" else ANDROID, tmp_path / "phone")
    assert truth.traces
    tables = {t.table for t in truth.traces}
    read = {t.rpartition(".")[0] for t in tables} - BESIDE
    found = held(tmp_path / "phone", read)
    missing = [
        (t.table, t.value)
        for t in truth.traces
        if t.table.rpartition(".")[0] not in BESIDE and not any(t.value in row for row in found.get(t.table, []))
    ]
    assert missing == []


def test_the_traces_of_a_campaign(tmp_path: Path) -> None:
    """KISMET as published: look-up, crashes of imagent, a program in the staging folder that delays the shutdown."""
    account = infrastructure(SEED).account
    path = "/private/var/db/com.apple.xpc.roleaccountd.staging/launchafd"
    imagent = "/System/Library/PrivateFrameworks/IMCore.framework/imagent.app/imagent"
    truth = made("campaign", "kismet", IOS, tmp_path / "phone")
    assert [(t.stage, t.table, t.value) for t in truth.traces] == [
        ("targeting", "ios.id_status_cache.look_up", account),
        ("exploitation", "ios.crash_report.crash", imagent),
        ("execution", "ios.data_usage.process", "launchafd"),
        ("execution", "ios.shutdown_log.client", path),
        ("execution", "ios.unified_log.process", path),
    ]
    told = json.loads((tmp_path / "phone.truth.json").read_text("utf-8"))
    assert (told["like"], "forged" in told, "noise" in told) == ("kismet", False, False)


def test_a_phone_that_is_only_targeted(tmp_path: Path) -> None:
    truth = device.write(IOS, "targeted", False, None, SEED, tmp_path / "phone", like="kismet")
    assert [(t.stage, t.table) for t in truth.traces] == [("targeting", "ios.id_status_cache.look_up")]


@pytest.mark.parametrize("kind", [IOS, ANDROID])
def test_equal_seeds_give_equal_noise(kind: str, tmp_path: Path) -> None:
    a, b, c = (
        device.write(kind, "clean", False, None, seed, tmp_path / n, noise=True)
        for n, seed in (("a", 5), ("b", 5), ("c", 6))
    )
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert a.noise == b.noise
    assert a.noise != c.noise
    assert json.loads((tmp_path / "a.truth.json").read_text("utf-8"))["noise"][0]["name"] == a.noise[0].name


def test_noise_is_drawn_by_its_probability() -> None:
    """Over many draws each has about its share; the bound is four standard deviations."""
    from random import Random

    drawn = [telling.noise("ios", IOS, Random(n)) for n in range(400)]
    for told in [n for n in telling.read("noise.toml")["noise"] if n["platform"] == "ios"]:
        share = sum(told in d for d in drawn) / len(drawn)
        p = told["probability"]
        assert abs(share - p) < 4 * (p * (1 - p) / len(drawn)) ** 0.5, told["name"]


def test_nobody_is_in_the_data() -> None:
    """Hosts end as reserved names do; published hosts are of clouds and in no feed; numbers come from the seed."""
    allowed = re.compile(r"(\.|^)(example|test|example\.(org|com|net)|cloudfront\.net|apple\.com)$|\{")
    for file in FILES:
        for told in telling.read(f"{file}.toml")[file]:
            text = json.dumps(told["event"])
            hosts = re.findall(r"https?://([^/:\"\\ ?]+)", text) + re.findall(r"[\w.-]+@([\w-]+\.[\w.-]+)", text)
            assert [h for h in hosts if not allowed.search(h)] == [], told["name"]
            assert not re.search(r"\+\d{6}", text), told["name"]


def test_every_campaign_names_its_sources() -> None:
    for told in telling.read("campaign.toml")["campaign"]:
        assert told["sources"], told["name"]
        assert all(s.startswith("https://") for s in told["sources"]), told["name"]
    names = [name for _, _, name in NAMED]
    assert len(names) == len(set(names))


def test_every_forgery_says_what_is_true() -> None:
    assert [f["name"] for f in telling.read("forgery.toml")["forgery"] if not f["expected"]] == []


def test_the_feed_of_a_campaign_has_what_is_published_of_it(tmp_path: Path) -> None:
    feed.write(tmp_path / "plain", SEED)
    feed.write(tmp_path / "more", SEED, like="quadream")
    plain, more = (
        {o["pattern"] for o in json.loads((tmp_path / n).read_text("utf-8"))["objects"] if o["type"] == "indicator"}
        for n in ("plain", "more")
    )
    assert more - plain == {
        "[process:name='com.apple.avcapture']",
        "[file:path='/private/var/db/com.apple.xpc.roleaccountd.staging/subridged']",
    }
    assert plain < more
    with pytest.raises(ValueError, match="campaign that `bridle phantom campaigns` lists"):
        feed.write(tmp_path / "none", SEED, like="nobody")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--like", "landfall"], "ios-backup: expected an attack like one of pegasus-2018-2021, "),
        (["--kind", "bugreport", "--like", "kismet"], "bugreport: expected an attack like one of novispy, "),
        (["--forge", "nothing"], "ios-backup: expected a forgery among vendor-visit, "),
        (["--forge", "offline-tab", "--state", "infected"], "forged on a clean phone only"),
    ],
)
def test_what_cannot_be_made(given: list[str], says: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(phantom, ["device", *given, str(tmp_path / "phone")])
    assert done.exit_code == 2
    assert says in done.output
    assert not (tmp_path / "phone").exists()


def test_a_forged_device_is_clean_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    out = tmp_path / "phone"
    done = CliRunner().invoke(phantom, ["device", "--forge", "offline-tab", "--noise", "--seed", "5", str(out)])
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "phone.truth.json").read_text("utf-8"))
    assert (told["state"], told["forged"]) == ("clean", "offline-tab")
    assert [t["table"] for t in told["traces"]] == ["ios.safari_history.item", "ios.safari_browser_state.tab"]


def test_the_list_of_campaigns() -> None:
    done = CliRunner().invoke(phantom, ["campaigns"])
    lines = done.output.splitlines()
    assert "--like novispy\tandroid\tsee bridle.phantom.android" in lines
    assert len([line for line in lines if line.startswith("--like ")]) == 3 + len(
        telling.read("campaign.toml")["campaign"]
    )
    assert len([line for line in lines if line.startswith("--forge ")]) == len(telling.read("forgery.toml")["forgery"])


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        ("photoshop", b"8BPS"), ("jbig2", b"%PDF-1.7"), ("gif", b"GIF89a"), ("png", b"\x89PNG"), ("jpeg", b"\xff\xd8"),
        ("font", b"\x00\x01\x00\x00"), ("pass", b"PK"), ("pass-webp", b"PK"), ("pdf", b"%PDF-1.4"),
    ],
)  # fmt: skip
def test_contents_of_attachments(kind: str, begins: bytes) -> None:
    assert attachments.content(kind, 1).startswith(begins)
    assert kind in attachments.CONTENTS


def test_the_published_size_of_the_photoshop_files() -> None:
    assert len(attachments.content("photoshop", 1)) == 748


def test_an_unknown_content() -> None:
    with pytest.raises(ValueError, match="content: expected one of jpeg, "):
        attachments.content("movie", 1)


def test_every_kind_of_event_is_told_somewhere() -> None:
    used = {e["what"] for file in FILES for n in telling.read(f"{file}.toml")[file] if n["platform"] == "ios"
            for e in n["event"]}  # fmt: skip
    assert used == set(events.KINDS)
