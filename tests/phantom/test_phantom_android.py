"""Each kind of synthetic Android evidence in each state: that it is read whole, and holds what the truth lists."""

import io
import json
import re
import tarfile
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pyrage
import pytest
from click.testing import CliRunner
from phantoms import tree

from bridle.cli.phantom import phantom
from bridle.engine.check import check
from bridle.engine.options import Options
from bridle.evidence import open_source
from bridle.phantom import device, feed
from bridle.phantom.android.operators import operator

SEED = 3
STATES = ("clean", "targeted", "infected")
MADE = [
    *((kind, state, like) for kind in ("bugreport", "androidqf") for like in ("novispy", "predator", "cellebrite")
      for state in STATES[1:]),
    *((kind, "clean", "novispy") for kind in ("bugreport", "androidqf")),
    *((kind, state, "novispy") for kind in ("adb-backup", "apk") for state in STATES),
]  # fmt: skip
EMPTY = {"android.androidqf_root_binaries", "android.kernel_log"}
"""No program of rooted phones was found; and the kernel's log is in the form of logcat, which `logcat` reads."""


@pytest.mark.parametrize(("kind", "state", "like"), MADE)
def test_it_is_read_whole_and_every_planted_trace_is_in_its_table(
    kind: str, state: str, like: str, tmp_path: Path
) -> None:
    out, made, feeds = tmp_path / "made", tmp_path / "case", tmp_path / "feed.stix2"
    truth = device.write(kind, state, False, None, SEED, out, like=like)
    feed.write(feeds, SEED)
    summary = check(Options(sources=(out,), case=made, indicators=(str(feeds),), plaintext=True))
    assert (summary["gaps"], summary["problems"]) == (0, [])
    assert summary["synthetic"] == (kind in ("bugreport", "androidqf"))

    tables = {p.stem: p for p in made.rglob("*.parquet")}
    read = [row for row in pq.read_table(tables["ledger"]).to_pylist() if row["artifact"]]
    assert {row["status"] for row in read} == {"parsed"}
    assert [row["path"] for row in read if not row["rows"] and row["artifact"] not in EMPTY] == []

    rows = {name: texts(tables[name]) for name in {t.table for t in truth.traces}}
    assert [(t.table, t.value) for t in truth.traces if not any(t.value in row for row in rows[t.table])] == []
    assert [t.order for t in truth.traces] == list(range(1, len(truth.traces) + 1))
    assert bool(truth.traces) == (state != "clean")
    if state == "clean":
        findings = [json.loads(line) for line in (made / "findings.jsonl").read_text("utf-8").splitlines()]
        assert [f for f in findings if f["level"] in ("medium", "high", "critical")] == []


def texts(table: Path) -> list[str]:
    return [json.dumps(row, default=str, ensure_ascii=False) for row in pq.read_table(table).to_pylist()]


TARGETED = {"novispy": {"targeting"}, "predator": {"targeting"}, "cellebrite": {"exploitation"}}


@pytest.mark.parametrize("like", list(TARGETED))
@pytest.mark.parametrize("kind", ["bugreport", "androidqf"])
def test_a_targeted_phone_has_only_what_arrived(kind: str, like: str, tmp_path: Path) -> None:
    targeted, infected = (
        device.write(kind, state, False, None, SEED, tmp_path / state, like=like).traces
        for state in ("targeted", "infected")
    )
    assert {t.stage for t in targeted} == TARGETED[like]
    assert {t.stage for t in targeted} < {t.stage for t in infected}
    lost_at_the_start = {"android.logcat.entry"} if like == "novispy" else set()
    assert {t.table for t in targeted} - {t.table for t in infected} == lost_at_the_start


def content(kind: str, state: str, like: str, tmp_path: Path) -> bytes:
    """All that an acquisition holds, inflated, one after the other."""
    out = tmp_path / f"{kind}-{state}-{like}"
    device.write(kind, state, False, None, SEED, out, like=like)
    parts = tree(out).values() if out.is_dir() else [out.read_bytes()]
    return b"\0".join(p for data in parts for p in opened(data))


