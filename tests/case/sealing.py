"""Small cases to seal, keys, and a time-stamping service of OpenSSL, for the tests of seals."""

from __future__ import annotations

import hashlib
from pathlib import Path

from building import KEY, Process, rows, written
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from bridle.case.chain import append, append_custody
from outside_tools import run

SYNTHETIC = b'[case]\nencrypted = true\n\n[[sources]]\nname = "S1"\nsynthetic = true\n'
UNCONSENTED = b'[case]\nencrypted = true\n\n[[sources]]\nname = "S1"\n'


def small_case(folder: Path, toml: bytes = SYNTHETIC) -> Path:
    """A case with a table, a few files, and two chains."""
    table = rows(Process, "/p", [{"locator": "1", "name": "bh"}])
    files = {
        "case.toml": toml,
        "findings.jsonl": b'{"id": "f1"}\n',
        "summary.json": b"{}\n",
        "case.key.age": b"wrapped",
    }
    path = written(folder, KEY, {"a.b.c": table}, files).path
    append_custody(path, {"event": "check", "exit": 0})
    append(path, "notes.jsonl", {"note": "seen"})
    return path


def key_file(folder: Path, number: int = 1) -> Path:
    """An OpenSSH private key whose seed is this byte 32 times; its public half beside it."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    path = folder / f"key{number}"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.chmod(0o600)
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    (folder / f"key{number}.pub").write_bytes(public + b" seal@example.org\n")
    return path


CONFIGURATION = """
[tsa]
default_tsa = service
[service]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""
EXTENSIONS = "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"


class Service:
    """A time-stamping service with a root of its own. Its answers hold both certificates, in OpenSSL's order."""

    def __init__(self, folder: Path, name: str = "Example") -> None:
        folder.mkdir()
        self.folder, self.root = folder, folder / "root.pem"
        (folder / "service.cnf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        (folder / "extensions").write_text(EXTENSIONS)
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self._openssl("req", "-x509", *new, "-keyout", "root.key", "-out", "root.pem", "-days", "3650",
                      "-subj", f"/CN={name} Root")  # fmt: skip
        self._openssl("req", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", f"/CN={name} Time")
        self._openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
                      "-days", "3650", "-extfile", "extensions", "-out", "tsa.pem")  # fmt: skip

    def _openssl(self, *arguments: str | Path) -> None:
        run("openssl", *arguments, cwd=self.folder)

    def answer(self, request: bytes, both: bool = True) -> Path:
        """The answer to a request, in a file."""
        name = hashlib.sha256(request).hexdigest()[:12]
        (self.folder / f"{name}.tsq").write_bytes(request)
        chain = ("-chain", "root.pem") if both else ()
        self._openssl("ts", "-reply", "-queryfile", f"{name}.tsq", "-config", "service.cnf", "-section", "service",
                      "-signer", "tsa.pem", "-inkey", "tsa.key", *chain, "-out", f"{name}.tsr")  # fmt: skip
        return self.folder / f"{name}.tsr"
