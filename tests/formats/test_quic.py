"""The worked examples of RFC 9001, appendix A and RFC 9369, appendix A, and packets built by hand."""

import random

import pytest

from bridle.core import FormatError
from bridle.formats import ja4, quic, tls
from bridle.formats.quic_frames import LONGEST_STREAM, Crypto
from bridle.formats.quic_keys import V2, pair
from made_tls import RFC_HELLO, RFC_SERVER_HELLO, alpn, client_hello, crypto, initial, server_hello

CHOSEN = bytes.fromhex("8394c8f03e515708")
SERVER = bytes.fromhex("f067a5502a4262b5")
V1 = 1
FULL = crypto(0, RFC_HELLO) + bytes(1162 - 4 - len(RFC_HELLO))
ANSWER = bytes.fromhex("02000000000600405a") + RFC_SERVER_HELLO


def client(version: int) -> bytes:
    """The whole first datagram of the appendices A.2."""
    return initial(FULL, keys_from=CHOSEN, destination=CHOSEN, number=2, version=version)


def server(version: int) -> bytes:
    """The packet of the appendices A.3."""
    return initial(
        ANSWER,
        keys_from=CHOSEN,
        destination=b"",
        source=SERVER,
        side=b"server in",
        number=1,
        number_size=2,
        version=version,
    )


def test_the_keys_of_version_1() -> None:
    one, other = pair(V1, CHOSEN)
    assert one.secret.hex() == "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea"
    assert (one.key.hex(), one.iv.hex()) == ("1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c")
    assert one.mask.hex() == "9f50449e04a0e810283a1e9933adedd2"
    assert (other.key.hex(), other.iv.hex()) == ("cf3a5331653c364c88f0f379b6067e37", "0ac1493ca1905853b0bba03e")
    assert other.mask.hex() == "c206b8d9b9f0f37644430b490eeaa314"


def test_the_keys_of_version_2() -> None:
    one, other = pair(V2, CHOSEN)
    assert one.secret.hex() == "14ec9d6eb9fd7af83bf5a668bc17a7e283766aade7ecd0891f70f9ff7f4bf47b"
    assert (one.key.hex(), one.iv.hex()) == ("8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f")
    assert one.mask.hex() == "45b95e15235d6f45a6b19cbcb0294ba9"
    assert (other.key.hex(), other.iv.hex()) == ("82db637861d55e1d011f19ea71d5d2a7", "dd13c276499c0249d3310652")
    assert other.mask.hex() == "edf6d05c83121201b436e16877593c3a"


def test_the_packets_are_those_of_the_standards() -> None:
    assert len(client(V1)) == len(client(V2)) == 1200
    assert client(V1).hex().startswith("c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b")
    assert client(V1).hex().endswith("e221af44860018ab0856972e194cd934")
    assert client(V2).hex().startswith("d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485dd04de806071")
    assert client(V2).hex().endswith("a18b2faa745b6fe189cf772a9f84cbfc")
    assert server(V1).hex() == (
        "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede"
        "4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06ed"
        "bb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee"
    )
    assert server(V2).hex() == (
        "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698baeea26b91eb761d9b89237bbf87263017915358230035"
        "f7fd3945d88965cf17f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2c984c707f0a0812d8cd5a6881eaf"
        "21ceda98f4bd23f6fe1a3e2c43edd9ce7ca84bed8521e2e140"
    )


@pytest.mark.parametrize("version", [V1, V2, 0xFF00001D])
def test_both_hellos_of_a_connection(version: int) -> None:
    flow = quic.Initials()
    assert flow.feed(client(version)) == [("client", 1, RFC_HELLO)]
    assert flow.feed(server(version)) == [("server", 2, RFC_SERVER_HELLO)]
    assert (flow.version, flow.unfinished, flow.done) == (version, 0, True)
    assert flow.feed(client(version)) == []
    assert tls.client_hello(RFC_HELLO).server_name == "example.com"
    assert tls.server_hello(RFC_SERVER_HELLO).version == 0x0304


def test_ja4_of_the_standards_hello() -> None:
    found, raw = ja4.client(tls.client_hello(RFC_HELLO), "q")
    assert raw == (
        "q13d0211an_1301,1302_0005,000a,000d,001c,002b,002d,0033,0039,ff01_0403,0503,0603,0203,0804,0805,0806"
    )
    assert found == "q13d0211an_62ed6f6ca7ad_4d634acda6c0"


def test_a_hello_in_pieces_over_two_datagrams_in_any_order() -> None:
    pieces = [(0, 50), (40, 100), (100, 180), (180, len(RFC_HELLO))]
    frames = [crypto(a, RFC_HELLO[a:b]) for a, b in pieces]
    one = b"\x01" + frames[3] + b"\0\0" + frames[1]
    two = bytes.fromhex("020001000000") + frames[2] + frames[0]
    flow = quic.Initials()
    assert flow.feed(initial(one, keys_from=CHOSEN, destination=CHOSEN, source=b"abc", number=0)) == []
    assert flow.unfinished == (len(RFC_HELLO) - 180) + 60
    assert flow.feed(initial(two, keys_from=CHOSEN, destination=CHOSEN, source=b"abc", number=1)) == [
        ("client", 1, RFC_HELLO)
    ]


