"""Signatures: the same as ssh-keygen's, and every way in which one does not fit."""

import base64
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridle.indicators import trust
from bridle.indicators.ssh_signature import SignatureError, public_key, sign, verified
from bridle.indicators.trust import Signer, TrustError, judged, keys_for, signers
from indicator_keys import key

needs_ssh_keygen = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not here")
MESSAGE = b"the message\n"


def ssh_keygen(*arguments, message=None):
    return subprocess.run(["ssh-keygen", *map(str, arguments)], input=message, capture_output=True, timeout=20)


def test_what_is_signed_is_verified(tmp_path):
    file, public = key(tmp_path)
    assert verified(MESSAGE, sign(MESSAGE, file, "bridle-index"), "bridle-index") == public
    assert public_key(file.with_suffix(".pub")) == public


@needs_ssh_keygen
def test_ssh_keygen_verifies_what_we_sign(tmp_path):
    file, public = key(tmp_path)
    (tmp_path / "message.sig").write_bytes(sign(MESSAGE, file, "bridle-index"))
    (tmp_path / "allowed_signers").write_text(trust.line("https://example.org/i.json", public))
    said = ssh_keygen(
        "-Y", "verify", "-f", tmp_path / "allowed_signers", "-I", "https://example.org/i.json", "-n", "bridle-index",
        "-s", tmp_path / "message.sig", message=MESSAGE,
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, b"")
    assert public.fingerprint.encode() in said.stdout
    assert public.fingerprint.encode() in ssh_keygen("-l", "-f", file.with_suffix(".pub")).stdout


@needs_ssh_keygen
@pytest.mark.parametrize("algorithm", ["sha512", "sha256"])
def test_we_verify_what_ssh_keygen_signs(tmp_path, algorithm):
    file, public = key(tmp_path)
    (tmp_path / "message").write_bytes(MESSAGE)
    arguments = ("-Y", "sign", "-O", f"hashalg={algorithm}", "-n", "bridle-bundle", "-f", file, tmp_path / "message")
    assert ssh_keygen(*arguments).returncode == 0
    assert verified(MESSAGE, (tmp_path / "message.sig").read_bytes(), "bridle-bundle") == public


@needs_ssh_keygen
def test_a_key_with_a_passphrase_is_left_to_ssh_keygen(tmp_path, monkeypatch):
    file, public = key(tmp_path)
    assert ssh_keygen("-p", "-P", "", "-N", "the passphrase", "-f", file).returncode == 0
    (tmp_path / "ask").write_text("#!/bin/sh\necho the passphrase\n")
    (tmp_path / "ask").chmod(0o700)
    monkeypatch.setenv("SSH_ASKPASS", str(tmp_path / "ask"))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    assert verified(MESSAGE, sign(MESSAGE, file, "bridle-index"), "bridle-index") == public


def test_every_flipped_bit_is_seen(tmp_path):
    file, _ = key(tmp_path)
    made = sign(MESSAGE, file, "bridle-index")
    begin, text, end = made.decode().partition("\n")[0], "".join(made.decode().splitlines()[1:-1]), made[-27:]
    blob = base64.b64decode(text)
    accepted = []
    for at in range(len(blob)):
        changed = bytearray(blob)
        changed[at] ^= 1
        armored = f"{begin}\n{base64.b64encode(changed).decode()}\n".encode() + end
        try:
            verified(MESSAGE, armored, "bridle-index")
            accepted.append(at)
        except SignatureError:
            continue
    assert len(blob) > 100
    assert accepted == []


@pytest.mark.parametrize(
    ("message", "namespace", "change", "said"),
    [
        (b"another", "bridle-index", None, "the signature does not fit: what it signs was changed, or it"),
        (MESSAGE, "bridle-bundle", None, "the signature is for 'bridle-index', expected 'bridle-bundle'"),
        (MESSAGE, "bridle-index", b"", "the signature is no OpenSSH signature of version 1"),
        (MESSAGE, "bridle-index", b"x" * 20_000, "the signature is no OpenSSH signature of version 1"),
        (MESSAGE, "bridle-index", b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----",
         "the signature ends early"),
    ],
)  # fmt: skip
def test_signatures_that_do_not_fit(tmp_path, message, namespace, change, said):
    made = sign(MESSAGE, key(tmp_path)[0], "bridle-index") if change is None else change
    with pytest.raises(SignatureError) as e:
        verified(message, made, namespace)
    assert str(e.value).startswith(said)


