"""A number is looked up by two holders who learn nothing, from files that show nothing, and not too often."""

import json
from hashlib import sha256

import pytest

from bridle.targets import lookup
from bridle.targets.keys import ProjectError, ProjectLockedError
from bridle.targets.lookup_files import read_secret
from bridle.targets.refusals import RefusedError
from bridle.targets.voprf import ProofError, finalized
from bridle.targets.voprf_group import GROUPS
from list_projects import Desk

SUITE = "P256-SHA256"
LIST = [f"+155501{n:05}" for n in range(40)]
LISTED, UNLISTED = LIST[7], "+15550199999"


class Two:
    """Two holders, each with a project; the first has the list. Files are numbered as they are made."""

    def __init__(self, tmp_path, monkeypatch, suite=SUITE, limit=10):
        self.path, self.suite, self.made = tmp_path, suite, 0
        (tmp_path / "b").mkdir()
        self.b = Desk(tmp_path / "b", monkeypatch, owner="Second Desk")
        self.projects = [self.b.open()]
        (tmp_path / "a").mkdir()
        self.a = Desk(tmp_path / "a", monkeypatch, LIST)
        self.projects.insert(0, self.a.open())
        self.keys = [tmp_path / "a.key", tmp_path / "b.key"]
        for project, key in zip(self.projects, self.keys, strict=True):
            lookup.make_share(project, key, suite, limit, 100)

    def file(self, name):
        self.made += 1
        return self.path / f"{self.made}-{name}"

    def ask(self, numbers, table=False):
        request, secret = self.file("request"), self.file("secret")
        lookup.blind(numbers, request, secret, self.suite)
        responses = [self.file("response") for _ in self.projects]
        for project, out in zip(self.projects, responses, strict=True):
            lookup.evaluate(project, request, out, "Supervisor", "asked in person", table)
        return secret, request, responses

    def table(self):
        secret, _, responses = self.ask(lookup.listed_numbers(self.a.both(), "table"), table=True)
        out = self.file("table")
        assert lookup.write_table(out, *lookup.results(secret, responses, self.keys), self.keys) == 4096
        return out


@pytest.fixture
def two(tmp_path, monkeypatch):
    return Two(tmp_path, monkeypatch)


@pytest.mark.parametrize("suite", GROUPS)
def test_listed_or_not(tmp_path, monkeypatch, suite):
    two = Two(tmp_path, monkeypatch, suite)
    table = two.table()
    secret, _, responses = two.ask([LISTED, UNLISTED])
    assert lookup.listed(table, *lookup.results(secret, responses, two.keys), two.keys) == [True, False]


def test_neither_holder_alone(two):
    secret, _, responses = two.ask([LISTED])
    for some in (responses[:1], responses[1:], [responses[0]] * 2, []):
        with pytest.raises(ProofError, match="one response of each holder"):
            lookup.results(secret, some, two.keys)
    with pytest.raises(ProjectError, match="two holders"):
        lookup.results(secret, responses[:1], two.keys[:1])


def test_a_share_that_is_not_the_published_one_is_rejected(two):
    secret, _, responses = two.ask([LISTED])
    values = json.loads(responses[1].read_text())
    cheat = two.file("response")
    wrong = {**values, "evaluations": values["elements"]}
    cheat.write_text(json.dumps(wrong))
    with pytest.raises(ProofError, match="not evaluated with the published key"):
        lookup.results(secret, [responses[0], cheat], two.keys)
    other = two.file("key")
    other.write_text(json.dumps({**json.loads(two.keys[1].read_text()), "public": values["elements"][0]}))
    with pytest.raises(ProofError, match="no answer of these two holders"):
        lookup.results(secret, responses, [two.keys[0], other])
    taken = two.file("response")
    taken.write_text(json.dumps({**values, "public": values["elements"][0]}))
    with pytest.raises(ProofError, match="not evaluated with the published key"):
        lookup.results(secret, [responses[0], taken], [two.keys[0], other])


def everything_of_a_number(number):
    """What somebody who guesses the number can compute of it alone."""
    found = {number, number[1:], number.encode().hex(), sha256(number.encode()).hexdigest()}
    for group in GROUPS.values():
        element = group.hash_to_element(number.encode(), b"OPRFV1-\x01-" + group.name.encode())
        found |= {group.encode(element).hex(), group.digest(number.encode()).hex()}
        found.add(finalized(group, number.encode(), 1, [element]).hex())
    return found


def test_a_transcript_holds_no_function_of_the_number_alone(two):
    table = two.table()
    _, request, responses = two.ask([LISTED])
    transcript = "".join(p.read_text() for p in (request, *responses, *two.keys, table))
    assert [x for x in everything_of_a_number(LISTED) if x in transcript or x[:32] in transcript] == []


