"""Signing off a case: two people, a disposition and a reason for each finding that matters, bound to what they saw."""

import hashlib
import json

import pytest
from building import written

from bridle.case.manifest import append, append_custody, verify_manifest
from bridle.case.signoff import ANALYST, SECOND_READER, Disposition, SignOffError, carry_over, enter, same_person, state

HIGH, MEDIUM, LOW = "a" * 64, "b" * 64, "c" * 64


def line(name, level, **more):
    return json.dumps({"id": name, "level": level, "rule": "r", **more}) + "\n"


FINDINGS = line(HIGH, "critical") + line(MEDIUM, "medium") + line(LOW, "low")
DIGEST = hashlib.sha256(FINDINGS.encode()).hexdigest()


def case(path, findings=FINDINGS):
    written(path, None, {}, {"findings.jsonl": findings.encode()})
    append_custody(path, {"event": "check"})
    return path


def held(finding, disposition="confirmed", reason="seen in the backup"):
    return Disposition(finding=finding, disposition=disposition, reason=reason)


BOTH = (held(HIGH), held(MEDIUM, "benign", "an update of the app"))


@pytest.fixture
def signed(tmp_path):
    """A case that two people signed."""
    path = case(tmp_path / "case")
    enter(path, "Ada", ANALYST, BOTH)
    enter(path, "Ben", SECOND_READER)
    return path


def lines(path, name="signoff.jsonl"):
    return (path / name).read_bytes().splitlines(keepends=True)


def test_of_a_case_that_nobody_signed_everything_is_missing(tmp_path):
    now = state(case(tmp_path / "case"))
    assert (now.complete, now.analyst, now.second_reader, now.findings_sha256) == (False, None, None, DIGEST)
    assert now.missing == (HIGH, MEDIUM)
    assert now.problems == (
        "2 findings of level medium or above have no disposition", "no analyst has signed",
        "no second reader has signed",
    )  # fmt: skip


def test_two_people_and_a_disposition_of_each_make_it_complete(signed):
    now = state(signed)
    assert (now.complete, now.analyst, now.second_reader, now.missing, now.problems) == (True, "Ada", "Ben", (), ())
    assert now.dispositions == {
        HIGH: ("confirmed", "seen in the backup"), MEDIUM: ("benign", "an update of the app"),
    }  # fmt: skip
    entries = [json.loads(row) for row in lines(signed)]
    assert [(e["event"], e["by"], e["role"], e["findings"]) for e in entries] == [
        ("sign-off", "Ada", "analyst", DIGEST), ("sign-off", "Ben", "second-reader", DIGEST),
    ]  # fmt: skip
    custody = [json.loads(row) for row in lines(signed, "custody.jsonl")]
    assert [e.get("signoff_sha256") for e in custody] == [
        None, *(hashlib.sha256(row.rstrip()).hexdigest() for row in lines(signed)),
    ]  # fmt: skip
    assert verify_manifest(signed) == []


def test_the_analyst_signs_once_nothing_is_missing(tmp_path):
    path = case(tmp_path / "case")
    first = enter(path, "Ada", ANALYST, [held(HIGH)])
    assert (first.analyst, first.missing) == (None, (MEDIUM,))
    waiting = enter(path, "Ben", SECOND_READER)
    assert (waiting.second_reader, waiting.complete) == (None, False)
    second = enter(path, "Ada", ANALYST, [held(MEDIUM)])
    assert (second.analyst, second.missing, second.second_reader) == ("Ada", (), None)
    assert enter(path, "Ben", SECOND_READER).complete


def test_without_findings_that_matter_two_names_are_enough(tmp_path):
    path = case(tmp_path / "case", line(LOW, "low"))
    assert enter(path, "Ada", ANALYST).problems == ("no second reader has signed",)
    assert enter(path, "Ben", SECOND_READER).complete


def test_whoever_changes_a_disposition_signs_again_and_so_does_the_reader(signed):
    now = enter(signed, "Ada", ANALYST, [held(MEDIUM, "inconclusive", "the update is not in the list")])
    assert (now.complete, now.analyst, now.second_reader) == (False, "Ada", None)
    assert now.problems == ("Ben read them before they were changed",)
    assert enter(signed, "Ben", SECOND_READER).complete


