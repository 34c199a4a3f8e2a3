"""Getting a file over HTTPS: the only module of bridle that connects to anything, used by `bridle indicators update`.

Everything the other side controls is bounded: bytes on the wire and unpacked, the time of a file and of the whole
update (not only of one read), redirects, headers. Certificates are always verified; plain HTTP is refused.

Sources: RFC 9110 and 9112 (HTTP), RFC 1952 (gzip); proxies as the environment names them (HTTPS_PROXY, NO_PROXY).
"""

from __future__ import annotations

import base64
import http.client
import re
import socket
import ssl
import threading
import time
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from bridle import __version__
from bridle.classes import dataclass
from bridle.indicators.addresses import AddressError, checked, shown
from bridle.indicators.feed_index import LARGEST_FEED, LARGEST_UPDATE

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

REDIRECTS = 5
IDLE = 30.0
"""Seconds in which something must arrive."""
_CHUNK = 1 << 16
_OVERHEAD = 1 << 20
"""Bytes that heads, interim answers and the sizes of chunks may take besides the file."""
_HEAD = 1 << 14
"""Bytes a proxy may answer before the tunnel stands."""
_MOVED = frozenset({301, 302, 303, 307, 308})
_PAGE = re.compile(rb"\A(\xef\xbb\xbf)?\s{0,1000}(<!doctype html|<html|<head|<body)", re.IGNORECASE)


class FetchError(Exception):
    """What could not be had and why, in one sentence with the next step."""


class NotThereError(FetchError):
    """The server is there and has no such file (404, 410)."""


@dataclass(frozen=True)
class Answer:
    """A whole file, and what is worth telling of how it came."""

    data: bytes
    told: tuple[str, ...] = ()


class Fetcher:
    """Fetches the files of one update, within its time and its bytes."""

    def __init__(self, ca: Path | None = None, seconds: float = 120, seconds_of_all: float = 1200) -> None:
        """`ca` adds certificates to those the system trusts. Raises FetchError when they cannot be read."""
        self._context = ssl.create_default_context()
        self._context.sslsocket_class = _BoundTls
        if ca is not None:
            try:
                self._context.load_verify_locations(cafile=ca)
            except (OSError, ValueError) as e:
                raise FetchError(f"{ca} holds no certificates in PEM: {getattr(e, 'strerror', None) or e}") from None
        self._seconds = seconds
        self._end = time.monotonic() + seconds_of_all
        self._left = LARGEST_UPDATE

    def get(self, url: str, largest: int = LARGEST_FEED) -> Answer:
        """The file at an https address, of at most `largest` bytes. Raises FetchError."""
        end = min(time.monotonic() + self._seconds, self._end)
        told: list[str] = []
        for _ in range(REDIRECTS + 1):
            largest = min(largest, self._left)
            with _errors_of(url, self._seconds), self._answer(checked(url), end, largest) as answer:
                if answer.status in _MOVED:
                    url = _target(url, answer, told)
                    continue
                data = _body(answer, largest)
            self._left -= len(data)
            if _PAGE.match(data[:2000]):
                raise FetchError(
                    f"{shown(url)} answered with a web page, not a feed; open it in a browser: a proxy or network "
                    "may ask you to log in, or the address is that of the page about the feed"
                )
            return Answer(data, tuple(told))
        raise FetchError(f"{shown(url)}: more than {REDIRECTS} redirects")

    @contextmanager
    def _answer(self, parts: SplitResult, end: float, largest: int) -> Iterator[http.client.HTTPResponse]:
        host, port = str(parts.hostname), parts.port or 443
        connection = http.client.HTTPConnection(host, port)
        try:
            tls = connection.sock = self._connected(host, port, end)
            tls.end, tls.largest, tls.left = end, largest, largest + _OVERHEAD
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(
                "GET", path,
                headers={"User-Agent": f"bridle/{__version__}", "Accept": "*/*", "Accept-Encoding": "gzip"},
            )  # fmt: skip
            with connection.getresponse() as answer:
                yield answer
        finally:
            connection.close()

    def _connected(self, host: str, port: int, end: float) -> _BoundTls:
        """A verified connection, through the proxy that the environment names for the host."""
        proxy = _proxy(host)
        plain = _open(proxy.hostname or "", proxy.port or 80, end) if proxy else _open(host, port, end)
        try:
            if proxy:
                _tunnel(plain, host, port, proxy, end)
            plain.settimeout(_remaining(end))
            tls = self._context.wrap_socket(plain, server_hostname=host, suppress_ragged_eofs=False)
        except BaseException:
            plain.close()
            raise
        assert isinstance(tls, _BoundTls)
        return tls


class _BoundTls(ssl.SSLSocket):
    """A connection that ends at a moment, however little arrives how often, and after so many bytes, whatever they say.

    `http.client` itself reads a chunk of size -1 to the end of the world, and interim answers without number.
    """

    end: float = 0.0
    largest: int = 0
    left: int = 0

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        self.settimeout(_remaining(self.end))
        count = super().recv_into(buffer, nbytes, flags)
        self.left -= count
        if self.left < 0:
            raise FetchError(_too_large(self.largest))
        return count


