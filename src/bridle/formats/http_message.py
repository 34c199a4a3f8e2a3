"""Heads of HTTP/1 messages in one direction of a connection: what was asked or answered, and headers in their order.

Bodies are counted and passed over, so that the next message of the connection is found; nothing of them is kept. A
server's reader knows what was asked, for the answer to HEAD has no body and that to CONNECT ends HTTP.

Sources: RFC 9110, RFC 9112; RFC 7230 section 3.2.4 (folded lines).
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from bridle.core import FormatError

METHODS = (
    b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ", b"CONNECT ", b"DELETE ", b"PATCH ", b"TRACE ", b"PROPFIND ",
    b"REPORT ", b"SEARCH ", b"NOTIFY ", b"SUBSCRIBE ", b"M-SEARCH ", b"MKCOL ", b"LOCK ", b"UNLOCK ", b"COPY ",
    b"MOVE ", b"PROPPATCH ", b"PURGE ", b"LINK ", b"UNLINK ", b"SOURCE ",
)  # fmt: skip
MOST_ASKED = 256
_LONGEST_HEAD, _MOST_HEADERS, _LONGEST_LINE = 64 << 10, 256, 1 << 10
_METHOD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) +")
_VERSION = re.compile(r"HTTP/[0-9.]{0,5}\Z")
_TOKEN = re.compile(rb"[A-Z][A-Z_-]{0,31}(?: |\Z)")
_LIKE_REQUEST = re.compile(rb"[A-Z][A-Z_-]{2,31} [^\r\n]{0,4096}HTTP/1[^\r\n]{0,4}\r?\n")
_RESPONSE = re.compile(r"(HTTP/[0-9]\.[0-9]) +([0-9]{3})(?: ([^\r\n]*))?\Z")
_NUMBER = re.compile(r"[0-9]{1,18}\Z")
_BODILESS = frozenset({204, 304})


def begins(data: bytes) -> bool:
    """Whether a request begins here: with a known method, or else with a whole line of its form."""
    return data.startswith(METHODS) or _LIKE_REQUEST.match(data) is not None


@dataclass(slots=True)
class Head:
    """The first line and the headers of a message."""

    first: tuple[str, ...]
    """Method, target and version of a request; version, status and reason of a response."""
    headers: list[tuple[str, str]]
    """Name and value, as sent and in their order."""

    known: dict[str, str]
    """The first value of each, by its name in small letters."""

    @property
    def content_length(self) -> int | None:
        """Bytes of the body, where the head says so in one way only."""
        told = self.known.get("content-length", "").strip()
        return int(told) if told and _NUMBER.match(told) else None


class Messages:
    """One direction of a connection. `wants` is False once nothing more can be read of it."""

    __slots__ = ("_answers", "_chunked", "_fresh", "_left", "_rest", "_trailing", "asked", "ended", "wants")

    def __init__(self, asked: deque[tuple[str, str, str | None]], *, answers: bool) -> None:
        self._answers, self.asked = answers, asked
        """What was asked and not yet answered; shared by both directions: method, host and URL of each."""
        self._rest = b""
        self._left = 0
        """Bytes of the body that are still to come."""
        self._fresh = self._chunked = self._trailing = False
        self.wants = True
        self.ended = False
        """Whether another protocol follows: after CONNECT, or where both agreed to switch."""

    @property
    def held(self) -> int:
        """Bytes of a line or a head that is not whole."""
        return len(self._rest)

    @property
    def pending(self) -> bool:
        """Whether a message has begun and its head has not ended."""
        return bool(self._rest)

    def skip(self, count: int) -> None:
        """So many bytes were lost. Within a body that is no matter; elsewhere it is the end."""
        if count <= self._left and not self._rest:
            self._left, self._fresh = self._left - count, False
        else:
            self.wants = False

    def passes(self, size: int) -> bool:
        """Whether so many bytes are all of a body that goes on after them; they are passed over then."""
        if self._left > size and not self._fresh:
            self._left -= size
            return True
        return False

    def feed(self, data: bytes) -> list[Head]:
        """Heads that are complete with these bytes. Raises FormatError for what is no HTTP; then nothing follows."""
        if not self.wants:
            return []
        data, self._rest = self._rest + data, b""
        at, found = 0, []
        while at < len(data) and self.wants:
            if self._left:
                at = self._passed(data, at)
            elif self._chunked:
                at = self._chunk(data, at)
            elif self._trailing:
                at = self._trailer(data, at)
            else:
                head, at = self._head(data, at)
                if head is not None:
                    found.append(head)
            if self._rest:
                break
        return found

    def _passed(self, data: bytes, at: int) -> int:
        if self._fresh and self._answers and data.startswith(b"HTTP/1.", at):  # it had no body, whatever it said
            self._left, self._fresh = 0, False
            return at
        taken = min(self._left, len(data) - at)
        self._left, self._fresh = self._left - taken, False
        return at + taken

    def _chunk(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at)
        if end < 0:
            if len(data) - at > _LONGEST_LINE:
                self.wants = False
            self._rest = data[at:]
            return len(data)
        line = data[at:end].strip()
        if not line:  # the end of a chunk's line, or of the trailers
            return end + 1
        try:
            size = int(line.partition(b";")[0].strip()[:16], 16)
        except ValueError:
            self.wants = False
            return end + 1
        if size:
            self._left = size
        else:
            self._chunked, self._trailing = False, True
        return end + 1

    def _trailer(self, data: bytes, at: int) -> int:
        """Lines after the last chunk, to the one that is empty."""
        end = data.find(b"\n", at)
        if end < 0:
            self._rest, self.wants = data[at:], len(data) - at <= _LONGEST_LINE
            return len(data)
        self._trailing = bool(data[at:end].strip())
        return end + 1

    def _head(self, data: bytes, at: int) -> tuple[Head | None, int]:
        while at < len(data) and data[at] in b"\r\n":
            at += 1
        if at >= len(data):
            return None, at
        end, after = _end_of_head(data, at)
        if end < 0:
            if len(data) - at > _LONGEST_HEAD:
                raise self._over(f"expected a head of at most {_LONGEST_HEAD} bytes, got more")
            if not self._may_begin(data[at : at + 16]):
                raise self._over(f"expected a message, got {data[at : at + 16]!r:.60}")
            self._rest = data[at:]
            return None, len(data)
        lines = data[at:end].decode("utf-8", "backslashreplace").split("\n")
        line = lines[0].rstrip("\r")[:_LONGEST_HEAD]
        first = _status(line) if self._answers else _request(line)
        if first is None:
            raise self._over(f"expected a {'status' if self._answers else 'request'} line, got {lines[0][:40]!r:.60}")
        headers = _headers(lines[1:])
        known = {name.lower(): value for name, value in reversed(headers)}
        head = Head(first, headers, known)
        self._body(head)
        return head, after

    def _over(self, why: str) -> FormatError:
        self.wants = False
        return FormatError(f"HTTP: {why}")

    def _may_begin(self, start: bytes) -> bool:
        if self._answers:
            return start.startswith(b"HTTP/1.") or b"HTTP/1.".startswith(start)
        return _TOKEN.match(start) is not None

    def _body(self, head: Head) -> None:
        """How the body ends, so that what follows it is found."""
        status, method = 0, head.first[0]
        if self._answers:
            status = int(head.first[1])
            method = self.asked[0][0] if self.asked else ""
        switched = status == 101 or (method == "CONNECT" and status // 100 == 2)
        if switched or (not self._answers and method == "CONNECT"):
            self.ended, self.wants = True, False
            return
        if self._answers and (status // 100 == 1 or status in _BODILESS or method == "HEAD"):
            return
        length = head.content_length
        self._chunked = "chunked" in (head.known.get("transfer-encoding", "")).lower()
        if not self._chunked and length is None and self._answers:
            self.wants = False  # to the end of the connection
        self._left, self._fresh = (0, False) if self._chunked else (length or 0, bool(length))


def _end_of_head(data: bytes, at: int) -> tuple[int, int]:
    """Where the lines of a head end, and where what follows begins; -1 where they have not ended."""
    end, bare = data.find(b"\r\n\r\n", at), data.find(b"\n\n", at)
    if bare >= 0 and (end < 0 or bare < end):
        return bare, bare + 2
    return end, end + 4


def _request(line: str) -> tuple[str, ...] | None:
    """Method, target and version of the first line of a request; an empty text for what it does not have."""
    method = _METHOD.match(line)
    if method is None or "\r" in line:
        return None
    target = line[method.end() :].rstrip(" ")
    before, _, last = target.rpartition(" ")
    return (method[1], before.rstrip(" "), last) if _VERSION.match(last) else (method[1], target, "")


def _status(line: str) -> tuple[str, ...] | None:
    """Version, status and reason of the first line of a response."""
    found = _RESPONSE.match(line)
    return None if found is None else found.groups("")


def _headers(lines: list[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in lines[:_MOST_HEADERS]:
        if line[:1] in (" ", "\t") and found:
            name, value = found[-1]
            found[-1] = name, f"{value} {line.strip()}"
            continue
        stored, colon, rest = line.partition(":")
        if colon:
            found.append((stored, rest.strip()))
    return found
