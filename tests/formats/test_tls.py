"""Hellos built field by field, each with what must be read from it."""

import random

import pytest

from bridle.core import FormatError
from bridle.formats import ja3, ja4, tls
from made_tls import (
    RFC_HELLO,
    RFC_SERVER_HELLO,
    alpn,
    certificates,
    client_hello,
    extension,
    message,
    numbers,
    record,
    server_hello,
    server_name,
    vector,
)

FULL = client_hello(
    (0x2A2A, 0x1301, 0xC02F),
    extension(0x0A0A)
    + server_name(b"www.example.org")
    + extension(10, vector(numbers(0x1A1A, 29, 23), 2))
    + extension(11, b"\1\0")
    + extension(13, vector(numbers(0x0804, 0x0403), 2))
    + alpn(b"h2", b"http/1.1")
    + extension(43, b"\x06" + numbers(0x7A7A, 0x0304, 0x0303))
    + extension(0xFE0D, b"\0" * 8),
    session=b"\x33" * 32,
)


def test_every_field_of_a_client_hello() -> None:
    assert tls.client_hello(FULL) == tls.ClientHello(
        legacy_version=0x0303,
        versions=(0x7A7A, 0x0304, 0x0303),
        ciphers=(0x2A2A, 0x1301, 0xC02F),
        extensions=(0x0A0A, 0, 10, 11, 13, 16, 43, 0xFE0D),
        groups=(0x1A1A, 29, 23),
        point_formats=(0,),
        signature_algorithms=(0x0804, 0x0403),
        alpn=(b"h2", b"http/1.1"),
        server_name="www.example.org",
        ech=True,
        length=len(FULL),
    )


def test_a_hello_without_extensions() -> None:
    hello = tls.client_hello(client_hello((0x0035,), None, legacy=0x0301))
    assert (hello.extensions, hello.server_name, hello.alpn, hello.ech) == ((), None, (), False)
    assert ja4.client(hello, "t") == ("t10i010000_692296a295db_000000000000", "t10i010000_0035_")
    assert ja3.client(hello) == ("769,53,,,", "851235d5e9d490f3e2b43db94ac71961")


def test_grease_is_left_out_of_both_fingerprints() -> None:
    hello = tls.client_hello(FULL)
    assert ja3.client(hello)[0] == "771,4865-49199,0-10-11-13-16-43-65037,29-23,0"
    assert ja4.client(hello, "t")[1] == "t13d0207h2_1301,c02f_000a,000b,000d,002b,fe0d_0804,0403"


@pytest.mark.parametrize(
    ("protocol", "letters"),
    [
        (b"h2", "h2"),
        (b"http/1.1", "h1"),
        (b"h", "hh"),
        (b"\xab", "ab"),
        (b"\xab\xcd", "ad"),
        (b"\x30\xab", "3b"),
        (b"\x30\x31\xab\xcd", "3d"),
        (b"\xab\x30", "a0"),
        (b"", "00"),
        (b"\x0a\x0a", "0a"),
        ("é".encode(), "c9"),
    ],
)
def test_letters_of_the_first_protocol(protocol: bytes, letters: str) -> None:
    hello = tls.client_hello(client_hello((0x1301,), alpn(protocol)))
    assert ja4.client(hello, "q")[0][:10] == f"q12i0101{letters}"


@pytest.mark.parametrize(
    ("legacy", "offered", "word"),
    [
        (0x0303, (), "12"), (0x0302, (), "11"), (0x0301, (), "10"), (0x0300, (), "s3"), (0x0002, (), "s2"),
        (0x0303, (0x0304,), "13"), (0x0303, (0x0303, 0x0304, 0x8A8A), "13"), (0x0305, (), "00"),
        (0x0303, (0x7F17,), "00"),
        (0xFEFF, (), "d1"), (0xFEFD, (), "d2"), (0xFEFD, (0xFEFD, 0xFEFC), "d3"),
    ],
)  # fmt: skip
def test_the_version_is_the_newest_offered(legacy: int, offered: tuple[int, ...], word: str) -> None:
    more = extension(43, vector(numbers(*offered), 1)) if offered else b""
    hello = tls.client_hello(client_hello((0x1301,), more, legacy=legacy, cookie=b"" if legacy >= 0xFE00 else None))
    assert ja4.client(hello, "d")[0][:3] == f"d{word}"


