"""Who writes what, and which rows are independent of each other."""

from pathlib import Path

import pytest
from finding_samples import evidence

from bridle import artifacts
from bridle.detect.examples import catalogue
from bridle.detect.rule import RuleError
from bridle.detect.writers import PEOPLE, Writer, carried, independent, load_writers, origins, writer


def test_every_artifact_is_named_once_and_nothing_else() -> None:
    named = load_writers()
    assert {n for n in named if n.count(".") == 1} == set(artifacts.paths())
    assert {n for n in named if n.count(".") > 1} <= set(catalogue())


def test_what_one_repeats_is_an_artifact_and_none_repeats_itself() -> None:
    named = load_writers()
    for name, made in named.items():
        assert made.derived_from <= set(artifacts.paths()), name
        for above in made.derived_from:
            assert name not in origins(above), f"{name} and {above} repeat each other"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('artifacts = ["a.b"]\ndaemon = "d"\nby = ["neighbour"]\nwhy = "w"',
         "a.b: by: expected some of sender, website, user, analyst, got 'neighbour'"),
        ('artifacts = ["a.b", "a.b"]\ndaemon = "d"\nby = []\nwhy = "w"', "a.b: is named twice"),
        ('artifacts = ["a.b"]\ndaemon = "d"\nby = []', "a.b: why is missing"),
        ('artifacts = ["a.b"]\ndaemon = "d"\nby = []\nwhy = "w"\nfrom = 1', "writer: no writer has the key 'from'"),
        ('artifacts = ["a.b"]\ndaemon = "d"\nby = []\nwhy = "w"\ntables = { c = { why = "x" } }',
         "a.b.c: no table has the key 'why'"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "writers.toml"
    file.write_text("[[writer]]\n" + text)
    with pytest.raises(RuleError) as refused:
        load_writers(file)
    assert str(refused.value) == f"{file}: {why}"


def test_a_table_may_differ_and_the_unknown_is_taken_cautiously() -> None:
    assert writer("ios.sms.message") == Writer(daemon="imagent", by=frozenset({"sender", "user"}))
    assert writer("ios.unified_log.event").by == set(PEOPLE)
    assert writer("ios.unified_log.process").by == {"user"}
    assert writer("ios.unheard_of.thing") == Writer(daemon="ios.unheard_of", by=frozenset(PEOPLE))


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("ios.sms.message", "ios.data_usage.process", True),
        ("ios.safari_history.visit", "ios.data_usage.process", True),
        ("android.kernel_log.usb_device", "android.package.package", True),
        ("ios.data_usage.process", "ios.net_usage.process", False),  # one daemon
        ("ios.osanalytics_addaily.network_use", "ios.net_usage.process", False),  # repeats it
        ("ios.sms.message", "ios.interaction_c.interaction", False),
        ("ios.ps.process", "ios.spindump.process", False),  # one list of processes
        ("android.logcat.usb_device", "android.kernel_log.usb_device", False),
        ("android.androidqf_package.package", "android.backup_manifest.app", False),  # both repeat a third
        ("android.package.package", "android.packages_xml.package", False),
    ],
)
def test_independence_of_two_tables(one: str, other: str, apart: bool) -> None:
    a, b = evidence("/one", table=one), evidence("/other", table=other)
    assert independent(a, b) is apart
    assert independent(b, a) is apart


def test_one_file_is_never_independent_of_itself() -> None:
    assert not independent(evidence("/f", table="ios.sms.message"), evidence("/f", table="ios.data_usage.process"))


def test_carried_is_what_nobody_could_have_caused() -> None:
    message, process = evidence(table="ios.sms.message"), evidence(table="ios.data_usage.process")
    assert not carried([message, process])
    assert carried([message, (process, frozenset({"user"}))])
    assert not carried([(message, frozenset({"user"})), process])
    assert not carried([])
