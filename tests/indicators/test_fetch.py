"""HTTPS against a server that is slow, lies, breaks off or sends too much."""

import contextlib
import gzip
import socket
import threading
import time
import tracemalloc

import pytest

from bridle import __version__
from bridle.indicators import fetch
from bridle.indicators.addresses import AddressError, checked, shown
from bridle.indicators.fetch import Answer, Fetcher, FetchError, NotThereError
from https_server import HttpsServer, answer, chunked, slowly

FEED = b"lure.example.org\n"


@pytest.fixture
def fetcher(authority):
    return Fetcher(authority.file, seconds=5)


def refused(fetcher, url, largest=1000):
    with pytest.raises(FetchError) as said:
        fetcher.get(url, largest)
    return str(said.value)


@pytest.mark.parametrize(
    "answered",
    [
        answer(FEED),
        answer(gzip.compress(FEED), headers=("Content-Encoding: gzip",)),
        chunked(FEED[:5], FEED[5:]),
        chunked(gzip.compress(FEED), headers=("Content-Encoding: gzip",)),
        b"HTTP/1.0 200 OK\r\n\r\n" + FEED,
    ],
    ids=["length", "gzip", "chunked", "chunked gzip", "until close"],
)
def test_a_whole_answer(server, fetcher, answered):
    server.plays["/feed.txt"] = answered
    assert fetcher.get(server.url("/feed.txt")) == Answer(FEED)
    head = server.heads[0].decode()
    assert head.splitlines()[0] == "GET /feed.txt HTTP/1.1"
    assert f"User-Agent: bridle/{__version__}" in head
    assert "Python" not in head


def test_a_query_is_sent_but_never_shown(server, fetcher):
    assert refused(fetcher, server.url("/feed.txt?token=secret")) == (
        f"https://localhost:{server.port}/feed.txt: the server has no such file (404)"
    )
    assert server.paths == ["/feed.txt?token=secret"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.org/a", "only https:// addresses are fetched, got 'http://example.org/a'"),
        ("file:///etc/passwd", "only https:// addresses are fetched, got 'file:///etc/passwd'"),
        ("https://", "expected https://HOST/PATH without a name and password, got 'https://'"),
        (
            "https://name:word@example.org/a",
            "expected https://HOST/PATH without a name and password, got 'https://example.org/a'",
        ),
        ("https://example.org/a b", "expected an address of printable ASCII characters, got 'https://example.org/a b'"),
        ("https://example.org/\r\nX: y", "expected an address of printable ASCII characters, got "),
        ("https://ex\u0430mple.org/", "expected an address of printable ASCII characters, got "),
        ("https://example.org:99999/", "expected an address, got 'https://example.org:99999/': Port out of range"),
        ("https://[::1/", "expected an address, got 'https://[::1/': Invalid IPv6 URL"),
    ],
)
def test_addresses_that_are_not_fetched(fetcher, url, reason):
    with pytest.raises(AddressError) as said:
        checked(url)
    assert str(said.value).startswith(reason)
    assert reason in refused(fetcher, url)


def test_what_is_shown_of_an_address():
    assert shown("https://me:word@example.org:8443/a/b.csv?key=1#f") == "https://example.org:8443/a/b.csv"
    assert shown("feed.csv") == "feed.csv"


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        (answer(FEED, length=1000), "it ended after 17 of 1000 bytes; try again"),
        (chunked(FEED, end=False), "no whole answer: it broke off after 17 bytes; try again"),
        (answer(b"x" * 1001), "it declares 1,001 bytes, more than 1,000 bytes"),
        (answer(b"", length=5_000_000_000), "it declares 5,000,000,000 bytes, more than 1,000 bytes"),
        (chunked(b"x" * 600, b"x" * 600), "larger than 1,000 bytes; the limit is there so that no server can fill"),
        (answer(FEED, headers=("Content-Encoding: br",)), "an encoding that was not asked for: 'br'"),
        (answer(FEED, headers=("Content-Encoding: gzip",)), "Error -3 while decompressing data"),
        (
            answer(gzip.compress(FEED)[:-4], headers=("Content-Encoding: gzip",)),
            "its gzip encoding does not end where it should; try again",
        ),
        (
            answer(gzip.compress(FEED) + b"more", headers=("Content-Encoding: gzip",)),
            "its gzip encoding does not end where it should; try again",
        ),
        (answer(b"x", "500 Internal Server Error"), "the server answered 500 'Internal Server Error'; try again later"),
        (answer(b"x", "206 Partial Content"), "the server answered 206 'Partial Content'; try again later"),
        (b"SSH-2.0-OpenSSH\r\n", "no whole answer: BadStatusLine("),
        (b"", "no whole answer: RemoteDisconnected("),
        (
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
            "no whole answer: HTTPException('got more than 100 headers')",
        ),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "no whole answer: LineTooLong("),
        (
            answer(b"<!DOCTYPE html><title>Log in</title>"),
            " answered with a web page, not a feed; open it in a browser",
        ),
        (answer(b"\n <html>"), " answered with a web page, not a feed; open it in a browser"),
    ],
)
def test_answers_that_are_no_whole_file(server, fetcher, answered, reason):
    server.plays["/feed"] = answered
    said = refused(fetcher, server.url("/feed"))
    assert said.startswith(server.url("/feed"))
    assert said.removeprefix(server.url("/feed")).removeprefix(": ").startswith(reason.removeprefix(": "))


