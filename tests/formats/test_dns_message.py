"""DNS messages, byte by byte."""

import struct

import pytest

from bridle.core import FormatError
from bridle.formats import dns_message
from bridle.formats.dns_message import Answer, parse

NAME = b"\x03www\x07example\x03com\0"


def message(questions=0, answers=0, authority=0, additional=0, flags=0x8180, body=b""):
    return struct.pack(">6H", 0x1234, flags, questions, answers, authority, additional) + body


def record(kind, data, name=b"\xc0\x0c", ttl=60):
    return name + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def answered(*records, authority=0, additional=0):
    body = NAME + b"\0\1\0\1" + b"".join(records)
    return parse(message(1, len(records) - authority - additional, authority, additional, body=body))


def test_a_question():
    found = parse(message(1, flags=0x0100, body=NAME + b"\0\x41\0\1"))
    assert (found.number, found.is_response, found.questions) == (0x1234, False, [("www.example.com", "HTTPS")])


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        (1, bytes([192, 0, 2, 1]), ("A", "192.0.2.1")),
        (28, bytes.fromhex("20010db8000000000000000000000001"), ("AAAA", "2001:db8::1")),
        (5, b"\x03cdn\xc0\x10", ("CNAME", "cdn.example.com")),
        (2, b"\x02ns\xc0\x10", ("NS", "ns.example.com")),
        (12, NAME, ("PTR", "www.example.com")),
        (16, b"\x05v=one\x03two", ("TXT", "v=one two")),
        (15, b"\0\x0a\x02mx\xc0\x10", ("MX", "10 mx.example.com")),
        (33, struct.pack(">HHH", 1, 2, 443) + NAME, ("SRV", "1 2 443 www.example.com")),
        (6, b"\xc0\x0c\x05admin\xc0\x10" + struct.pack(">5I", 7, 60, 61, 62, 63),
         ("SOA", "www.example.com admin.example.com 7 60 61 62 63")),
        (1, b"\1\2\3", ("A", "\\# 3 010203")),
        (65280, b"\xff", ("TYPE65280", "\\# 1 ff")),
    ],
)  # fmt: skip
def test_answers(kind, data, told):
    found = answered(record(kind, data))
    assert found.answers == [Answer("www.example.com", told[0], 60, told[1], kind)]
    assert found.damaged is None


def test_a_service_with_keys_for_an_encrypted_hello():
    parameters = b"\0\1\0\6\2h2\2h3" + b"\0\3\0\2\x20\xfb" + b"\0\4\0\4\xc0\0\2\1" + b"\0\5\0\2\1\2" + b"\0\7\0\0"
    found = answered(record(65, b"\0\1\0" + parameters))
    assert [a.value for a in found.answers] == ["1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1 ech key7"]
    assert found.ech is True


def test_sections_are_told_apart_and_options_are_no_record():
    found = answered(
        record(1, bytes([192, 0, 2, 1])), record(2, b"\x02ns\xc0\x10", name=b"\xc0\x10"),
        record(41, b"", name=b"\0"), authority=1, additional=1,
    )  # fmt: skip
    assert [(a.name, a.value) for a in found.authority] == [("example.com", "ns.example.com")]
    assert found.additional == []
    assert len(found.answers) == 1


def test_a_name_that_does_not_exist():
    found = parse(message(1, flags=0x8183, body=NAME + b"\0\1\0\1"))
    assert (found.is_response, found.code) == (True, "NXDOMAIN")


def test_odd_bytes_of_names_are_told():
    found = parse(message(1, body=b"\x05a.b\\c\x04\xc3\xa4 x\0\0\1\0\1"))
    assert found.questions == [("a\\.b\\\\c.\\xc3\\xa4\\x20x", "A")]


def test_the_root_is_a_name():
    assert parse(message(1, body=b"\0\0\2\0\1")).questions == [("", "NS")]


def test_what_follows_damage_is_lost_and_said_so():
    found = answered(record(1, bytes([192, 0, 2, 1])), record(1, b"")[:-2] + b"\0\x40")
    assert [a.value for a in found.answers] == ["192.0.2.1"]
    assert found.damaged == "DNS: record: A: expected 64 bytes, got 0"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "expected at least 12 bytes, got 0"),
        (message(1, body=b"\xc0\x0c\0\1\0\1"), "expected a pointer back, got one from 12 to 12"),
        (message(1, body=b"\1a\xc0\x0e"), "expected a pointer back, got one from 14 to 14"),
        (message(1, body=b"\x80a\0\1\0\1"), "expected a label or a pointer, got 0x80"),
        (message(1, body=(b"\x3f" + b"a" * 63) * 5), "expected at most 255 bytes, got more"),
        (message(1, body=b"\3ww"), "question: index out of range"),
        (message(40), "expected at most 32 questions, got 40"),
        (message(0, 65535), "65535 records"),
    ],
)
def test_what_is_no_message_is_a_format_error(data, why):
    with pytest.raises(FormatError) as e:
        parse(data)
    assert why in str(e.value)


def test_pointers_to_pointers_end():
    body = b"\1a" + b"".join(b"\xc0" + bytes([14 + 2 * n - 2 * bool(n)]) for n in range(100))
    at = 12 + len(body)
    with pytest.raises(FormatError):
        parse(message(2, body=body[:2] + b"\0\0\1\0\1" + b"\xc0" + bytes([at & 0xFF]) + b"\0\1\0\1"))


@pytest.mark.parametrize(("last", "is_read"), [(61, True), (62, True), (63, False)])
def test_a_name_at_below_and_above_the_bound(last, is_read):
    """Three labels of 63 bytes and one more, each with its length; the end of the name does not count."""
    labels = [b"a" * 63] * 3 + [b"b" * last]
    body = b"".join(bytes([len(label)]) + label for label in labels) + b"\0\0\1\0\1"
    if is_read:
        assert parse(message(1, body=body)).questions == [(b".".join(labels).decode(), "A")]
    else:
        with pytest.raises(FormatError, match="name: expected at most 255 bytes, got more"):
            parse(message(1, body=body))


@pytest.mark.parametrize(("count", "is_read"), [(63, True), (64, True), (65, False)])
def test_pointers_at_below_and_above_the_bound(count, is_read):
    """Each points to the one before it, the first to a name of one letter."""
    data = b"\1a\0" + b"".join(struct.pack(">H", 0xC000 | max(0, 1 + 2 * n)) for n in range(count))
    data = data[:3] + b"\xc0\0" + data[5:]
    at = len(data) - 2
    if is_read:
        assert dns_message._name(data, at) == ("a", len(data))
    else:
        with pytest.raises(FormatError, match="name: expected a pointer back, got one from 3 to 0"):
            dns_message._name(data, at)


@pytest.mark.parametrize("count", [1_999, 2_000])
def test_records_at_and_below_the_bound(count):
    found = parse(message(0, count, body=record(1, bytes(4), b"\0") * count))
    assert (len(found.answers), found.damaged) == (count, None)


def test_records_above_the_bound():
    with pytest.raises(FormatError, match="expected at most 32 questions, got 0, and 2001 records"):
        parse(message(0, 2_001, body=record(1, bytes(4), b"\0") * 2_001))


@pytest.mark.parametrize("count", [31, 32])
def test_questions_at_and_below_the_bound(count):
    assert len(parse(message(count, body=(b"\0\0\1\0\1") * count)).questions) == count


def test_questions_above_the_bound():
    with pytest.raises(FormatError, match="expected at most 32 questions, got 33"):
        parse(message(33, body=(b"\0\0\1\0\1") * 33))
