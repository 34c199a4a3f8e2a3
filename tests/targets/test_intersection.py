"""An address book and a list: the reporter learns of own entries only, the holder how many there are."""

import json
from hashlib import sha256

import pytest

from bridle.targets import intersection
from bridle.targets.intersection import MOST_ENTRIES, answer, offer, read
from bridle.targets.keys import ProjectError, ProjectLockedError
from bridle.targets.lookup_files import read_secret
from bridle.targets.refusals import RefusedError
from bridle.targets.voprf import ProofError
from bridle.targets.voprf_group import GROUPS
from list_projects import Desk

SUITE = "P256-SHA256"
LIST = [f"+1201555{n:04}" for n in range(100, 120)]
BOOK = [LIST[3], "+12015550150", LIST[11], "+12015550151", "+12015550152"]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    return Desk(tmp_path, monkeypatch, LIST)


def exchanged(desk, path, reveal, book=BOOK, suite=SUITE):
    offer(book, path / "offer", path / "secret", suite)
    answer(desk.both(), path / "offer", path / "answer", reveal, "Example Radio", "joint story")
    return path / "secret", path / "answer"


@pytest.mark.parametrize("suite", GROUPS)
def test_entries(desk, tmp_path, suite):
    assert read(*exchanged(desk, tmp_path, "entries", suite=suite)) == (2, [LIST[3], LIST[11]])


def test_only_the_count(desk, tmp_path):
    secret, answered = exchanged(desk, tmp_path, "count")
    assert read(secret, answered) == (2, None)
    assert "proof" not in json.loads(answered.read_text())


def test_nothing_in_common_and_all(desk, tmp_path):
    assert read(*exchanged(desk, tmp_path, "entries", BOOK[3:])) == (0, [])
    (tmp_path / "2").mkdir()
    assert read(*exchanged(desk, tmp_path / "2", "entries", LIST)) == (20, LIST)


def test_a_count_does_not_say_which(desk, tmp_path):
    """Of 40 entries 20 are listed: in the answer's order, other places of the book are hit than the listed ones."""
    secret, answered = exchanged(desk, tmp_path, "count", [*LIST, *(f"+1201555{n:04}" for n in range(150, 170))])
    assert read(secret, answered) == (20, None)
    group, own = read_secret(secret, "address book")
    values = json.loads(answered.read_text())
    inverse = pow(group.decode_scalar(bytes.fromhex(own["blind"])), -1, group.order)
    found = [group.decode(bytes.fromhex(e)) for e in values["evaluations"]]
    hit = [intersection._entry(group, group.multiply(inverse, e)) in values["list"] for e in found]
    assert sum(hit) == 20
    assert hit != [e in LIST for e in own["entries"]]
    answered.write_text(json.dumps({**values, "reveal": "entries"}))
    with pytest.raises(ProofError, match="no proof"):
        read(secret, answered)


def test_no_file_holds_a_function_of_a_number_alone(desk, tmp_path):
    exchanged(desk, tmp_path, "entries")
    text = (tmp_path / "offer").read_text() + (tmp_path / "answer").read_text()
    group = GROUPS[SUITE]
    for number in {*BOOK, *LIST}:
        element = group.hash_to_element(number.encode(), b"OPRFV1-\x01-P256-SHA256")
        alone = [number[1:], sha256(number.encode()).hexdigest(), group.encode(element).hex(),
                 intersection._entry(group, element)]  # fmt: skip
        assert not [x for x in alone if x[:32] in text]
    (tmp_path / "again").mkdir()
    exchanged(desk, tmp_path / "again", "entries")
    one, other = (json.loads((p / "answer").read_text()) for p in (tmp_path, tmp_path / "again"))
    assert not {*one["list"], *one["evaluations"]} & {*other["list"], *other["evaluations"]}


def test_the_size_of_the_list_is_not_told(desk, tmp_path):
    _, answered = exchanged(desk, tmp_path, "count")
    listed = json.loads(answered.read_text())["list"]
    assert (len(listed), listed == sorted(listed)) == (4096, True)


def test_a_marked_entry_is_found_out(desk, tmp_path):
    secret, answered = exchanged(desk, tmp_path, "entries")
    values = json.loads(answered.read_text())
    values["evaluations"][0] = values["evaluations"][1]
    answered.write_text(json.dumps(values))
    with pytest.raises(ProofError, match="not evaluated with the published key"):
        read(secret, answered)


def test_sizes_are_bounded(desk, tmp_path, monkeypatch):
    with pytest.raises(RefusedError, match="1 to 5,000 numbers, not 5,001"):
        offer([f"+1201{n:07}" for n in range(MOST_ENTRIES + 1)], tmp_path / "o", tmp_path / "s", SUITE)
    with pytest.raises(RefusedError, match="not 0"):
        offer([], tmp_path / "o", tmp_path / "s", SUITE)
    monkeypatch.setattr(intersection, "MOST_ENTRIES", 6)
    exchanged(desk, tmp_path, "count")
    (tmp_path / "2").mkdir()
    with pytest.raises(RefusedError, match="5 of 6 entries in 24 hours are answered, and 5 more were asked"):
        exchanged(desk, tmp_path / "2", "count")
    assert not (tmp_path / "2" / "answer").exists()


def test_who_and_why(desk, tmp_path):
    exchanged(desk, tmp_path, "count")
    entries = [(e.action, e.reason, e.details) for e in desk.open().audit.entries()][-2:]
    assert entries[0] == ("intersection", "joint story", {"partner": "Example Radio", "numbers": 5, "reveal": "count"})
    assert entries[1][:2] == ("look-up list", "joint story")
    for partner, reason in (("", "story"), ("Example Radio", "")):
        with pytest.raises(RefusedError, match="named member of the consortium"):
            answer(desk.both(), tmp_path / "offer", tmp_path / "new", "count", partner, reason)
    with pytest.raises(RefusedError, match="expected count or entries"):
        answer(desk.both(), tmp_path / "offer", tmp_path / "new", "numbers", "Example Radio", "story")
    with pytest.raises(ProjectLockedError, match="second key"):
        answer(desk.open(), tmp_path / "offer", tmp_path / "new", "count", "Example Radio", "story")


def test_an_entry_twice_is_refused(desk, tmp_path):
    """Twice in the book, a hit would count twice, and the count would tell which entries it was."""
    assert offer([*BOOK, *BOOK], tmp_path / "offer", tmp_path / "secret", SUITE) == 5
    values = json.loads((tmp_path / "offer").read_text())
    (tmp_path / "offer").write_text(json.dumps({**values, "elements": values["elements"] * 2}))
    with pytest.raises(RefusedError, match="has an entry twice"):
        answer(desk.both(), tmp_path / "offer", tmp_path / "answer", "count", "Example Radio", "joint story")


def test_a_list_that_is_too_long(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(intersection, "MOST_LISTED", 19)
    with pytest.raises(RefusedError, match="at most 19 rows can be intersected, this one has 20"):
        exchanged(desk, tmp_path, "count")
    assert not [e for e in desk.open().audit.entries() if e.action == "intersection"]


def test_answers_that_are_none(desk, tmp_path):
    secret, answered = exchanged(desk, tmp_path, "count")
    values = json.loads(answered.read_text())
    answered.write_text(json.dumps({**values, "evaluations": values["evaluations"][:2]}))
    with pytest.raises(ProofError, match="5 entries were sent and 2 came back"):
        read(secret, answered)
    answered.write_text(json.dumps({**values, "suite": "ristretto255-SHA512"}))
    with pytest.raises(ProjectError, match="the book was blinded in P256-SHA256"):
        read(secret, answered)