def test_a_gzip_bomb_is_never_unpacked(server, fetcher):
    bomb = gzip.compress(bytes(50_000_000))
    server.plays["/feed"] = answer(bomb, headers=("Content-Encoding: gzip",))
    tracemalloc.start()
    assert "larger than 100,000 bytes" in refused(fetcher, server.url("/feed"), 100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_an_end_that_tls_does_not_vouch_for(server, fetcher):
    """Without a length only TLS's own end says that all is there; whoever cuts the connection cannot make it."""
    server.plays["/feed"] = lambda tls, head: tls.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + FEED)
    assert "the connection broke off: " in refused(fetcher, server.url("/feed"))


@pytest.mark.parametrize(
    "begin",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_endless_answers_fill_no_memory(server, authority, begin):
    drip = b"HTTP/1.1 100 Continue\r\n\r\n" * 40_000 if b" 100 " in begin else b"x" * 1_000_000
    server.plays["/feed"] = slowly(server, begin, drip, every=0.001)
    tracemalloc.start()
    said = refused(Fetcher(authority.file, seconds=20), server.url("/feed"), 100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "larger than 100,000 bytes" in said
    assert peak < 12_000_000


def test_the_bytes_of_all_files_are_bounded(server, fetcher, monkeypatch, authority):
    monkeypatch.setattr(fetch, "LARGEST_UPDATE", 40)
    fetcher = Fetcher(authority.file)
    url = server.serve("/feed", FEED)
    assert [fetcher.get(url), fetcher.get(url)] == [Answer(FEED), Answer(FEED)]
    assert "it declares 17 bytes, more than 6 bytes" in refused(fetcher, url)


def test_a_file_that_is_not_there(server, fetcher):
    with pytest.raises(NotThereError):
        fetcher.get(server.url("/none"))


@pytest.mark.parametrize(
    ("begin", "drip"),
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
    ids=["silence", "head", "continue", "body", "chunks", "until close"],
)
def test_a_drip_does_not_hold_us(server, authority, begin, drip):
    server.plays["/feed"] = slowly(server, begin, drip)
    began = time.monotonic()
    said = refused(Fetcher(authority.file, seconds=0.4), server.url("/feed"), 1 << 20)
    assert said == f"{server.url('/feed')}: not done within its time (0.4 s, 30 s without a byte)"
    assert time.monotonic() - began < 3


def test_silence_ends_before_the_time_is_over(server, authority, monkeypatch):
    monkeypatch.setattr(fetch, "IDLE", 0.3)
    server.plays["/feed"] = lambda tls, head: server.ended.wait(5)
    assert "0.3 s without a byte" in refused(Fetcher(authority.file, seconds=60), server.url("/feed"))


def test_a_handshake_that_stalls(authority, server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://localhost:{silent.getsockname()[1]}/"
        assert "not done within its time" in refused(Fetcher(authority.file, seconds=0.3), url)


def test_a_resolver_that_does_not_answer(authority, server, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: server.ended.wait(5) and [])
    assert "not done within its time" in refused(Fetcher(authority.file, seconds=0.3), server.serve("/feed", FEED))


def test_a_host_that_nobody_knows(fetcher, server, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refused(fetcher, "https://feeds.example.org/a?b") == (
        "https://feeds.example.org/a: the host is not known; are you online?"
    )


def test_the_time_of_all_files_is_bounded(server, authority):
    fetcher = Fetcher(authority.file, seconds=60, seconds_of_all=0)
    assert "not done within its time" in refused(fetcher, server.serve("/feed", FEED))
    assert server.heads == []


def test_redirects(server, fetcher):
    server.serve("/feed", FEED)
    server.plays["/a"] = answer(b"", "302 Found", ("Location: /b",))
    server.plays["/b"] = answer(b"", "301 Moved", (f"Location: {server.url('/feed', '127.0.0.1')}",))
    assert fetcher.get(server.url("/a")) == Answer(FEED, (f"{server.url('/b')} sends to 127.0.0.1",))


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("/loop", "more than 5 redirects"),
        ("http://localhost/feed", "only https:// addresses are fetched, got 'http://localhost/feed'"),
        ("file:///etc/passwd", "only https:// addresses are fetched, got 'file:///etc/passwd'"),
        ("", "redirects to nowhere"),
        ("https://[", "Invalid IPv6 URL; try again"),
        ("https://localhost:port/", "expected an address, got 'https://localhost:port/'"),
        ("https://\xe9.example.org/", "expected an address of printable ASCII characters"),
    ],
)
def test_redirects_that_are_not_followed(server, fetcher, place, reason):
    head = f"HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"
    server.plays["/loop"] = head.encode("latin-1")
    assert reason in refused(fetcher, server.url("/loop"))
    assert len(server.heads) == (6 if place == "/loop" else 1)


@pytest.mark.parametrize(
    ("host", "expired", "reason"),
    [
        ("elsewhere.example", False, "Hostname mismatch"),
        ("localhost", True, "certificate has expired"),
    ],
)
def test_certificates_that_are_not_valid(authority, server, fetcher, host, expired, reason):
    wrong = HttpsServer(authority.context(host, expired))
    wrong.serve("/feed", FEED)
    said = refused(fetcher, wrong.url("/feed"))
    wrong.close()
    assert "the certificate is not valid" in said
    assert reason in said
    assert wrong.heads == []


def test_an_authority_that_nobody_named(server):
    assert "unable to get local issuer certificate" in refused(Fetcher(), server.serve("/feed", FEED))


def test_certificates_that_are_none(tmp_path):
    (tmp_path / "ca.pem").write_text("none")
    with pytest.raises(FetchError, match="holds no certificates in PEM"):
        Fetcher(tmp_path / "ca.pem")


def test_nobody_listens(fetcher, server):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"https://localhost:{taken.getsockname()[1]}/feed"
    assert refused(fetcher, url) == f"{url}: Connection refused; try again"


class Proxy(threading.Thread):
    """Answers one CONNECT and passes bytes on to wherever the test's server is."""

    def __init__(self, to, line=b"HTTP/1.1 200 Connection established"):
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.to, self.line, self.head = to, line, b""

    def run(self):
        inner, _ = self.listening.accept()
        self.listening.close()
        with inner:
            while not self.head.endswith(b"\r\n\r\n"):
                self.head += inner.recv(1)
            inner.sendall(self.line + b"\r\n\r\n")
            with socket.create_connection(("127.0.0.1", self.to)) as outer:
                back = threading.Thread(target=self.copy, args=(outer, inner), daemon=True)
                back.start()
                self.copy(inner, outer)
                back.join(5)

    @staticmethod
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        finally:
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)


def test_the_proxy_of_the_environment(server, fetcher, monkeypatch):
    proxy = Proxy(server.port)
    proxy.start()
    port = proxy.listening.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://me:w%40rd@127.0.0.1:{port}")
    server.serve("/feed", FEED)
    assert fetcher.get("https://localhost:444/feed") == Answer(FEED)
    assert proxy.head == (
        b"CONNECT localhost:444 HTTP/1.1\r\nHost: localhost:444\r\nProxy-Authorization: Basic bWU6d0ByZA==\r\n\r\n"
    )
    proxy.join(5)


def test_a_proxy_that_refuses(server, fetcher, monkeypatch):
    proxy = Proxy(server.port, b"HTTP/1.1 407 Proxy Authentication Required")
    proxy.start()
    monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy.listening.getsockname()[1]}")
    said = refused(fetcher, "https://localhost/feed")
    proxy.join(5)
    assert said == (
        "https://localhost/feed: the proxy 127.0.0.1 refused the connection to localhost: "
        "'HTTP/1.1 407 Proxy Authentication Required'"
    )


def test_proxies_that_are_not_spoken_to(fetcher, server, monkeypatch):
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:9050")
    assert "set HTTPS_PROXY to http://HOST:PORT" in refused(fetcher, "https://localhost/feed")


def test_proxies_that_are_none(fetcher, server, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://[")
    assert refused(fetcher, "https://localhost/feed") == "https://localhost/feed: Invalid IPv6 URL; try again"


def test_a_host_that_the_environment_excepts_from_the_proxy(server, fetcher, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "localhost")
    assert fetcher.get(server.serve("/feed", FEED)) == Answer(FEED)
