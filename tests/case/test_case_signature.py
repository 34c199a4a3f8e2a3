"""Signatures: what OpenSSH and minisign make and accept, and what is refused."""

import base64
import hashlib
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridle.case import signature_openssh
from bridle.case.signature import (
    KeyFileError,
    SignatureError,
    SigningKey,
    holds,
    public_key,
    public_key_file,
    signing_key,
)
from bridle.case.signature_minisign import scrypt_parameters
from outside_tools import minisign_key, run, ssh_key

SEED = bytes(range(32))
KEY_ID = bytes.fromhex("0102030405060708")
OPENSSH, MINISIGN = SigningKey(SEED), SigningKey(SEED, KEY_ID)
PUBLIC = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
"""Of the seed, computed with `openssl pkey`."""
MESSAGE = b"a manifest\n"


def openssh_file(folder, key, name="key"):
    (folder / name).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    (folder / name).chmod(0o600)
    return folder / name


def minisign_file(folder, password=None, work=32768, memory=1 << 24, name="secret"):
    """A secret key as minisign writes it; under a password with little work, so that tests are quick."""
    secret = SEED + bytes.fromhex(PUBLIC)
    inner = KEY_ID + secret + hashlib.blake2b(b"Ed" + KEY_ID + secret, digest_size=32).digest()
    salt = bytes(32)
    if password is not None:
        stream = hashlib.scrypt(password, salt=salt, n=1024, r=8, p=1, dklen=104, maxmem=1 << 26)
        inner = bytes(a ^ b for a, b in zip(inner, stream, strict=True))
    kind = b"Sc" if password is not None else b"\0\0"
    blob = b"Ed" + kind + b"B2" + salt + struct.pack("<QQ", work, memory) + inner
    (folder / name).write_bytes(b"untrusted comment: a key\n" + base64.b64encode(blob) + b"\n")
    (folder / name).chmod(0o600)
    return folder / name


def test_public_keys_read_as_their_tools_write_them():
    assert OPENSSH.public.raw.hex() == MINISIGN.public.raw.hex() == PUBLIC
    assert OPENSSH.public.text == "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    assert OPENSSH.public.fingerprint == "SHA256:lbmsoA0yIEcEiVDRnMWuzm+nV+3ZEEpVIURqFoeSspg"
    assert MINISIGN.public.text == "RWQBAgMEBQYHCAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    assert MINISIGN.public.fingerprint == "minisign 0807060504030201"
    for key in (OPENSSH.public, MINISIGN.public):
        assert public_key(key.text) == key
        assert (
            public_key(f"{key.text} of@example.org\n" if not key.key_id else f"untrusted comment: x\n{key.text}\n")
            == key
        )


@pytest.mark.parametrize("key", [OPENSSH, MINISIGN])
def test_a_signature_is_the_same_every_time_and_holds_for_its_message_alone(key):
    signature = key.sign(MESSAGE)
    assert signature == key.sign(MESSAGE)
    assert holds(signature, MESSAGE, key.public) is None
    with pytest.raises(SignatureError, match="does not fit"):
        holds(signature, MESSAGE + b" ", key.public)


@pytest.mark.parametrize("key", [OPENSSH, MINISIGN])
def test_any_flipped_byte_of_a_signature_is_noticed(key):
    signature = key.sign(MESSAGE)
    for at in range(len(signature)):
        for bit in (1, 7, 32, 128):
            changed = signature[:at] + bytes([signature[at] ^ bit]) + signature[at + 1 :]
            with pytest.raises(SignatureError):
                holds(changed, MESSAGE, key.public)
    for cut in (signature[:-1], signature + b"\n", b"", b"\n\n\n\n", signature.replace(b"\n", b"\r\n")):
        with pytest.raises(SignatureError):
            holds(cut, MESSAGE, key.public)


def test_another_key_is_named():
    other = SigningKey(bytes(32), KEY_ID[::-1])
    with pytest.raises(
        SignatureError, match=r"was made with another key \(minisign 0102030405060708\), not with minisign 08"
    ):
        holds(other.sign(MESSAGE), MESSAGE, MINISIGN.public)
    with pytest.raises(SignatureError, match=r"was made with another key \(SHA256:"):
        holds(SigningKey(bytes(32)).sign(MESSAGE), MESSAGE, OPENSSH.public)
    with pytest.raises(SignatureError, match="was made with another key"):
        holds(OPENSSH.sign(MESSAGE), MESSAGE, MINISIGN.public)
    same_id = SigningKey(bytes(32), KEY_ID)
    with pytest.raises(SignatureError, match="does not fit"):
        holds(same_id.sign(MESSAGE), MESSAGE, MINISIGN.public)


def test_a_signature_for_something_else_is_none_of_a_case(monkeypatch):
    secret = Ed25519PrivateKey.from_private_bytes(SEED)
    with pytest.raises(SignatureError, match="was made for 'file', not for 'bridle-case'"):
        holds(signature_openssh.signed(secret, MESSAGE, "file"), MESSAGE, OPENSSH.public)
    monkeypatch.setattr("bridle.case.signature_minisign._MEANT", b"file")
    signature = MINISIGN.sign(MESSAGE)
    monkeypatch.undo()
    with pytest.raises(SignatureError, match="was made for 'file', not for 'bridle-case'"):
        holds(signature, MESSAGE, MINISIGN.public)