def test_a_reader_who_disagrees_leaves_it_open(tmp_path):
    path = case(tmp_path / "case")
    enter(path, "Ada", ANALYST, BOTH)
    now = enter(path, "Ben", SECOND_READER, [held(MEDIUM, "needs-more", "which version?")])
    assert (now.disputed, now.second_reader, now.dispositions[MEDIUM][0]) == ((MEDIUM,), None, "benign")
    assert now.problems == ("no second reader has signed", "the second reader holds something else of 1 findings")
    again = enter(path, "Ben", SECOND_READER)
    assert (again.disputed, again.second_reader) == ((MEDIUM,), None)
    assert enter(path, "Ben", SECOND_READER, [held(MEDIUM, "benign", "version 3")]).complete


@pytest.mark.parametrize("name", ["Ada", " ADA ", "a.d.a", "Ａｄａ"])
def test_one_person_does_not_sign_twice(tmp_path, name):
    path = case(tmp_path / "case")
    enter(path, "Ada", ANALYST, BOTH)
    with pytest.raises(SignOffError, match="analyst and second reader must be two people"):
        enter(path, name, SECOND_READER)
    assert same_person("Ada", name)
    assert len(lines(path)) == 1


def test_the_second_reader_does_not_become_the_analyst(signed):
    with pytest.raises(SignOffError, match="Ben is its second reader"):
        enter(signed, "Ben", ANALYST, [held(HIGH, "benign")])


def test_one_person_in_both_roles_by_hand_does_not_count(tmp_path):
    path = case(tmp_path / "case")
    enter(path, "Ada", ANALYST, BOTH)
    stands_for = json.loads(lines(path)[0])["signed"]
    append(path, "signoff.jsonl", {"event": "sign-off", "by": "ada", "role": "second-reader", "findings": DIGEST,
                                   "dispositions": [], "signed": stands_for})  # fmt: skip
    last = hashlib.sha256(lines(path)[-1].rstrip()).hexdigest()
    append_custody(path, {"event": "sign-off", "signoff_sha256": last})
    assert state(path).problems == ("ada is both the analyst and the second reader",)
    assert not state(path).complete


@pytest.mark.parametrize("name", ["", " ", "...", "A\u202eda", "A\x1b[31mda", "A\u200bda", "x" * 101, "A\ud800"])
def test_hostile_names_are_refused(tmp_path, name):
    path = case(tmp_path / "case")
    with pytest.raises(SignOffError, match=r"^expected a name of at most 100 visible characters"):
        enter(path, name, ANALYST, BOTH)
    assert not (path / "signoff.jsonl").exists()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (held("d" * 64), "the case has no finding 'd"),
        (held(HIGH, "clean"), "expected one of confirmed, benign, inconclusive, needs-more as a disposition"),
        (held(HIGH, "benign", " "), "expected a reason of 1 to 4,000 characters"),
        (held(HIGH, "benign", "x" * 4001), "expected a reason of 1 to 4,000 characters"),
    ],
)
def test_what_cannot_be_entered_leaves_nothing(tmp_path, given, why):
    path = case(tmp_path / "case")
    with pytest.raises(SignOffError, match=f"^{why}"):
        enter(path, "Ada", ANALYST, [held(MEDIUM), given])
    with pytest.raises(SignOffError, match=r"^expected analyst or second-reader as a role"):
        enter(path, "Ada", "judge", BOTH)
    assert not (path / "signoff.jsonl").exists()


def test_a_signature_of_other_findings_counts_for_nothing(signed):
    more = FINDINGS + line("d" * 64, "high")
    (signed / "findings.jsonl").write_text(more)
    now = state(signed)
    assert (now.complete, now.analyst, now.second_reader, now.dispositions) == (False, None, None, {})
    assert now.missing == (HIGH, MEDIUM, "d" * 64)
    assert now.problems[0] == f"findings.jsonl is not as the manifest says; run `bridle verify {signed}`"


def test_an_edited_line_is_named(signed):
    first, second = lines(signed)
    (signed / "signoff.jsonl").write_bytes(first.replace(b"an update", b"an upkeep") + second)
    now = state(signed)
    assert not now.complete
    assert now.problems[:3] == (
        "signoff.jsonl: line 1 was changed: it does not fit its own check",
        "signoff.jsonl: line 2 does not follow from what is before it",
        "signoff.jsonl lacks 1 entries that custody.jsonl names",
    )


