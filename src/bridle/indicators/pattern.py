"""STIX 2.1 patterns as a tree: the whole grammar, in linear time, with bounds on length and nesting.

Read more kindly than written: key words in any case, hyphens in unquoted keys, and a backslash that escapes nothing
stands for itself. Everything else is as the grammar says.

Source: OASIS STIX 2.1, section 9 (STIX Patterning), and its grammar.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from bridle.classes import dataclass

LONGEST = 65_536
"""Characters of a pattern."""
DEEPEST = 64
"""Parentheses and qualifiers inside each other."""
_DIGITS = 18

Constant = str | int | float | bool | bytes | datetime

_BLANK = r"(?>\s|/\*(?>[^*]|\*(?!/))*+\*/|//[^\r\n]*+)*+"
_BLANKS = re.compile(_BLANK)
_TOKEN = re.compile(
    _BLANK
    + r"""(?:
    (?P<string>'(?:[^'\\]|\\.)*') | (?P<prefixed>[tbh]'(?:[^'\\]|\\.)*')
    | (?P<number>[-+]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))
    | (?P<op>==|!=|<>|<=|>=|=|<|>) | (?P<mark>[\[\](),:.*])
    | (?P<word>[A-Za-z_][A-Za-z0-9_-]*) | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(['\\])")
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z", re.ASCII)
_EQUAL = {"=": "=", "==": "=", "!=": "!=", "<>": "!="}
_TEXTUAL = frozenset({"LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"})


class PatternError(ValueError):
    """The pattern is not STIX. The message says where."""


@dataclass(frozen=True, slots=True)
class Path:
    """A property of an object: `file:hashes.SHA-256`."""

    type: str
    steps: tuple[str | int | None, ...]
    """Keys, numbers in lists, and None for every member of a list."""

    def __str__(self) -> str:
        first, *rest = self.steps
        return f"{self.type}:{first}" + "".join(
            f".{s}" if isinstance(s, str) else f"[{'*' if s is None else s}]" for s in rest
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """A property compared with constants."""

    path: Path
    operator: str
    """`=`, `!=`, `<`, `<=`, `>`, `>=`, `IN`, `LIKE`, `MATCHES`, `ISSUBSET`, `ISSUPERSET` or `EXISTS`."""
    values: tuple[Constant, ...]
    """One, none for EXISTS, any number for IN."""
    negated: bool
    at: int
    """Where it stands: the number of its first character, from 1."""


@dataclass(frozen=True, slots=True)
class And:
    """All of these: of comparisons about one observation, or of observations."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class FollowedBy:
    """Observations one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """What is said of one observation: `[…]`."""

    test: Node
    at: int


@dataclass(frozen=True, slots=True)
class Within:
    """Observations inside so many seconds."""

    inner: Node
    seconds: float


@dataclass(frozen=True, slots=True)
class Repeats:
    """So many different observations."""

    inner: Node
    times: int


@dataclass(frozen=True, slots=True)
class StartStop:
    """Observations from one time on and before another."""

    inner: Node
    start: datetime
    stop: datetime


Node = Comparison | And | Or | FollowedBy | Observation | Within | Repeats | StartStop


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(pattern: str) -> Node:
    """The pattern as a tree. Raises PatternError."""
    parser = _Parser(_tokens(pattern))
    found = parser.observations(0)
    parser.end()
    return found


def text(constant: Constant) -> str:
    """A constant as a feed would write it in a list of values."""
    if isinstance(constant, bool):
        return str(constant).lower()
    if isinstance(constant, datetime):
        return constant.isoformat().replace("+00:00", "Z")
    return constant.hex() if isinstance(constant, bytes) else str(constant)


def _tokens(pattern: str) -> list[_Token]:
    if len(pattern) > LONGEST:
        raise PatternError(f"character {LONGEST + 1}: longer than {LONGEST} characters")
    try:
        pattern.encode()
    except UnicodeEncodeError as e:
        raise PatternError(f"character {e.start + 1}: expected text, got {pattern[e.start]!a}") from None
    out, at = [], 0
    while True:
        m = _TOKEN.match(pattern, at)
        if m is None or m.lastgroup is None:
            blank = _BLANKS.match(pattern, at)
            at = blank.end() if blank else at
            raise PatternError(f"character {at + 1}: unexpected {pattern[at : at + 20].strip()!a}")
        out.append(_Token(m.lastgroup, m.group(m.lastgroup), m.start(m.lastgroup)))
        if m.lastgroup == "end":
            return out
        at = m.end()


_P = TypeVar("_P", And, Or, FollowedBy)


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at = tokens, 0

    def _is(self, *texts: str) -> bool:
        token = self._tokens[self._at]
        return token.kind in ("mark", "word") and token.text.upper() in texts

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        if token.kind == "end":
            raise PatternError(f"character {token.at + 1}: it ends too early")
        self._at += 1
        return token

    def _expect(self, text: str) -> None:
        if not self._is(text):
            token = self._next()
            raise PatternError(f"character {token.at + 1}: expected {text}, got {token.text!a:.40}")
        self._at += 1

    def end(self) -> None:
        token = self._tokens[self._at]
        if token.kind != "end":
            raise PatternError(f"character {token.at + 1}: unexpected {token.text!a:.40}")

    def _chain(self, word: str, make: type[_P], part: Callable[[int], Node], depth: int) -> Node:
        parts = [part(depth)]
        while self._is(word):
            self._at += 1
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else make(tuple(parts))

    def observations(self, depth: int) -> Node:
        """Observations; AND binds closer than OR, and OR closer than FOLLOWEDBY."""
        return self._chain("FOLLOWEDBY", FollowedBy, self._any_observation, depth)

    def _any_observation(self, depth: int) -> Node:
        return self._chain("OR", Or, self._all_observations, depth)

    def _all_observations(self, depth: int) -> Node:
        return self._chain("AND", And, self._observation, depth)

    def _observation(self, depth: int) -> Node:
        token = self._next()
        _bounded(depth, token)
        if token.text == "[" and token.kind == "mark":
            found: Node = Observation(self._either(depth + 1), token.at + 1)
            self._expect("]")
        elif token.text == "(" and token.kind == "mark":
            found = self.observations(depth + 1)
            self._expect(")")
        else:
            raise PatternError(f"character {token.at + 1}: expected [, got {token.text!a:.40}")
        while self._is("WITHIN", "REPEATS", "START"):
            depth += 1
            _bounded(depth, self._tokens[self._at])
            found = self._qualified(found)
        return found

    def _qualified(self, inner: Node) -> Node:
        word = self._next().text.upper()
        if word == "START":
            start = self._time()
            self._expect("STOP")
            at = self._tokens[self._at].at
            stop = self._time()
            if stop <= start:
                raise PatternError(f"character {at + 1}: STOP is not after START")
            return StartStop(inner, start, stop)
        token = self._next()
        number = _number(token) if token.kind == "number" else "nothing"
        if isinstance(number, str) or number <= 0 or (word == "REPEATS" and not isinstance(number, int)):
            raise PatternError(f"character {token.at + 1}: expected a number above 0, got {token.text!a:.40}")
        self._expect("SECONDS" if word == "WITHIN" else "TIMES")
        return Within(inner, number) if word == "WITHIN" else Repeats(inner, int(number))

    def _time(self) -> datetime:
        token = self._tokens[self._at]
        found = self._constant()
        if not isinstance(found, datetime):
            raise PatternError(f"character {token.at + 1}: expected a time t'…', got {token.text!a:.40}")
        return found

    def _either(self, depth: int) -> Node:
        return self._chain("OR", Or, self._both, depth)

    def _both(self, depth: int) -> Node:
        return self._chain("AND", And, self._comparison, depth)

    def _comparison(self, depth: int) -> Node:
        token = self._tokens[self._at]
        if self._is("("):
            _bounded(depth, token)
            self._at += 1
            found = self._either(depth + 1)
            self._expect(")")
            return found
        negated = self._is("NOT") and self._tokens[self._at + 1].text.upper() == "EXISTS"
        self._at += negated
        if self._is("EXISTS") and self._tokens[self._at + 1].text != ":":
            self._at += 1
            return Comparison(self._path(), "EXISTS", (), negated, token.at + 1)
        return self._compared(self._path(), token.at + 1)

    def _path(self) -> Path:
        token = self._next()
        if token.kind != "word" or not self._is(":"):
            raise PatternError(f"character {token.at + 1}: expected an object path, got {token.text!a:.40}")
        self._at += 1
        steps: list[str | int | None] = [self._key()]
        while self._is(".", "["):
            steps.append(self._key() if self._next().text == "." else self._index())
        return Path(token.text, tuple(steps))

    def _key(self) -> str:
        token = self._next()
        if token.kind not in ("word", "string"):
            raise PatternError(f"character {token.at + 1}: expected a key, got {token.text!a:.40}")
        return token.text if token.kind == "word" else _unescaped(token.text)

    def _index(self) -> int | None:
        token = self._next()
        if token.text != "*" and (
            token.kind != "number" or not token.text.lstrip("-").isdigit() or len(token.text) > 9
        ):
            raise PatternError(f"character {token.at + 1}: expected a number or *, got {token.text!a:.40}")
        self._expect("]")
        return None if token.text == "*" else int(token.text)

    def _compared(self, path: Path, at: int) -> Node:
        token = self._next()
        negated = token.kind == "word" and token.text.upper() == "NOT"
        token = self._next() if negated else token
        word = token.text.upper()
        if token.kind == "op":
            value = self._constant()
            if isinstance(value, bool) and word not in _EQUAL:
                raise PatternError(f"character {token.at + 1}: {word} does not compare true and false")
            return Comparison(path, _EQUAL.get(word, word), (value,), negated, at)
        if token.kind == "word" and word == "IN":
            return Comparison(path, "IN", self._set(), negated, at)
        if token.kind != "word" or word not in _TEXTUAL:
            raise PatternError(f"character {token.at + 1}: expected a comparison, got {token.text!a:.40}")
        given = self._tokens[self._at]
        if given.kind not in ("string", "end"):
            raise PatternError(f"character {given.at + 1}: {word} expects a text, got {given.text!a:.40}")
        return Comparison(path, word, (self._constant(),), negated, at)

    def _set(self) -> tuple[Constant, ...]:
        self._expect("(")
        found: list[Constant] = []
        if not self._is(")"):
            found.append(self._constant())
        while found and self._is(","):
            self._at += 1
            found.append(self._constant())
        self._expect(")")
        return tuple(found)

    def _constant(self) -> Constant:
        token = self._next()
        if token.kind == "string":
            return _unescaped(token.text)
        if token.kind == "number":
            return _number(token)
        if token.kind == "prefixed":
            return _prefixed(token)
        if token.kind == "word" and token.text.lower() in ("true", "false"):
            return token.text.lower() == "true"
        raise PatternError(f"character {token.at + 1}: expected a value, got {token.text!a:.40}")


def _bounded(depth: int, token: _Token) -> None:
    if depth > DEEPEST:
        raise PatternError(f"character {token.at + 1}: nested deeper than {DEEPEST}")


def _unescaped(quoted: str) -> str:
    return _ESCAPE.sub(r"\1", quoted[1:-1]) if "\\" in quoted else quoted[1:-1]


def _number(token: _Token) -> int | float:
    if len(token.text) > _DIGITS:
        raise PatternError(f"character {token.at + 1}: a number of more than {_DIGITS} characters")
    return float(token.text) if "." in token.text else int(token.text)


def _prefixed(token: _Token) -> Constant:
    """A time `t'…'`, Base64 `b'…'` or hexadecimal `h'…'`."""
    inner = token.text[2:-1]
    try:
        if token.text[0] == "t":
            return _time(inner)
        return bytes.fromhex(_hex(inner)) if token.text[0] == "h" else base64.b64decode(inner, validate=True)
    except (ValueError, binascii.Error):
        what = {"t": "a time", "b": "Base64", "h": "hexadecimal digits"}[token.text[0]]
        raise PatternError(f"character {token.at + 1}: expected {what}, got {token.text!a:.40}") from None


def _hex(text: str) -> str:
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", text) is None:
        raise ValueError("expected pairs of hexadecimal digits")
    return text


def _time(text: str) -> datetime:
    """RFC 3339 in UTC, kept to the microsecond. Raises ValueError."""
    if (m := _TIME.fullmatch(text)) is None:
        raise ValueError(f"expected a time, got {text!a:.40}")
    micros = int((m[7] or "0")[:6].ljust(6, "0"))
    return datetime(int(m[1]), int(m[2]), int(m[3]), int(m[4]), int(m[5]), int(m[6]), micros, tzinfo=UTC)