def test_openssh_checks_what_is_signed_here_and_its_own_signature_is_the_same(tmp_path):
    key = ssh_key(tmp_path)
    (tmp_path / "message").write_bytes(MESSAGE)
    signer = signing_key(key)
    (tmp_path / "ours.sig").write_bytes(signer.sign(MESSAGE))
    (tmp_path / "signers").write_text(f"lab@example.org {signer.public.text}\n")
    said = run("ssh-keygen", "-Y", "verify", "-f", tmp_path / "signers", "-I", "lab@example.org", "-n", "bridle-case",
               "-s", tmp_path / "ours.sig", stdin=MESSAGE)  # fmt: skip
    assert said.stdout.startswith(b'Good "bridle-case" signature for lab@example.org')
    run("ssh-keygen", "-Y", "sign", "-f", key, "-n", "bridle-case", tmp_path / "message")
    assert (tmp_path / "message.sig").read_bytes() == signer.sign(MESSAGE)
    assert public_key_file(tmp_path / "key.pub") == signer.public


def test_minisign_checks_what_is_signed_here(tmp_path):
    signer = signing_key(minisign_key(tmp_path))
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "ours").write_bytes(signer.sign(MESSAGE))
    said = run(
        "minisign", "-V", "-p", tmp_path / "minisign.key.pub", "-m", tmp_path / "message", "-x", tmp_path / "ours"
    )
    assert said.stdout == b"Signature and comment signature verified\nTrusted comment: bridle-case\n"
    assert public_key_file(tmp_path / "minisign.key.pub") == signer.public


def test_a_minisign_key_under_a_password_opens_as_minisign_opens_it(tmp_path):
    path = minisign_file(tmp_path, b"pass w\xc3\xb6rd")
    assert signing_key(path, lambda: "pass wörd") == MINISIGN
    (tmp_path / "message").write_bytes(MESSAGE)
    run("minisign", "-S", "-s", path, "-m", tmp_path / "message", "-t", "bridle-case", stdin="pass wörd\n".encode())
    theirs = (tmp_path / "message.minisig").read_bytes().splitlines()
    assert theirs[1:] == MINISIGN.sign(MESSAGE).splitlines()[1:]
    with pytest.raises(KeyFileError, match="its password is another, or it is damaged"):
        signing_key(path, lambda: "wrong")
    with pytest.raises(KeyFileError, match="has a password; give it in a file with --passphrase-file"):
        signing_key(path)


@pytest.mark.parametrize(
    ("work", "memory", "cost"),
    [
        (1 << 25, 1 << 30, (1 << 20, 1)),
        (1 << 19, 1 << 24, (1 << 14, 1)),
        (0, 1 << 24, (1024, 1)),
        (1 << 22, 1 << 20, (1024, 128)),
    ],
)
def test_limits_of_libsodium_mean_for_scrypt(work, memory, cost):
    assert scrypt_parameters(work, memory) == cost


def test_a_key_that_asks_for_too_much_is_refused(tmp_path):
    with pytest.raises(KeyFileError, match="more memory or work than minisign does"):
        signing_key(minisign_file(tmp_path, b"x", memory=1 << 40), lambda: "x")


def test_an_openssh_key_under_a_passphrase(tmp_path):
    pytest.importorskip("bcrypt", reason="bcrypt (pip install bridle[seal]) is not here")
    key = ssh_key(tmp_path, passphrase="pass wörd")
    assert signing_key(key, lambda: "pass wörd").public == public_key_file(tmp_path / "key.pub")
    with pytest.raises(KeyFileError, match="its passphrase is another"):
        signing_key(key, lambda: "wrong")


def test_an_openssh_key_under_a_passphrase_that_nobody_gives(tmp_path):
    with pytest.raises(KeyFileError, match="has a passphrase; give it in a file with --passphrase-file"):
        signing_key(ssh_key(tmp_path, passphrase="secret"), lambda: None)


def test_what_is_no_key_says_what_makes_one(tmp_path):
    (tmp_path / "text").write_text("hello\n")
    (tmp_path / "text").chmod(0o600)
    with pytest.raises(KeyFileError, match="ssh-keygen -t ed25519 -f FILE"):
        signing_key(tmp_path / "text")
    with pytest.raises(KeyFileError, match="is no Ed25519 key"):
        signing_key(openssh_file(tmp_path, rsa.generate_private_key(65537, 2048)))
    with pytest.raises(KeyFileError, match="cannot be read: No such file"):
        signing_key(tmp_path / "absent")
    with pytest.raises(KeyFileError, match=r"text is no public key: .*name the \.pub file"):
        public_key_file(tmp_path / "text")


def test_a_key_that_others_may_read_is_not_used(tmp_path):
    path = openssh_file(tmp_path, Ed25519PrivateKey.from_private_bytes(SEED))
    assert signing_key(path) == OPENSSH
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="others may read the key"):
        signing_key(path)


@pytest.mark.parametrize("cut", range(0, 400, 13))
def test_damaged_keys_are_refused(tmp_path, cut):
    for path in (openssh_file(tmp_path, Ed25519PrivateKey.from_private_bytes(SEED)), minisign_file(tmp_path)):
        stored = path.read_bytes()
        path.write_bytes(stored[:cut])
        if cut < len(stored) - 3:
            with pytest.raises(KeyFileError):
                signing_key(path)