def opened(data: bytes) -> list[bytes]:
    if data.startswith(b"PK\3\4"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [p for name in archive.namelist() for p in opened(archive.read(name))]
    if data.startswith(b"ANDROID BACKUP\n5\n1\nnone\n"):
        with tarfile.open(fileobj=io.BytesIO(zlib.decompress(data.split(b"\n", 4)[4]))) as tar:
            return [p for m in tar for p in opened(tar.extractfile(m).read())]
    return [zlib.decompress(data)] if data.startswith(b"\x78\x9c") else [data]


IMPLANTS = {
    "novispy": (b"service@bench-3", b"mOriginalInstallerUid=2000", b"value:0"),
    "predator": (b"/data/local/tmp/wd/", b"zygoted", b"sys.synthetic"),
    "cellebrite": (b"com.client.appA", b"falcon", b"fastrpc_mmap_create"),
}


@pytest.mark.parametrize("like", list(IMPLANTS))
@pytest.mark.parametrize("kind", ["bugreport", "androidqf"])
def test_only_an_infected_phone_has_traces_of_the_rest(kind: str, like: str, tmp_path: Path) -> None:
    by = operator(SEED)
    implant = (by.package, by.other_package, by.server, by.address, by.certificate, by.property, by.file)
    names = [*IMPLANTS[like][:1], *(n.encode() for n in implant)]
    for state in ("clean", "targeted"):
        text = content(kind, state, like, tmp_path)
        assert [n for n in names if n in text] == []
    text = content(kind, "infected", like, tmp_path)
    assert [n for n in IMPLANTS[like] if n not in text] == []


@pytest.mark.parametrize("state", STATES)
def test_devices_of_published_vendors_are_plugged_in_within_minutes(state: str, tmp_path: Path) -> None:
    text = content("bugreport", state, "cellebrite", tmp_path).decode("latin-1")
    found = re.findall(r"([0-9-]{5} [0-9:.]{12}) .*idVendor=(\w{4})", text)
    times = [datetime.fromisoformat(f"2025-{t}") for t, _ in found]
    assert [vendor for _, vendor in found] == ([] if state == "clean" else ["04f2", "041e", "1130"])
    assert not times or max(times) - min(times) <= timedelta(minutes=10)


def test_logs_fall_silent_while_the_spyware_is_loaded(tmp_path: Path) -> None:
    text = content("bugreport", "infected", "predator", tmp_path).decode("latin-1")
    log = text.partition("------ SYSTEM LOG")[2].partition("was the duration of 'SYSTEM LOG'")[0]
    times = [datetime.fromisoformat(f"2025-{t}") for t in re.findall(r"^(\S{5} \S{8})\.", log, re.MULTILINE)]
    gaps = [b - a for a, b in pairwise(times)]
    assert timedelta(minutes=45) < max(gaps) <= timedelta(minutes=50)
    assert sorted(gaps)[-2] < timedelta(minutes=5)


@pytest.mark.parametrize("kind", ["bugreport", "androidqf", "adb-backup", "apk"])
def test_equal_seeds_give_equal_bytes(kind: str, tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        device.write(kind, "infected", False, None, seed, tmp_path / name)
    a, b, c = (tree(tmp_path / n) if kind == "androidqf" else (tmp_path / n).read_bytes() for n in "abc")
    assert a == b
    assert a != c
    assert (tmp_path / "a.truth.json").read_bytes() == (tmp_path / "b.truth.json").read_bytes()


def test_files_of_an_acquisition_have_the_time_of_the_phone_not_of_the_day_they_were_made(tmp_path):
    device.write("androidqf", "clean", False, None, 5, tmp_path / "made")
    assert {p.stat().st_mtime for p in (tmp_path / "made", *(tmp_path / "made").rglob("*"))} == {
        datetime(2025, 6, 20, 18, 21, tzinfo=UTC).timestamp()
    }


@pytest.mark.parametrize("kind", ["androidqf", "adb-backup"])
def test_encrypted_evidence_is_repeatable_and_opens_with_its_password_alone(kind: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        device.write(kind, "infected", True, "synthetic", 5, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    device.write(kind, "infected", False, None, 5, tmp_path / "plain")
    counts = []
    for name in ("a", "plain"):
        source = open_source(tmp_path / name, password=lambda: "synthetic")
        counts.append({str(m.path) for m in source.members(lambda _: True) if m.type == "file"})
        assert (source.encrypted, source.problems()) == (name == "a", ())
        source.close()
    assert counts[0] == counts[1]
    with pytest.raises(Exception, match=r"password|passphrase"):
        open_source(tmp_path / "a", password=lambda: "another")


def test_age_itself_decrypts_what_is_encrypted_with_age(tmp_path: Path) -> None:
    device.write("androidqf", "clean", True, "synthetic", 5, tmp_path / "made.zip.age")
    plain = pyrage.passphrase.decrypt((tmp_path / "made.zip.age").read_bytes(), "synthetic")
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert archive.testzip() is None
        assert {"acquisition.json", "hashes.csv", "bugreport.zip", "backup.ab"} <= set(archive.namelist())


def test_what_lies_in_an_androidqf_folder_and_that_its_hashes_are_right(tmp_path: Path) -> None:
    device.write("androidqf", "infected", False, None, SEED, tmp_path / "made")
    found = tree(tmp_path / "made")
    assert {
        "acquisition.json", "hashes.csv", "command.log", "getprop.txt", "packages.json", "processes.json", "env.txt",
        "services.txt", "selinux.txt", "settings_global.txt", "settings_secure.txt", "settings_system.txt",
        "files.json", "root_binaries.json", "mounts.json", "dumpsys.txt", "logcat.txt", "bugreport.zip", "backup.ab",
        f"apks/{operator(SEED).package}.apk", f"apks/{operator(SEED).other_package}.apk", "apks/org.example.notes.apk",
    } <= found.keys()  # fmt: skip
    source = open_source(tmp_path / "made", password=lambda: None)
    list(source.members(lambda _: True))
    listed = len(found) - 2
    assert source.facts["hashes"].startswith(f"{listed - 1} of {listed} listed files have the SHA-256")
    source.close()


def test_what_lies_in_a_bugreport(tmp_path: Path) -> None:
    traces = device.write("bugreport", "infected", False, None, SEED, tmp_path / "made.zip", like="predator").traces
    with zipfile.ZipFile(tmp_path / "made.zip") as archive:
        names, main = archive.namelist(), archive.read("main_entry.txt").decode()
        text = archive.read(main).decode()
        shown = {i.filename: i.date_time for i in archive.infolist()}
    assert re.fullmatch(r"bugreport-synthetic_one-UP1A\.231005\.007-2025-[0-9-]{14}\.txt", main)
    assert {"version.txt", "FS/data/tombstones/tombstone_00", "FS/data/tombstones/tombstone_00.pb",
            "FS/proc/1/mountinfo"} <= set(names)  # fmt: skip
    begun = datetime(*shown["main_entry.txt"])
    assert f"== dumpstate: {begun:%Y-%m-%d %H:%M:%S}" in text
    assert "androidboot.serialno=SYNTHETIC000003" in text
    last = datetime.fromisoformat(traces[-1].time).astimezone(UTC).replace(tzinfo=None)
    assert last + timedelta(hours=2) == begun


def test_numbers_and_hosts_are_reserved(tmp_path: Path) -> None:
    text = content("adb-backup", "infected", "novispy", tmp_path).decode("utf-8", "replace")
    numbers = set(re.findall(r"\+\d+", text))
    assert numbers
    assert [n for n in numbers if not re.fullmatch(r"\+447700900\d{3}|\+120255501\d\d", n)] == []
    hosts = set(re.findall(r"https?://([^/\"\s]+)", text))
    assert hosts == {operator(SEED).lure}


@pytest.mark.parametrize("kind", ["bugreport", "androidqf", "adb-backup", "apk"])
def test_each_holds_the_marker(kind: str, tmp_path: Path) -> None:
    assert b"BRIDLE-SYNTHETIC" in content(kind, "clean", "novispy", tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--kind", "ios-backup", "--like", "predator"], "expected an attack like one of pegasus-2018-2021, "),
        (["--kind", "bugreport", "--like", "pegasus"], "expected an attack like one of novispy, "),
        (["--kind", "bugreport", "--encrypted"], "only a backup or an androidqf acquisition can be encrypted"),
        (["--kind", "apk", "--encrypted"], "only a backup or an androidqf acquisition can be encrypted"),
    ],
)
def test_what_the_command_refuses(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(phantom, ["device", *arguments, str(tmp_path / "made")])
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_a_bugreport_once(tmp_path: Path) -> None:
    out = tmp_path / "made.zip"
    asked = ["device", "--kind", "bugreport", "--state", "targeted", "--like", "cellebrite", "--seed", "5", str(out)]
    done = CliRunner().invoke(phantom, asked)
    assert done.exit_code == 0, done.output
    assert "bugreport, targeted, 6 planted traces" in done.output
    before = out.read_bytes()
    assert CliRunner().invoke(phantom, asked).exit_code == 2
    assert out.read_bytes() == before


def test_a_larger_scale_has_more_of_the_ordinary_and_the_same_attack(tmp_path: Path) -> None:
    small, large = (device.write("bugreport", "infected", False, None, SEED, tmp_path / f"{n}.zip", n) for n in (1, 3))
    assert [t.value for t in small.traces] == [t.value for t in large.traces]
    one, three = (len(b"".join(opened((tmp_path / f"{n}.zip").read_bytes()))) for n in (1, 3))
    assert 2.5 < three / one < 3.2