def _remaining(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return min(left, IDLE)


def _open(host: str, port: int, end: float) -> socket.socket:
    """Connected to the first address of the host that answers."""
    last: OSError | None = None
    for family, kind, protocol, _, address in _addresses(host, port, end)[:8]:
        found = socket.socket(family, kind, protocol)
        try:
            found.settimeout(_remaining(end))
            found.connect(address)
        except OSError as e:
            found.close()
            last = e
        except BaseException:
            found.close()
            raise
        else:
            return found
    raise last or OSError("no address")


def _addresses(host: str, port: int, end: float) -> list[Any]:
    """What the system's resolver says, which itself knows no limit: it is asked in a thread and left to itself."""
    found: list[list[Any] | OSError | UnicodeError] = []

    def ask() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as e:
            found.append(e)

    limit = _remaining(end)
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(limit)
    if not found:
        raise TimeoutError
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def _proxy(host: str) -> SplitResult | None:
    proxies = urllib.request.getproxies()
    if not (named := proxies.get("https") or proxies.get("all")) or urllib.request.proxy_bypass(host):
        return None
    parts = urlsplit(named if "://" in named else f"http://{named}")
    if parts.scheme != "http" or not parts.hostname:
        raise FetchError(
            f"the proxy {shown(named)!r:.60} is not one that is spoken to over http://; "
            "set HTTPS_PROXY to http://HOST:PORT"
        )
    return parts


def _tunnel(plain: socket.socket, host: str, port: int, proxy: SplitResult, end: float) -> None:
    """Ask the proxy for a connection (RFC 9110, 9.3.6). Raises FetchError when it refuses."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    request = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n"
    if proxy.username is not None:
        secret = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        request += f"Proxy-Authorization: Basic {base64.b64encode(secret).decode()}\r\n"
    plain.sendall(request.encode("latin-1") + b"\r\n")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        plain.settimeout(_remaining(end))
        byte = plain.recv(1)
        head += byte
        if not byte or len(head) > _HEAD:
            raise FetchError(f"the proxy {proxy.hostname} gave no answer that can be read; look at HTTPS_PROXY")
    if not re.match(rb"HTTP/1\.[01] 2\d\d[ \r]", head):
        line = head.split(b"\r\n")[0].decode("latin-1")
        raise FetchError(f"the proxy {proxy.hostname} refused the connection to {host}: {line!r:.60}")


def _target(url: str, answer: http.client.HTTPResponse, told: list[str]) -> str:
    """Where an answer sends us. Raises AddressError for an address that is not https."""
    place = answer.getheader("Location")
    if not place:
        raise FetchError(f"{shown(url)} redirects to nowhere")
    target = urljoin(url, place)
    if (host := checked(target).hostname) != urlsplit(url).hostname:
        told.append(f"{shown(url)} sends to {host}")
    return target


def _body(answer: http.client.HTTPResponse, largest: int) -> bytes:
    """The whole of a file, or FetchError."""
    _check_head(answer, largest)
    encoding = (answer.getheader("Content-Encoding") or "identity").strip().lower()
    unpack = zlib.decompressobj(31) if encoding in {"gzip", "x-gzip"} else None
    if unpack is None and encoding != "identity":
        raise FetchError(f"an encoding that was not asked for: {encoding!r:.60}")
    parts: list[bytes] = []
    wire = size = 0
    while chunk := answer.read(_CHUNK):
        wire += len(chunk)
        part = unpack.decompress(chunk, largest - size + 1) if unpack else chunk
        size += len(part)
        if size > largest or wire > largest:
            raise FetchError(_too_large(largest))
        parts.append(part)
    if (declared := _declared(answer)) is not None and wire != declared:
        raise FetchError(f"it ended after {wire} of {declared} bytes; try again")
    if unpack is not None and (not unpack.eof or unpack.unused_data):
        raise FetchError("its gzip encoding does not end where it should; try again")
    return b"".join(parts)


def _check_head(answer: http.client.HTTPResponse, largest: int) -> None:
    if answer.status in {404, 410}:
        raise NotThereError(f"the server has no such file ({answer.status})")
    if answer.status != 200:
        raise FetchError(f"the server answered {answer.status} {answer.reason!r:.60}; try again later")
    declared = _declared(answer)
    if declared is not None and declared > largest:
        raise FetchError(f"it declares {declared:,} bytes, more than {_mib(largest)}")


def _declared(answer: http.client.HTTPResponse) -> int | None:
    """Content-Length, which counts only where the body is not chunked."""
    told = (answer.getheader("Content-Length") or "").strip()
    return int(told) if re.fullmatch(r"[0-9]{1,18}", told) and not answer.chunked else None


def _too_large(largest: int) -> str:
    return f"larger than {_mib(largest)}; the limit is there so that no server can fill your disk"


def _mib(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size:,} bytes"


@contextmanager
def _errors_of(url: str, seconds: float) -> Iterator[None]:
    """Whatever goes wrong on the way, as one sentence that names the address."""
    place = shown(url)
    try:
        yield
    except AddressError as e:
        raise FetchError(f"{place}: {e}") from None
    except FetchError as e:
        if place in str(e):
            raise
        raise type(e)(f"{place}: {e}") from None
    except ssl.SSLCertVerificationError as e:
        raise FetchError(
            f"{place}: the certificate is not valid: {e.verify_message}. Nothing was fetched. If a proxy of your own "
            "opens TLS, name its certificates with --ca FILE"
        ) from None
    except TimeoutError:
        raise FetchError(f"{place}: not done within its time ({seconds:g} s, {IDLE:g} s without a byte)") from None
    except socket.gaierror:
        raise FetchError(f"{place}: the host is not known; are you online?") from None
    except ssl.SSLError as e:
        raise FetchError(f"{place}: the connection broke off: {e.reason or e}; try again") from None
    except http.client.HTTPException as e:
        raise FetchError(f"{place}: no whole answer: {_of_http(e)}; try again") from None
    except (OSError, zlib.error, ValueError) as e:
        raise FetchError(f"{place}: {getattr(e, 'strerror', None) or e!s:.100}; try again") from None


def _of_http(e: http.client.HTTPException) -> Any:
    return f"it broke off after {len(e.partial)} bytes" if isinstance(e, http.client.IncompleteRead) else f"{e!r:.100}"
