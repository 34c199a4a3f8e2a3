"""Heads of HTTP messages, whatever way their bytes come, and the bodies between them."""

from collections import deque

import pytest

from bridle.core import FormatError
from bridle.formats.http_message import Messages, begins

GET = b"GET /a HTTP/1.1\r\nHost: example.com\r\nx-ODD:  two words \r\n\r\n"


def read(*pieces, answers=False, asked=()):
    messages = Messages(deque((method, "", None) for method in asked), answers=answers)
    return [head.first for piece in pieces for head in messages.feed(piece)], messages


def test_a_request_with_its_headers_in_order_and_case():
    (head,) = Messages(deque(), answers=False).feed(GET)
    assert head.first == ("GET", "/a", "HTTP/1.1")
    assert head.headers == [("Host", "example.com"), ("x-ODD", "two words")]
    assert head.known == {"host": "example.com", "x-odd": "two words"}


def test_one_byte_at_a_time():
    found, _ = read(*(GET[n : n + 1] for n in range(len(GET))))
    assert found == [("GET", "/a", "HTTP/1.1")]


def test_requests_after_each_other_in_one_piece():
    post = b"POST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nGET"
    assert read(GET + post + GET)[0] == [
        ("GET", "/a", "HTTP/1.1"),
        ("POST", "/b", "HTTP/1.1"),
        ("GET", "/a", "HTTP/1.1"),
    ]


def test_bodies_of_responses_are_passed_over():
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nHTTP/9.9 no response"
    second = b"HTTP/1.1 404 NotFound\r\nContent-Length: 0\r\n\r\n"
    assert read(first + second, answers=True)[0] == [("HTTP/1.1", "200", "OK"), ("HTTP/1.1", "404", "NotFound")]
    assert read(first[:50], first[50:], second, answers=True)[0][1][1] == "404"


def test_chunks_and_trailers_are_passed_over():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nHTTP/\r\n0\r\nTrailer: 1\r\n\r\n"
    both = chunked + b"HTTP/1.1 204 No Content\r\n\r\n"
    wanted = [("HTTP/1.1", "200", "OK"), ("HTTP/1.1", "204", "No Content")]
    assert read(both, answers=True)[0] == wanted
    assert read(*(both[n : n + 1] for n in range(len(both))), answers=True)[0] == wanted


def test_the_answer_to_head_has_no_body_whatever_it_says():
    pair = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" * 2
    assert len(read(pair, answers=True, asked=["HEAD", "HEAD"])[0]) == 2
    assert len(read(pair, answers=True)[0]) == 2  # also where what was asked was not captured


def test_a_response_without_a_length_goes_on_to_the_end():
    found, messages = read(b"HTTP/1.0 200 OK\r\n\r\nbody", b"HTTP/1.0 500 of the body\r\n\r\n", answers=True)
    assert found == [("HTTP/1.0", "200", "OK")]
    assert messages.wants is False


@pytest.mark.parametrize(
    ("status", "asked", "ended"),
    [(101, "GET", True), (200, "CONNECT", True), (403, "CONNECT", False), (200, "GET", False)],
)
def test_another_protocol_follows_a_switch_or_connect(status, asked, ended):
    _, messages = read(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % status, answers=True, asked=[asked])
    assert messages.ended is ended


def test_lost_bytes_matter_only_outside_a_body():
    messages = Messages(deque(), answers=True)
    messages.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
    messages.skip(80)
    assert [h.first[1] for h in messages.feed(b"0123456789HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")] == ["302"]
    assert messages.wants is True
    messages.skip(1)
    assert messages.wants is False


@pytest.mark.parametrize(
    ("line", "first"),
    [
        (b"GET / HTTP/1.", ("GET", "/", "HTTP/1.")),
        (b"GET /a b HTTP/1.1", ("GET", "/a b", "HTTP/1.1")),
        (b"GET /HTTP/1.1", ("GET", "/HTTP/1.1", "")),
        (b"GET /old", ("GET", "/old", "")),
        (b"OPTIONS * HTTP/1.1", ("OPTIONS", "*", "HTTP/1.1")),
        (b"GET /\xc3\xa4\xff HTTP/1.1", ("GET", "/ä\\xff", "HTTP/1.1")),
    ],
)
def test_odd_lines_of_requests(line, first):
    assert read(line + b"\r\n\r\n")[0] == [first]


def test_lines_may_end_in_a_line_feed_alone_and_be_folded():
    (head,) = Messages(deque(), answers=False).feed(b"GET / HTTP/1.1\nA: 1\n\t2\n\n")
    assert head.headers == [("A", "1 2")]


def test_a_length_that_is_no_number_is_none():
    (head,) = Messages(deque(), answers=False).feed(b"PUT / HTTP/1.1\r\nContent-Length: -5\r\n\r\n")
    assert head.content_length is None


@pytest.mark.parametrize(
    ("data", "answers"), [(b"\x00\x01\x02", False), (b"SMB nothing", True), (b"GET " + b"a" * 70_000, False)]
)
def test_what_is_no_http_is_a_format_error_and_nothing_follows(data, answers):
    messages = Messages(deque(), answers=answers)
    with pytest.raises(FormatError, match="HTTP: expected"):
        messages.feed(data)
    assert messages.wants is False
    assert messages.feed(GET) == []


def test_what_begins_a_request():
    assert begins(b"GET /")
    assert begins(b"CCM_POST /x HTTP/1.1\r\n")
    assert not begins(b"HELO mail.example.org\r\n")
