"""Datagrams with handshakes, built field by field."""

import random

from bridle.formats import dtls, ja4, tls
from made_tls import alpn, certificates, client_hello, datagram_record, fragment, record, server_hello

HELLO = client_hello((0xC02B, 0xC02F), alpn(b"webrtc"), legacy=0xFEFD, cookie=b"\x05" * 20)
LENGTH = len(HELLO) - 4


def test_a_hello_with_a_cookie() -> None:
    datagram = datagram_record(fragment(HELLO, 0, 0, LENGTH))
    assert dtls.looks(datagram)
    assert dtls.Handshakes().feed(datagram) == [(1, HELLO)]
    hello = tls.client_hello(HELLO)
    assert (hello.ciphers, hello.alpn) == ((0xC02B, 0xC02F), (b"webrtc",))
    assert ja4.client(hello, "d")[1] == "dd2i0201wc_c02b,c02f_"


def test_fragments_in_any_order_twice_and_overlapping() -> None:
    chain = certificates(b"c" * 500)
    size = len(chain) - 4
    parts = [(300, size), (0, 200), (0, 200), (150, 320)]
    flow = dtls.Handshakes()
    found = [m for a, b in parts for m in flow.feed(datagram_record(fragment(chain, 2, a, b)))]
    assert found == [(11, chain)]
    assert flow.feed(datagram_record(fragment(chain, 2, 0, size))) == []


def test_several_messages_and_records_in_one_datagram() -> None:
    answer = server_hello(0xC02B, None, legacy=0xFEFD)
    one = datagram_record(fragment(answer, 1, 0, len(answer) - 4) + fragment(certificates(), 2, 0, 3))
    two = datagram_record(fragment(HELLO, 3, 0, LENGTH))
    assert dtls.Handshakes().feed(one + two) == [(2, answer), (11, certificates()), (1, HELLO)]


def test_what_is_encrypted_ends_it() -> None:
    flow = dtls.Handshakes()
    assert flow.feed(datagram_record(b"\1", kind=20) + datagram_record(fragment(HELLO, 0, 0, LENGTH))) == []
    assert flow.done
    later = dtls.Handshakes()
    assert later.feed(datagram_record(fragment(HELLO, 0, 0, LENGTH), epoch=1)) == []
    assert later.done


def test_what_does_not_look_like_it() -> None:
    assert not dtls.looks(record(HELLO))
    assert not dtls.looks(datagram_record(fragment(HELLO, 0, 0, LENGTH), epoch=1))
    assert not dtls.looks(datagram_record(b"\x99" * 40))
    assert not dtls.looks(b"")


def test_lies_about_lengths_are_left_out_and_all_is_bounded() -> None:
    flow = dtls.Handshakes()
    for number in range(300):
        flow.feed(datagram_record(fragment(b"\1\0\xff\xff" + b"x" * 1_000, number, 0, 1_000)))
    assert flow.done
    lying = dtls.Handshakes()
    assert lying.feed(datagram_record(b"\1\0\0\5\0\0\0\0\0\0\0\x09" + b"x" * 9)) == []
    assert lying.feed(datagram_record(b"\1\2\0\0\0\0\0\0\0\0\0\x09" + b"x" * 9)) == []
    noise = random.Random(2)
    for _ in range(2_000):
        data = bytearray(datagram_record(fragment(HELLO, 0, 0, LENGTH)))
        data[noise.randrange(30)] = noise.randrange(256)
        dtls.Handshakes().feed(data)