def test_counts_stop_at_99() -> None:
    hello = tls.client_hello(client_hello(tuple(range(1, 121)), b"".join(extension(n) for n in range(200, 305))))
    assert ja4.client(hello, "t")[0].startswith("t12i999900_")


def test_a_server_hello() -> None:
    plain = tls.server_hello(server_hello(0xC030, extension(0xFF01, b"\0") + extension(11, b"\1\0") + alpn(b"h2")))
    assert plain == tls.ServerHello(
        legacy_version=0x0303,
        version=0x0303,
        cipher=0xC030,
        extensions=(0xFF01, 11, 16),
        alpn=(b"h2",),
        retry=False,
        length=64,
    )
    assert ja3.server(plain)[0] == "771,49200,65281-11-16"
    newer = tls.server_hello(RFC_SERVER_HELLO)
    assert (newer.legacy_version, newer.version, newer.cipher, newer.extensions) == (0x0303, 0x0304, 0x1301, (51, 43))
    retry = tls.server_hello(server_hello(0x1301, extension(43, b"\3\4"), random=tls.RETRY_RANDOM))
    assert (retry.retry, retry.version) == (True, 0x0304)


def test_a_server_hello_of_the_drafts_has_no_session_id() -> None:
    body = numbers(0x7F12) + b"\x22" * 32 + numbers(0x1301) + vector(extension(51, b"\0\x1d"), 2)
    hello = tls.server_hello(message(2, body))
    assert (hello.version, hello.cipher, hello.extensions) == (0x7F12, 0x1301, (51,))


def test_names() -> None:
    def named(body: bytes) -> str | None:
        return tls.client_hello(client_hello((0x1301,), body)).server_name

    assert named(server_name(b"B\xc3\xbccher.example")) == r"B\xc3\xbccher.example"
    assert named(extension(0)) is None
    assert named(server_name(b"")) is None
    other = extension(0, vector(b"\1" + vector(b"x", 2) + b"\0" + vector(b"example.net", 2), 2))
    assert named(other) == "example.net"
    assert len(named(server_name(b"a" * 5_000)) or "") == 1_024


def test_certificates_of_a_message() -> None:
    assert tls.certificates(certificates(b"one", b"", b"three")) == [b"one", b"", b"three"]
    assert tls.certificates(certificates()) == []
    with pytest.raises(FormatError, match="does not fit"):
        tls.certificates(message(11, vector(vector(b"one", 3)[:-1], 3)))


@pytest.mark.parametrize("count", [63, 64])
def test_certificates_at_and_below_the_bound(count: int) -> None:
    assert tls.certificates(certificates(*[b"x"] * count)) == [b"x"] * count


def test_certificates_above_the_bound() -> None:
    with pytest.raises(FormatError, match="TLS: expected at most 64 certificates, got more"):
        tls.certificates(certificates(*[b"x"] * 65))


@pytest.mark.parametrize(("length", "is_read"), [(524_287, True), (524_288, True), (524_289, False)])
def test_a_message_at_below_and_above_the_bound(length: int, is_read: bool) -> None:
    """As a whole, and by what its beginning says while the rest has not come."""
    whole = RFC_HELLO.ljust(length, b"\0")
    if is_read:
        assert tls.client_hello(whole) == tls.client_hello(RFC_HELLO)
    else:
        with pytest.raises(FormatError, match="expected a client hello of 39 to 524288 bytes, got 524289"):
            tls.client_hello(whole)
    records = tls.Records()
    assert records.feed(record(b"\1" + (length - 4).to_bytes(3, "big") + bytes(9_000))) == []
    assert (records.ended, records.unfinished) == ((None, 9_004) if is_read else ("limit", 0))


@pytest.mark.parametrize("cut", [0, 1, 4, 38, 60, len(RFC_HELLO) - 1])
def test_a_hello_that_is_cut(cut: int) -> None:
    with pytest.raises(FormatError):
        tls.client_hello(RFC_HELLO[:cut])


def test_a_hello_of_which_a_length_lies() -> None:
    for at in (38, 40, 45, 47, 48, 51):
        data = bytearray(RFC_HELLO)
        data[at] = 0xFF
        with pytest.raises(FormatError):
            tls.client_hello(data)


