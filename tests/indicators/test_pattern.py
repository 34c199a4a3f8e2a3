"""Patterns become trees: precedence, every literal, every operator, and places of what is wrong."""

from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.indicators.pattern import (
    And,
    Comparison,
    FollowedBy,
    Observation,
    Or,
    Path,
    PatternError,
    Repeats,
    StartStop,
    Within,
    parse,
)
from corpus import CORPUS, needs_corpus

EXAMPLES = CORPUS / "network" / "oasis-open+cti-pattern-validator" / "stix2patterns" / "test"


def comparison(text):
    found = parse(f"[{text}]")
    assert isinstance(found, Observation)
    return found.test


def shape(node):
    """A tree in brackets, each comparison by its value alone."""
    if isinstance(node, Observation):
        return f"[{shape(node.test)}]"
    if isinstance(node, Comparison):
        return str(node.values[0])
    if isinstance(node, Within):
        return f"{shape(node.inner)} within {node.seconds}"
    if isinstance(node, Repeats):
        return f"{shape(node.inner)} times {node.times}"
    word = {And: " & ", Or: " | ", FollowedBy: " > "}[type(node)]
    return "(" + word.join(shape(p) for p in node.parts) + ")"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[a:b=1 OR a:b=2 AND a:b=3]", "[(1 | (2 & 3))]"),
        ("[(a:b=1 OR a:b=2) AND a:b=3]", "[((1 | 2) & 3)]"),
        ("[a:b=1] OR [a:b=2] AND [a:b=3]", "([1] | ([2] & [3]))"),
        ("[a:b=1] FOLLOWEDBY [a:b=2] OR [a:b=3]", "([1] > ([2] | [3]))"),
        ("[a:b=1] FOLLOWEDBY [a:b=2] WITHIN 5 SECONDS", "([1] > [2] within 5)"),
        ("([a:b=1] FOLLOWEDBY [a:b=2]) WITHIN 1.5 SECONDS", "([1] > [2]) within 1.5"),
        ("[a:b=1] REPEATS 5 TIMES WITHIN 1800 SECONDS", "[1] times 5 within 1800"),
        ("[a:b=1] followedby [a:b=2]", "([1] > [2])"),
        ("/* one */[a:b /* two */ = 1] // three\n AND//four\r\n[a:b=2]//", "([1] & [2])"),
        ("\t([\u00a0a:b=1\r\n])  ", "[1]"),
    ],
)
def test_precedence_comments_and_blanks(pattern, expected):
    assert shape(parse(pattern)) == expected


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("'O\\'Neil \\\\ C:\\Windows'", "O'Neil \\ C:\\Windows"),
        ("''", ""),
        ("'[a] // AND'", "[a] // AND"),
        ("-5", -5),
        ("+7", 7),
        ("1.25", 1.25),
        (".5", 0.5),
        ("true", True),
        ("FALSE", False),
        ("t'2014-01-13T07:03:17Z'", datetime(2014, 1, 13, 7, 3, 17, tzinfo=UTC)),
        ("t'2014-01-13T07:03:17.1234567Z'", datetime(2014, 1, 13, 7, 3, 17, 123456, tzinfo=UTC)),
        ("h'ffD8'", b"\xff\xd8"),
        ("b'aGk='", b"hi"),
    ],
)
def test_every_literal(literal, expected):
    (found,) = comparison(f"a:b = {literal}").values
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:b = 1", ("=", (1,), False)),
        ("a:b == 1", ("=", (1,), False)),
        ("a:b != 1", ("!=", (1,), False)),
        ("a:b <> 1", ("!=", (1,), False)),
        ("a:b < 1", ("<", (1,), False)),
        ("a:b <= 1", ("<=", (1,), False)),
        ("a:b > 1", (">", (1,), False)),
        ("a:b >= 1", (">=", (1,), False)),
        ("a:b NOT = 1", ("=", (1,), True)),
        ("a:b NOT IN (1,'2')", ("IN", (1, "2"), True)),
        ("a:b IN ()", ("IN", (), False)),
        ("a:b LIKE 'x%'", ("LIKE", ("x%",), False)),
        ("a:b MATCHES'^x'", ("MATCHES", ("^x",), False)),
        ("a:b ISSUBSET '192.0.2.0/24'", ("ISSUBSET", ("192.0.2.0/24",), False)),
        ("a:b NOT ISSUPERSET '192.0.2.1'", ("ISSUPERSET", ("192.0.2.1",), True)),
        ("EXISTS a:b", ("EXISTS", (), False)),
        ("NOT EXISTS a:b", ("EXISTS", (), True)),
    ],
)
def test_every_operator(text, expected):
    found = comparison(text)
    assert (found.operator, found.values, found.negated) == expected


@pytest.mark.parametrize(
    ("text", "path", "shown"),
    [
        ("file:hashes.'SHA-256' = 1", Path("file", ("hashes", "SHA-256")), "file:hashes.SHA-256"),
        ("file:hashes.SHA-256 = 1", Path("file", ("hashes", "SHA-256")), "file:hashes.SHA-256"),
        ("x-usb-device:'a.b'.c = 1", Path("x-usb-device", ("a.b", "c")), "x-usb-device:a.b.c"),
        ("a:b[*].c[2].d[-1] = 1", Path("a", ("b", None, "c", 2, "d", -1)), "a:b[*].c[2].d[-1]"),
        ("exists:b = 1", Path("exists", ("b",)), "exists:b"),
        ("a : b . c = 1", Path("a", ("b", "c")), "a:b.c"),
    ],
)
def test_paths(text, path, shown):
    found = comparison(text).path
    assert (found, str(found)) == (path, shown)


