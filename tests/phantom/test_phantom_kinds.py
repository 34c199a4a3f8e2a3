"""Each kind of synthetic evidence in each state: what `check` reads of it, and that it finds what was planted."""

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from phantoms import ITERATIONS, tree

from bridle.cli.phantom import phantom
from bridle.engine.check import check
from bridle.engine.options import Options
from bridle.evidence import open_source
from bridle.phantom import device, feed
from bridle.phantom.attack import infrastructure
from bridle.phantom.truth import Truth

SEED = 3
LISTS = ("ps.txt", "ps_thread.txt", "taskinfo.txt", "spindump-nosymbols.txt", "shutdown.log", "crashes_and_spins.log")
KINDS = ("ios-backup", "ios-file-system", "ios-sysdiagnose")
STATES = ("clean", "targeted", "infected")
ELSEWHERE = {"ios.safari_history.item"}
"""Tables whose rows are told by a rule on another: visits name the items."""


@dataclass(frozen=True)
class Examined:
    """A case made of one synthetic device."""

    truth: Truth
    summary: dict[str, Any]
    findings: list[dict[str, Any]]
    ledger: list[dict[str, Any]]
    tables: dict[str, int]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Examined]]:
    root = tmp_path_factory.mktemp("kinds")
    feed.write(root / "feed.stix2", SEED)
    yield {(kind, state): examined(root, kind, state) for kind in KINDS for state in STATES}