def test_the_last_line_cannot_be_edited_cut_off_or_added_to_in_silence(signed):
    first, second = lines(signed)
    forged = second.rpartition(b', "check": "')[0].replace(b'"Ben"', b'"Eve"') + b"}"
    check = hashlib.sha256(forged).hexdigest().encode()
    (signed / "signoff.jsonl").write_bytes(first + forged[:-1] + b', "check": "' + check + b'"}\n')
    now = state(signed)
    assert now.problems == (
        "signoff.jsonl lacks 1 entries that custody.jsonl names", "no second reader has signed",
    )  # fmt: skip
    assert (now.ignored, now.second_reader) == ((2,), None)
    (signed / "signoff.jsonl").write_bytes(first)
    assert state(signed).problems == (
        "signoff.jsonl lacks 1 entries that custody.jsonl names", "no second reader has signed",
    )  # fmt: skip
    (signed / "signoff.jsonl").write_bytes(first + second)
    append(signed, "signoff.jsonl", {"event": "sign-off", "by": "Ada", "role": "analyst", "findings": DIGEST,
                                     "dispositions": [held(HIGH, "benign").as_dict()], "signed": ""})  # fmt: skip
    now = state(signed)
    assert (now.complete, now.ignored, now.dispositions[HIGH][0]) == (True, (3,), "confirmed")
    assert enter(signed, "Ada", ANALYST).dispositions[HIGH][0] == "confirmed"  # nor does a later entry make it count
    assert state(signed).ignored == (3,)


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        (b'{"event": "sign-off"', "signoff.jsonl: line 3 is not an entry of a chain"),
        (b"[" * 100_000, "signoff.jsonl: line 3 is not an entry of a chain"),
        (b"\xff\n", "signoff.jsonl: line 3 is not an entry of a chain"),
    ],
)
def test_a_line_that_is_no_entry_is_named(signed, stored, problem):
    with (signed / "signoff.jsonl").open("ab") as file:
        file.write(stored)
    assert state(signed).problems == (problem,)


@pytest.mark.parametrize(
    "given", [7, [7], [{"finding": HIGH}], [{"finding": [], "disposition": "benign", "reason": "x"}], [None]]
)
def test_an_entry_of_other_types_is_named(tmp_path, given):
    path = case(tmp_path / "case")
    append(path, "signoff.jsonl", {"event": "sign-off", "by": "Ada", "role": "analyst", "findings": DIGEST,
                                   "dispositions": given, "signed": "x"})  # fmt: skip
    append_custody(path, {"event": "sign-off", "signoff_sha256": hashlib.sha256(lines(path)[0].rstrip()).hexdigest()})
    assert any(p.startswith("signoff.jsonl: line 1 is no sign-off: ") for p in state(path).problems)


def test_a_link_in_place_of_the_file_is_not_followed(signed, tmp_path):
    (signed / "signoff.jsonl").rename(tmp_path / "elsewhere")
    (signed / "signoff.jsonl").symlink_to(tmp_path / "elsewhere")
    assert "signoff.jsonl is a link instead of a file" in state(signed).problems


def test_findings_that_are_the_same_keep_their_disposition_in_a_later_case(signed, tmp_path):
    changed, added = line(MEDIUM, "high"), line("d" * 64, "high")
    after = line(HIGH, "critical") + changed + added
    later = case(tmp_path / "later", after)
    assert carry_over(signed, later) == 1
    now = state(later)
    assert (now.carried, now.missing, now.analyst) == ((HIGH,), (MEDIUM, "d" * 64), None)
    assert now.dispositions == {HIGH: ("confirmed", "seen in the backup")}
    assert (now.held[HIGH].by, now.held[HIGH].carried_from) == ("Ada", DIGEST)
    assert enter(later, "Cy", ANALYST, [held(MEDIUM), held("d" * 64)]).problems == ("no second reader has signed",)
    with pytest.raises(SignOffError, match="Ada entered dispositions of this case"):
        enter(later, "Ada", SECOND_READER)
    assert enter(later, "Ben", SECOND_READER).complete
    last = case(tmp_path / "last", after)
    assert carry_over(later, last) == 3
    assert {d.by for d in state(last).held.values()} == {"Ada", "Cy"}
    assert {d.carried_from for d in state(last).held.values()} == {hashlib.sha256(after.encode()).hexdigest()}


def test_nothing_is_carried_from_what_was_tampered_with(signed, tmp_path):
    first, second = lines(signed)
    (signed / "signoff.jsonl").write_bytes(first.replace(b"an update", b"an upkeep") + second)
    later = case(tmp_path / "later")
    assert carry_over(signed, later) == 0
    assert not (later / "signoff.jsonl").exists()


def test_nothing_is_carried_where_nobody_signed(tmp_path):
    assert carry_over(case(tmp_path / "one"), case(tmp_path / "two")) == 0