def test_a_span_of_time():
    found = parse("[a:b=1] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'")
    assert isinstance(found, StartStop)
    assert (found.start, found.stop) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "character 1: it ends too early"),
        ("a:b = 1", "character 1: expected [, got 'a'"),
        ("[a:b = ]", "character 8: expected a value, got ']'"),
        ("[a.b = 1]", "character 2: expected an object path, got 'a'"),
        ("[a:b MATCHES /x/]", "character 14: unexpected '/x/]'"),
        ("[a:b LIKE 5]", "character 11: LIKE expects a text, got '5'"),
        ("[a:b = cead3f]", "character 8: expected a value, got 'cead3f'"),
        ("[a:b = 1] WITHIN 5 HOURS", "character 20: expected SECONDS, got 'HOURS'"),
        ("[a:b = 1] WITHIN -5 SECONDS", "character 18: expected a number above 0, got '-5'"),
        ("[a:b = 1] REPEATS 1.5 TIMES", "character 19: expected a number above 0, got '1.5'"),
        ("[a:b = 1] REPEATS 0 TIMES", "character 19: expected a number above 0, got '0'"),
        ("[a:b = b'====']", "character 8: expected Base64, got \"b'===='\""),
        ("[a:b = h'abc']", "character 8: expected hexadecimal digits, got \"h'abc'\""),
        ("[a:b = t'2014-13-01T00:00:00Z']", "character 8: expected a time, got \"t'2014-13-01T00:00:00Z'\""),
        (
            "[a:b = 1] START '2014-01-01T00:00:00Z' STOP t'2015-01-01T00:00:00Z'",
            "character 17: expected a time t'…', got \"'2014-01-01T00:00:00Z'\"",
        ),
        (
            "[a:b = 1] START t'2016-01-01T00:00:00Z' STOP t'2015-01-01T00:00:00Z'",
            "character 46: STOP is not after START",
        ),
        ("[a:b = 1]]", "character 10: unexpected ']'"),
        ("[a:b = 1 // ]", "character 14: it ends too early"),
        ("[a:b = 1] // x\n$", "character 16: unexpected '$'"),
        ("[a:b = 12345678901234567890]", "character 8: a number of more than 18 characters"),
        ("[a:b[x] = 1]", "character 6: expected a number or *, got 'x'"),
        ("[a:b > true]", "character 6: > does not compare true and false"),
        ("[a:b = '\ud800' x]", "character 9: expected text, got '\\ud800'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(pattern, said):
    with pytest.raises(PatternError) as e:
        parse(pattern)
    assert str(e.value) == said


@pytest.mark.parametrize(
    "pattern",
    [
        "(" * 10_000,
        "[" + "(" * 10_000,
        "/*" + "*" * 60_000,
        "[a:b='" + "\\" * 60_000,
        "/*a" * 20_000,
        "[a:b=1" * 9_000,
        "[a:b=1]" + " REPEATS 2 TIMES" * 4_000,
        "x" * 70_000,
        "/**/" * 16_000,
        "//" * 32_000,
        "[a:b IN (" + "1," * 30_000,
        "[a" + ":b" * 30_000,
        "[a:b" + "[0]" * 20_000,
        "\0" * 60_000,
        "[a:b='\0'",
    ],
)
def test_hostile_patterns_end_soon_with_one_error(pattern):
    begin = process_time()
    with pytest.raises(PatternError):
        parse(pattern)
    assert process_time() - begin < 2


def test_a_long_pattern_is_read():
    pattern = " OR ".join(["[a:b = '1' AND a:c = 2]"] * 2_000)
    found = parse(pattern)
    assert isinstance(found, Or)
    assert len(found.parts) == 2_000


@given(st.text(alphabet="[]()ab:.='\\ *ANDOR/th12\ud800\0-", max_size=60))
def test_any_text_is_a_pattern_or_a_pattern_error(text):
    try:
        parse(text)
    except PatternError as e:
        assert str(e).startswith("character ")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_stands_in_a_literal_as_it_was_quoted(text):
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    assert comparison(f"a:b = '{quoted}'").values == (text,)


@needs_corpus
@pytest.mark.parametrize(("version", "count"), [("v20", 24), ("v21", 23)])
def test_every_example_of_the_standard_is_read(version, count):
    lines = (EXAMPLES / version / "spec_examples.txt").read_text().splitlines()
    assert len([parse(line) for line in lines if line.strip()]) == count


@needs_corpus
def test_an_example_of_the_standard_word_by_word():
    lines = (EXAMPLES / "v21" / "spec_examples.txt").read_text().splitlines()
    (found,) = [parse(line) for line in lines if "win-registry-key" in line and "WITHIN" in line]
    assert isinstance(found, Within)
    assert found.seconds == 300
    assert shape(found.inner) == "([79054025255fb1a26e4bc422aef54eb4] > [HKEY_LOCAL_MACHINE\\foo\\bar])"