@needs_ssh_keygen
def test_keys_that_are_not_used(tmp_path):
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    (tmp_path / "ecdsa").write_bytes(other)
    (tmp_path / "none").write_text("none")
    (tmp_path / "large").write_bytes(b"x" * 20_000)
    for name, said in (
        ("ecdsa", "expected an ssh-ed25519 key; make one with `ssh-keygen -t ed25519`"),
        ("none", "none: ssh-keygen does not sign with it: "),
        ("large", "too large for a key"),
        ("absent", "No such file or directory"),
    ):
        with pytest.raises(SignatureError) as e:
            sign(MESSAGE, tmp_path / name, "bridle-index")
        assert said in str(e.value)


@pytest.mark.parametrize("line", ["", "ssh-rsa AAAA", "ssh-ed25519", "ssh-ed25519 !!!!", "ssh-ed25519 AAAA", "a\nb"])
def test_public_keys_that_are_none(tmp_path, line):
    (tmp_path / "key.pub").write_text(line)
    with pytest.raises(SignatureError):
        public_key(tmp_path / "key.pub")


def test_the_file_of_trusted_keys(tmp_path):
    _, one = key(tmp_path)
    _, two = key(tmp_path, "two", b"2" * 32)
    assert signers(tmp_path) == []
    (tmp_path / trust.FILE).write_text(
        "# mine\n\n" + trust.line("https://example.org/i", one) + trust.line("bundles", two) + f"a {two.line} x y\n"
    )
    known = signers(tmp_path)
    assert known == [
        Signer("https://example.org/i", one, ("bridle-index",)),
        Signer("bundles", two, ("bridle-bundle",)),
        Signer("a", two, ("bridle-index", "bridle-bundle")),
    ]
    assert keys_for(known, "https://example.org/i", trust.INDEX) == [one]
    assert keys_for(known, "https://example.org/i", trust.BUNDLE) == []
    assert keys_for(known, "https://example.org/", trust.INDEX) == []


@pytest.mark.parametrize("line", ["a cert-authority ssh-ed25519 AAAA", "a ssh-rsa AAAA", "a", 'a valid-after="2" b c'])
def test_a_line_that_is_not_understood_is_never_left_out(tmp_path, line):
    (tmp_path / trust.FILE).write_text(line)
    with pytest.raises(TrustError, match="allowed_signers, line 1: expected a line `ssh-ed25519"):
        signers(tmp_path)


@pytest.mark.parametrize("source", ["*", "a b", "a,b", "!a", "#a", "", 'a"b', "\u0430"])
def test_sources_that_would_mean_more(tmp_path, source):
    with pytest.raises(TrustError, match="expected the address of an index, or `bundles`"):
        trust.line(source, key(tmp_path)[1])


def test_who_must_have_signed(tmp_path):
    file, one = key(tmp_path)
    _, two = key(tmp_path, "two", b"2" * 32)
    good = sign(MESSAGE, file, trust.INDEX)

    def judge(signature, keys=(), before=None, message=MESSAGE):
        try:
            return judged(message, signature, trust.INDEX, keys, before, "the index")
        except TrustError as e:
            return str(e).split(";")[0]

    assert judge(None) is None
    assert judge(good) == one.fingerprint
    assert judge(good, [two, one]) == one.fingerprint
    assert judge(good, [one], before=two.fingerprint) == one.fingerprint
    assert judge(good, before=one.fingerprint) == one.fingerprint
    assert judge(None, [one]) == f"the index is not signed, and you trust only what {one.fingerprint} signed"
    assert judge(None, before=one.fingerprint) == "the index is not signed"
    assert judge(good, [two]) == f"the index is signed by {one.fingerprint}, and you trust only {two.fingerprint}"
    assert judge(good, before=two.fingerprint) == f"the index is signed by {one.fingerprint}"
    assert judge(good, message=b"x") == (
        "the index: the signature does not fit: what it signs was changed, or it belongs elsewhere"
    )


def test_a_key_that_is_no_ascii_is_named_with_its_line(tmp_path):
    (tmp_path / "allowed_signers").write_text("# keys\nhttps://example.org/f ssh-ed25519 AAAA\u0663\n", "utf-8")
    with pytest.raises(TrustError, match="line 2: expected base64 after ssh-ed25519"):
        signers(tmp_path)