def test_damage_raises_only_what_a_format_raises() -> None:
    noise = random.Random(5)
    read = {1: tls.client_hello, 2: tls.server_hello, 11: tls.certificates}
    for original in (RFC_HELLO, FULL, RFC_SERVER_HELLO, certificates(b"one", b"two")):
        for _ in range(1_000):
            data = bytearray(original)
            for _ in range(noise.randrange(1, 4)):
                data[noise.randrange(len(data))] = noise.randrange(256)
            try:
                found = read[original[0]](bytes(data))
            except FormatError:
                continue
            if isinstance(found, tls.ClientHello):
                ja3.client(found), ja4.client(found, "t")


def test_messages_across_records_and_segments() -> None:
    chain = certificates(b"c" * 300)
    stream = (
        record(RFC_SERVER_HELLO + chain[:50])
        + record(chain[50:])
        + record(b"\2\x28", kind=21)
        + record(message(14, b""))
    )
    for step in (1, 7, 1_000):
        records = tls.Records()
        found = [m for at in range(0, len(stream), step) for m in records.feed(stream[at : at + step])]
        assert found == [(2, RFC_SERVER_HELLO), (11, chain), (14, message(14, b""))]
        assert (records.done, records.unfinished) == (False, 0)


def test_records_end_where_encryption_begins() -> None:
    records = tls.Records()
    stream = record(RFC_HELLO) + record(b"\1", kind=20) + record(b"\x51" * 40) + record(FULL)
    assert records.feed(stream) == [(1, RFC_HELLO)]
    assert (records.done, records.ended) == (True, "encrypted")
    assert records.feed(record(FULL)) == []
    early = tls.Records()
    assert early.feed(record(RFC_HELLO) + record(b"\0" * 60, kind=23)) == [(1, RFC_HELLO)]
    assert early.ended == "encrypted"


def test_a_second_hello_after_a_change_of_cipher_is_read() -> None:
    records = tls.Records()
    assert records.feed(record(FULL) + record(b"\1", kind=20) + record(RFC_HELLO)) == [(1, FULL), (1, RFC_HELLO)]
    assert not records.done


def test_what_is_no_tls_ends_at_once() -> None:
    records = tls.Records()
    assert records.feed(b"GET / HTTP/1.1\r\n") == []
    assert (records.done, records.ended) == (True, "not TLS")


def test_what_is_held_is_bounded() -> None:
    records = tls.Records()
    assert records.feed(record(b"\1\xff\xff\xff" + bytes(9_000))) == []
    assert (records.ended, records.unfinished) == ("limit", 0)
    slow = tls.Records()
    for _ in range(1_100):
        slow.feed(record(b"\1" * 1_000, kind=21))
    assert slow.ended == "limit"


def test_where_a_hello_begins() -> None:
    assert tls.begins(record(RFC_HELLO))
    assert tls.begins(memoryview(b"220 ready\r\n" + record(RFC_SERVER_HELLO, version=0x0303)), 11)
    assert not tls.begins(record(RFC_HELLO)[:5])
    assert not tls.begins(record(certificates(b"x")))
    assert not tls.begins(record(b"\1", kind=20))
    assert not tls.begins(b"GET / HTTP/1.1\r\n")


def test_a_long_chain_in_records_of_one_byte() -> None:
    chain = certificates(b"c" * 300_000)
    records = tls.Records()
    found = [m for at in range(len(chain)) for m in records.feed(record(chain[at : at + 1]))][:1]
    assert found == []
    assert records.ended == "limit"  # six bytes for each one that counts
    whole = tls.Records()
    stream = b"".join(record(chain[at : at + 1_000]) for at in range(0, len(chain), 1_000))
    assert whole.feed(stream) == [(11, chain)]


def test_a_hello_that_ends_before_its_session_is_a_format_error():
    whole = server_hello(0x1301, None, legacy=0x0304)
    cut = message(2, whole[4:38])
    with pytest.raises(FormatError):
        tls.server_hello(cut)


@pytest.mark.parametrize("size", [0, 34])
def test_a_hello_that_says_it_is_shorter_than_any_is_a_format_error(size: int) -> None:
    for kind, read in ((b"\1", tls.client_hello), (b"\2", tls.server_hello)):
        with pytest.raises(FormatError, match="expected a whole"):
            read(kind + size.to_bytes(3, "big") + bytes(60))