def test_two_requests_for_one_number_share_nothing(two):
    def elements():
        _, request, responses = two.ask([LISTED])
        return {e for p in (request, *responses) for k in ("elements", "evaluations") for e in
                json.loads(p.read_text()).get(k, [])}  # fmt: skip

    one, other = elements(), elements()
    assert len(one) == len(other) == 3
    assert not one & other


def test_the_secret_is_under_the_own_identity(two):
    secret, _, _ = two.ask([LISTED])
    assert LISTED.encode() not in secret.read_bytes()
    assert read_secret(secret, "secret")[1]["numbers"] == [LISTED]
    with pytest.raises(ProjectError, match="your identity does not open"):
        read_secret(secret, "secret", two.a.second)


def test_the_limit_is_kept_by_the_log(tmp_path, monkeypatch):
    two = Two(tmp_path, monkeypatch, limit=3)
    two.ask([LISTED, UNLISTED])
    with pytest.raises(RefusedError, match="2 of 3 numbers in 24 hours are evaluated, and 2 more were asked"):
        two.ask([LISTED, UNLISTED])
    two.projects[0] = two.a.open()
    two.ask([LISTED])
    with pytest.raises(RefusedError, match="3 of 3 numbers"):
        two.ask([LISTED])
    entries = [e for e in two.a.open().audit.entries() if e.action == "look-up"]
    assert [(e.details, e.reason) for e in entries] == [
        ({"supervisor": "Supervisor", "numbers": 2}, "asked in person"),
        ({"supervisor": "Supervisor", "numbers": 1}, "asked in person"),
    ]


def test_a_table_is_not_a_way_around_the_limit(two):
    two.ask(LIST, table=True)
    two.ask(LIST, table=True)
    with pytest.raises(RefusedError, match="80 of 100 numbers for the table"):
        two.ask(LIST, table=True)
    with pytest.raises(ProjectError, match="1 to 10 elements, got 40"):
        two.ask(LIST)


def test_off_by_default(tmp_path, monkeypatch):
    desk = Desk(tmp_path, monkeypatch, LIST)
    lookup.blind([LISTED], tmp_path / "request", tmp_path / "secret", SUITE)
    with pytest.raises(RefusedError, match="look-ups are off in this project"):
        lookup.evaluate(desk.open(), tmp_path / "request", tmp_path / "out", "Supervisor", "asked")
    assert not (tmp_path / "out").exists()


def test_one_share_for_good(two):
    with pytest.raises(ProjectError, match="has a share already"):
        lookup.make_share(two.a.open(), two.path / "again", SUITE, 10, 10)
    assert not (two.path / "again").exists()


def test_nobody_watches(two):
    lookup.blind([LISTED], two.path / "request", two.path / "secret", SUITE)
    for supervisor, reason in (("", "asked"), ("Supervisor", " ")):
        with pytest.raises(RefusedError, match="a look-up is supervised"):
            lookup.evaluate(two.a.open(), two.path / "request", two.path / "out", supervisor, reason)


def test_the_list_needs_both_keys(two):
    assert lookup.listed_numbers(two.a.both(), "table") == LIST
    with pytest.raises(ProjectLockedError, match="second key"):
        lookup.listed_numbers(two.a.open(), "table")
    with pytest.raises(ProjectError, match="say why"):
        lookup.listed_numbers(two.a.both(), " ")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 1}', "[" * 100_000, '{"format": "bridle look-up 1"}'])
def test_files_that_are_none(two, text):
    bad = two.path / "bad"
    bad.write_text(text)
    with pytest.raises(ProjectError, match="no file of a look-up"):
        lookup.evaluate(two.a.open(), bad, two.path / "out", "Supervisor", "asked")


def test_files_with_bad_elements(two):
    _, request, _ = two.ask([LISTED])
    values = json.loads(request.read_text())
    for elements in (None, [], [1], ["00"], ["zz"], ["00" * 33], [values["elements"][0][:-2]]):
        bad = two.file("bad")
        bad.write_text(json.dumps({**values, "elements": elements}))
        with pytest.raises(ProjectError, match=r"expected 1 to 10 elements|no element of P256"):
            lookup.evaluate(two.a.open(), bad, two.path / "out", "Supervisor", "asked")
    with pytest.raises(ProjectError, match="expected a request, got 'public key'"):
        lookup.evaluate(two.a.open(), two.keys[0], two.path / "out", "Supervisor", "asked")
    assert [e.details["numbers"] for e in two.a.open().audit.entries() if e.action == "look-up"] == [1]