def examined(root: Path, kind: str, state: str) -> Examined:
    out, case = root / f"{kind}-{state}", root / f"{kind}-{state}.case"
    truth = device.write(kind, state, False, None, SEED, out, iterations=ITERATIONS)
    feeds = (str(root / "feed.stix2"),)
    summary = check(Options(sources=(out,), case=case, indicators=feeds, plaintext=True))
    found = {p.stem: p for p in case.rglob("*.parquet")}
    return Examined(
        truth, summary, [json.loads(line) for line in (case / "findings.jsonl").read_text("utf-8").splitlines()],
        pq.read_table(found["ledger"]).to_pylist(), {name: pq.read_metadata(p).num_rows for name, p in found.items()},
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", STATES)
def test_everything_is_read_without_a_gap(cases: dict[tuple[str, str], Examined], kind: str, state: str) -> None:
    case = cases[kind, state]
    assert (case.summary["gaps"], case.summary["problems"]) == (0, [])
    assert {row["status"] for row in case.ledger if row["artifact"]} == {"parsed"}
    assert [(row["path"], row["artifact"]) for row in case.ledger if row["artifact"] and not row["rows"]] == []


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_that_it_is_synthetic(cases: dict[tuple[str, str], Examined], kind: str) -> None:
    assert cases[kind, "clean"].summary["synthetic"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_clean_phone_has_nothing_at_medium_or_above(cases: dict[tuple[str, str], Examined], kind: str) -> None:
    case = cases[kind, "clean"]
    assert [f for f in case.findings if f["level"] in ("medium", "high", "critical")] == []
    assert case.truth.traces == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["targeted", "infected"])
def test_every_planted_trace_is_cited(cases: dict[tuple[str, str], Examined], kind: str, state: str) -> None:
    case = cases[kind, state]
    cited = [(e["table"], json.dumps(e, ensure_ascii=False)) for f in case.findings for e in f["evidence"]]
    missing = [
        (t.table, t.value)
        for t in case.truth.traces
        if not any(t.value in text and (table == t.table or t.table in ELSEWHERE) for table, text in cited)
    ]
    assert case.truth.traces
    assert missing == []


def sysdiagnose(out: Path, seed: int = SEED, state: str = "infected") -> Path:
    device.write("ios-sysdiagnose", state, False, None, seed, out)
    return out


@pytest.mark.parametrize("state", STATES)
def test_equal_seeds_give_equal_sysdiagnoses(tmp_path: Path, state: str) -> None:
    a, b, c = (sysdiagnose(tmp_path / f"{n}.tar.gz", seed, state) for n, seed in (("a", 5), ("b", 5), ("c", 6)))
    assert a.read_bytes() == b.read_bytes()
    assert a.read_bytes() != c.read_bytes()
    assert (tmp_path / "a.tar.gz.truth.json").read_bytes() == (tmp_path / "b.tar.gz.truth.json").read_bytes()


def test_what_lies_in_a_sysdiagnose(tmp_path: Path) -> None:
    with tarfile.open(sysdiagnose(tmp_path / "made.tar.gz")) as tar:
        names = tar.getnames()
    (top,) = {name.partition("/")[0] for name in names}
    assert top.startswith("sysdiagnose_2021.05.") and top.endswith("+0000_iPhone-OS_iPhone_18D70")
    inside = {name.partition("/")[2] for name in names}
    assert {
        "sysdiagnose.log", "remotectl_dumpstate.txt", "ps.txt", "ps_thread.txt", "taskinfo.txt",
        "spindump-nosymbols.txt", "summaries/crashes_and_spins.log", "system_logs.logarchive/Extra/shutdown.log",
        "system_logs.logarchive/Extra/logdata.statistics.0.jsonl", "logs/Accessibility/TCC.db",
        "logs/MobileInstallation/mobile_installation.log.0", "logs/MCState/Shared/MCProfileEvents.plist",
        "logs/Networking/com.apple.networkextension.plist", "WiFi/com.apple.wifi.known-networks.plist",
        "WiFi/wifi_scan.txt",
    } <= inside  # fmt: skip
    for folder, least in (("system_logs.logarchive/Persist/", 1), ("system_logs.logarchive/Special/", 1),
                          ("system_logs.logarchive/timesync/", 1), ("logs/powerlogs/", 1),
                          ("crashes_and_spins/", 8), ("logs/MCState/Shared/profile-", 2)):  # fmt: skip
        assert len([name for name in inside if name.startswith(folder)]) >= least, folder


def test_the_serial_number_of_a_sysdiagnose_marks_it(tmp_path: Path) -> None:
    source = open_source(sysdiagnose(tmp_path / "made.tar.gz"), password=lambda: None)
    try:
        list(source.members(lambda _: False))
        assert source.facts["marker"] == "BRIDLE-SYNTHETIC"
        assert source.facts["serial_number"] == "SYNTHETIC000003"
        assert source.facts["udid"].startswith("00008030-")
    finally:
        source.close()


@pytest.mark.parametrize("kind", ["ios-backup", "ios-file-system"])
@pytest.mark.parametrize("state", STATES)
def test_equal_seeds_give_equal_folders(tmp_path: Path, kind: str, state: str) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        device.write(kind, state, False, None, seed, tmp_path / name)
    a, b, c = (tree(tmp_path / name) for name in "abc")
    assert a == b
    assert a != c


def test_the_command_writes_a_sysdiagnose_once(tmp_path: Path) -> None:
    out = tmp_path / "made.tar.gz"
    asked = ["device", "--kind", "ios-sysdiagnose", "--state", "targeted", "--seed", "5", str(out)]
    done = CliRunner().invoke(phantom, asked)
    assert done.exit_code == 0, done.output
    assert "ios-sysdiagnose, targeted, 1 planted traces" in done.output
    assert out.read_bytes() == sysdiagnose(tmp_path / "again.tar.gz", 5, "targeted").read_bytes()
    before = out.read_bytes()
    assert CliRunner().invoke(phantom, asked).exit_code != 0
    assert out.read_bytes() == before


def test_a_sysdiagnose_cannot_be_encrypted_or_written_over(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only a backup or an androidqf acquisition can be encrypted"):
        device.write("ios-sysdiagnose", "clean", True, "x", 1, tmp_path / "made.tar.gz")
    made = sysdiagnose(tmp_path / "made.tar.gz")
    with pytest.raises(FileExistsError):
        sysdiagnose(made)


def test_only_an_infected_sysdiagnose_names_the_implant(tmp_path: Path) -> None:
    by = infrastructure(SEED)
    for state, expected in (("clean", False), ("targeted", False), ("infected", True)):
        with tarfile.open(sysdiagnose(tmp_path / f"{state}.tar.gz", state=state)) as tar:
            lists = [m for m in tar if m.name.rpartition("/")[2] in LISTS]
            texts = {m.name.rpartition("/")[2]: tar.extractfile(m).read().decode() for m in lists}
        assert {name: by.daemon in text for name, text in texts.items()} == dict.fromkeys(LISTS, expected)