def test_two_packets_in_one_datagram_with_another_type_between_and_padding_behind() -> None:
    one = initial(crypto(0, RFC_HELLO[:90]), keys_from=CHOSEN, destination=CHOSEN, number=0)
    early = bytes([0xD0]) + V1.to_bytes(4, "big") + bytes([8]) + CHOSEN + b"\0" + b"\x40\x40" + bytes(64)
    two = initial(crypto(90, RFC_HELLO[90:]), keys_from=CHOSEN, destination=CHOSEN, number=1)
    assert quic.Initials().feed(one + early + two + bytes(100)) == [("client", 1, RFC_HELLO)]


def test_after_a_retry_the_keys_come_from_the_id_the_server_gave() -> None:
    flow = quic.Initials()
    assert flow.feed(client(V1)) == [("client", 1, RFC_HELLO)]
    retry = bytes([0xF0]) + V1.to_bytes(4, "big") + b"\0" + bytes([8]) + SERVER + b"token" + bytes(16)
    assert flow.feed(retry) == []
    again = initial(FULL, keys_from=SERVER, destination=SERVER, number=3, token=b"token")
    assert flow.feed(again) == []  # the same hello, and said once
    answer = initial(ANSWER, keys_from=SERVER, destination=b"", source=b"other", side=b"server in")
    assert flow.feed(answer) == [("server", 2, RFC_SERVER_HELLO)]


def test_a_server_that_asks_for_a_second_hello_has_not_answered() -> None:
    flow, again = quic.Initials(), client_hello((0x1302,), alpn(b"h3"))
    retry = server_hello(0x1302, None, random=tls.RETRY_RANDOM)
    assert flow.feed(client(V1)) == [("client", 1, RFC_HELLO)]
    asked = initial(crypto(0, retry), keys_from=CHOSEN, destination=b"", source=SERVER, side=b"server in")
    assert flow.feed(asked) == [("server", 2, retry)]
    second = initial(crypto(len(RFC_HELLO), again), keys_from=CHOSEN, destination=SERVER, number=3)
    assert flow.feed(second) == [("client", 1, again)]
    rest = crypto(len(retry), RFC_SERVER_HELLO)
    answer = initial(rest, keys_from=CHOSEN, destination=b"", source=SERVER, side=b"server in", number=1)
    assert flow.feed(answer) == [("server", 2, RFC_SERVER_HELLO)]
    assert flow.done


def test_a_client_that_uses_the_servers_id_goes_on_with_its_first_keys() -> None:
    flow = quic.Initials()
    half = crypto(0, RFC_HELLO[:100])
    assert flow.feed(initial(half, keys_from=CHOSEN, destination=CHOSEN, source=b"me", number=0)) == []
    assert flow.feed(
        initial(ANSWER, keys_from=CHOSEN, destination=b"me", source=SERVER, side=b"server in", number=0)
    ) == [("server", 2, RFC_SERVER_HELLO)]
    rest = initial(crypto(100, RFC_HELLO[100:]), keys_from=CHOSEN, destination=SERVER, source=b"me", number=1)
    assert flow.feed(rest) == [("client", 1, RFC_HELLO)]


def test_a_packet_number_of_which_only_the_last_byte_is_sent() -> None:
    flow = quic.Initials()
    flow.feed(initial(crypto(0, RFC_HELLO[:9]), keys_from=CHOSEN, destination=CHOSEN, number=254, number_size=1))
    rest = initial(crypto(9, RFC_HELLO[9:]), keys_from=CHOSEN, destination=CHOSEN, number=257, number_size=1)
    assert flow.feed(rest) == [("client", 1, RFC_HELLO)]


def test_what_no_key_opens_is_tried_a_few_times_only() -> None:
    flow, noise = quic.Initials(), random.Random(7)
    for _ in range(40):
        head = bytes([0xC3]) + V1.to_bytes(4, "big") + bytes([8]) + noise.randbytes(8) + b"\0\0\x40\x60"
        assert flow.feed(head + noise.randbytes(96)) == []
    assert flow.done


def test_a_packet_longer_than_its_datagram_is_refused_and_others_are_not_looked_at() -> None:
    with pytest.raises(FormatError, match=r"do(es)? not fit"):
        quic.Initials().feed(client(V1)[:600])
    assert quic.Initials().feed(b"\x40" + bytes(60)) == []
    assert quic.Initials().feed(b"") == []
    assert not quic.looks_initial(bytes([0xC0, 0, 0, 0, 9]) + bytes(60))


def test_a_stream_is_bounded() -> None:
    stream = Crypto()
    stream.add(LONGEST_STREAM - 1, b"ab")
    stream.add(0, b"\1\0\0\2ab")
    assert list(stream.messages()) == [b"\1\0\0\2ab"]
    for offset in range(8, 5_000, 2):
        stream.add(offset, b"x")
    assert stream.held == 1_022


def test_damage_raises_only_what_a_format_raises() -> None:
    noise = random.Random(11)
    for _ in range(2_000):
        data = bytearray(client(V1) if noise.random() < 0.5 else server(V2))
        for _ in range(noise.randrange(1, 6)):
            data[noise.randrange(min(len(data), 60))] = noise.randrange(256)
        flow = quic.Initials()
        try:
            flow.feed(bytes(data[: noise.randrange(len(data))]) if noise.random() < 0.5 else bytes(data))
        except FormatError:
            continue
