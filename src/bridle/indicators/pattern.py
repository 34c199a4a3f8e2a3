"""STIX 2.1 patterns: the whole grammar is parsed; what is a choice between single values becomes those values.

Source: OASIS STIX 2.1, section 9 (Stix Patterning).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 65_536
DEEPEST = 64

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*') | (?P<prefixed>[tbh]'(?:[^'\\]|\\.)*') | (?P<number>[-+]?\d+(?:\.\d+)?)
    | (?P<op>!=|<>|<=|>=|=|<|>) | (?P<mark>[\[\](),])
    | (?P<word>[A-Za-z_][\w-]*(?::[\w-]+)?(?:\.(?:[\w-]+|'(?:[^'\\]|\\.)*')|\[(?:\d+|\*)\])*)
    )""",
    re.VERBOSE,
)
_COMPARISONS = frozenset({"IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"})


class PatternError(ValueError):
    """The pattern is not STIX. The message says where."""


class NotEvaluableError(ValueError):
    """The pattern is STIX, and says more than single values: a sequence, a conjunction, a negation."""


@dataclass(frozen=True)
class Value:
    """One value that satisfies a pattern by itself."""

    path: str
    """Object path without quotes: `file:hashes.SHA-256`."""
    operator: str
    """`=`, `LIKE` or `ISSUBSET`."""
    text: str


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def values(pattern: str) -> list[Value]:
    """The values any one of which satisfies the pattern. Raises PatternError or NotEvaluableError."""
    parser = _Parser(_tokens(pattern))
    found = parser.observations(0)
    parser.end()
    if parser.beyond:
        raise NotEvaluableError(f"{parser.beyond[0]} is not evaluated")
    return found


def _tokens(pattern: str) -> list[_Token]:
    if len(pattern) > LONGEST:
        raise PatternError(f"longer than {LONGEST} characters")
    out, at = [], 0
    pattern = pattern.rstrip()
    while at < len(pattern):
        m = _TOKEN.match(pattern, at)
        if m is None or m.lastgroup is None:
            raise PatternError(f"character {at + 1}: unexpected {pattern[at : at + 20].strip()!r}")
        out.append(_Token(m.lastgroup, m.group(m.lastgroup), m.start(m.lastgroup)))
        at = m.end()
    return out


class _Parser:
    """Recursive descent. `beyond` collects what is grammar but no choice between single values."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at = tokens, 0
        self.beyond: list[str] = []

    def _peek(self, *texts: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].text.upper() in texts

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            raise PatternError("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, text: str) -> None:
        token = self._next()
        if token.text.upper() != text:
            raise PatternError(f"character {token.at + 1}: expected {text}, got {token.text!r:.40}")

    def end(self) -> None:
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            raise PatternError(f"character {token.at + 1}: unexpected {token.text!r:.40}")

    def observations(self, depth: int) -> list[Value]:
        """`[…] OR […]`, with AND, FOLLOWEDBY and qualifiers understood and set aside."""
        found = self._observation(depth)
        while self._peek("AND", "OR", "FOLLOWEDBY"):
            operator = self._next().text.upper()
            if operator != "OR":
                self.beyond.append(operator)
            found += self._observation(depth)
        return found

    def _observation(self, depth: int) -> list[Value]:
        _bounded(depth)
        closing = "]" if self._peek("[") else ")"
        token = self._next()
        if token.text not in ("[", "("):
            raise PatternError(f"character {token.at + 1}: expected [, got {token.text!r:.40}")
        found = self._either(depth + 1) if closing == "]" else self.observations(depth + 1)
        self._expect(closing)
        while self._peek("WITHIN", "REPEATS", "START"):
            self._qualifier()
        return found

    def _qualifier(self) -> None:
        word = self._next().text.upper()
        self.beyond.append(word)
        self._next()
        if word == "START":
            self._expect("STOP")
            self._next()
        else:
            self._expect("SECONDS" if word == "WITHIN" else "TIMES")

    def _either(self, depth: int) -> list[Value]:
        _bounded(depth)
        found = self._comparison(depth)
        while self._peek("AND", "OR"):
            operator = self._next().text.upper()
            if operator == "AND":
                self.beyond.append("AND")
            found += self._comparison(depth)
        return found

    def _comparison(self, depth: int) -> list[Value]:
        if self._peek("("):
            self._next()
            found = self._either(depth + 1)
            self._expect(")")
            return found
        token = self._next()
        if token.text.upper() == "EXISTS" and token.kind == "word":
            self.beyond.append("EXISTS")
            token = self._next()
            return []
        if token.kind != "word" or ":" not in token.text:
            raise PatternError(f"character {token.at + 1}: expected an object path, got {token.text!r:.40}")
        return self._operator(token.text.replace("'", "").replace("\\", ""))

    def _operator(self, path: str) -> list[Value]:
        token = self._next()
        word = token.text.upper()
        if word == "NOT":
            self.beyond.append("NOT")
            token = self._next()
            word = token.text.upper()
        if word == "IN":
            return [Value(path, "=", text) for text in self._set()]
        text = self._literal()
        if token.kind != "op" and word not in _COMPARISONS:
            raise PatternError(f"character {token.at + 1}: expected a comparison, got {token.text!r:.40}")
        if word not in ("=", "LIKE", "ISSUBSET"):
            self.beyond.append(word)
        return [Value(path, word, text)]

    def _set(self) -> list[str]:
        self._expect("(")
        found = [self._literal()]
        while self._peek(","):
            self._next()
            found.append(self._literal())
        self._expect(")")
        return found

    def _literal(self) -> str:
        token = self._next()
        if token.kind == "string":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
        if token.kind == "prefixed" and token.text[0] in "th":
            return token.text[2:-1]
        if token.kind == "number" or token.text.lower() in ("true", "false"):
            return token.text
        raise PatternError(f"character {token.at + 1}: expected a value, got {token.text!r:.40}")


def _bounded(depth: int) -> None:
    if depth > DEEPEST:
        raise PatternError(f"nested deeper than {DEEPEST}")
