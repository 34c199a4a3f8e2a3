"""An HTTPS server on 127.0.0.1 that answers as a test says, with certificates of its own throw-away authority."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Play = Callable[[ssl.SSLSocket, bytes], None]
"""Answers one request: it gets the connection and the head of the request."""
NOW = datetime.now(UTC)


def answer(body: bytes, status: str = "200 OK", headers: tuple[str, ...] = (), length: int | None = None) -> bytes:
    """A whole answer of HTTP/1.1; `length` says another Content-Length than the body has."""
    size = len(body) if length is None else length
    head = [f"HTTP/1.1 {status}", f"Content-Length: {size}", "Connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def chunked(*chunks: bytes, end: bool = True, headers: tuple[str, ...] = ()) -> bytes:
    head = "\r\n".join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *headers]).encode() + b"\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + (b"0\r\n\r\n" if end else b"")


class Authority:
    """A certificate authority that lives as long as the tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a throw-away authority")])
        made = self._made(self._name, self._key.public_key(), NOW + timedelta(days=2))
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.file = folder / "ca.pem"
        self.file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def context(self, host: str = "localhost", expired: bool = False) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        end = NOW - timedelta(hours=1) if expired else NOW + timedelta(days=1)
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if host == "localhost":
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        made = self._made(name, key.public_key(), end)
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        file = self._folder / f"{host}-{expired}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(file)
        return found

    def _made(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, end: datetime) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=3))
            .not_valid_after(end)
        )


class HttpsServer:
    """Answers each path with bytes, or plays what a test says. What it does not know is 404."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.plays: dict[str, Play | bytes] = {}
        self.heads: list[bytes] = []
        """The head of every request, in order."""
        self.ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def url(self, path: str, host: str = "localhost") -> str:
        return f"https://{host}:{self.port}{path}"

    def serve(self, path: str, body: bytes, *headers: str) -> str:
        """Answer `path` with a body; its address."""
        self.plays[path] = answer(body, headers=headers)
        return self.url(path)

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [h.split(b" ")[1].decode() for h in self.heads]

    def close(self) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join(5)
        self._listening.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        self._listening.settimeout(0.05)
        while not self.ended.is_set():
            try:
                plain, _ = self._listening.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self._start(self._speak, plain)

    def _speak(self, plain: socket.socket) -> None:
        plain.settimeout(5)
        try:
            with plain, self._context.wrap_socket(plain, server_side=True) as tls:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    if not (byte := tls.recv(1)):
                        return
                    head += byte
                self.heads.append(head)
                self._play(tls, head)
        except OSError:
            return

    def _play(self, tls: ssl.SSLSocket, head: bytes) -> None:
        play = self.plays.get(head.split(b" ")[1].decode(), answer(b"none", "404 Not Found"))
        if callable(play):
            play(tls, head)
            return
        tls.sendall(play)
        tls.unwrap()


def slowly(server: HttpsServer, begin: bytes, drip: bytes, every: float = 0.05) -> Play:
    """Sends something, then a little of something for ever."""

    def play(tls: ssl.SSLSocket, head: bytes) -> None:
        tls.sendall(begin)
        while not server.ended.wait(every):
            tls.sendall(drip)

    return play
