"""Who may seal: keys and files of allowed signers as OpenSSH reads them."""

import time
from datetime import UTC, datetime

import pytest
from sealing import key_file, small_case

from bridle.case.seal import seal
from bridle.case.signature import KeyFileError
from bridle.case.signers import Signer, allowed_signers, one_signer
from bridle.case.verify import verified, verify
from outside_tools import run

ONE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
FINGERPRINT = "SHA256:fe85JkIjo8VPe+XqXJGH5Mau1EMFdK1OdKvJUFicyA8"


@pytest.fixture
def sealed(tmp_path):
    key_file(tmp_path, 2)
    seal(small_case(tmp_path / "case"), key_file(tmp_path, 1))
    return tmp_path


def signers(folder, text):
    (folder / "signers").write_text(text)
    return allowed_signers(folder / "signers")


def test_the_expected_key_is_known(sealed):
    done = verify(sealed / "case", one_signer(sealed / "key1.pub"))
    assert (done.differences, done.signer) == ((), one_signer(sealed / "key1.pub")[0])


def test_another_key_is_not(sealed):
    assert verified(sealed / "case", one_signer(sealed / "key2.pub")) == [
        f"seal.json: sealed with {FINGERPRINT}, which is not the key that was expected"
    ]


def test_a_case_without_a_seal_is_not_what_was_expected(tmp_path):
    assert verified(small_case(tmp_path / "case"), one_signer(key_file(tmp_path).with_suffix(".pub"))) == [
        "manifest.json.sig: missing: the case is not sealed, and a seal was expected"
    ]


def test_lines_of_allowed_signers(tmp_path):
    rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQC7"
    text = (
        f"# a lab\n\nlab@example.org {ONE} a comment\n"
        f'"two words" namespaces="file,bridle-*",valid-after="20260102",valid-before=20260103040506Z {ONE}\n'
        f"old@example.org {rsa}\nauthority@example.org cert-authority {ONE}\n"
    )
    first, second = signers(tmp_path, text)
    assert (first.name, first.key.text, first.namespaces, first.after, first.before) == (
        "lab@example.org", ONE, ("*",), None, None,
    )  # fmt: skip
    local = datetime.fromtimestamp(time.mktime((2026, 1, 2, 0, 0, 0, 0, 0, -1)), UTC)
    assert (second.name, second.namespaces, second.after, second.before) == (
        "two words", ("file", "bridle-*"), local, datetime(2026, 1, 3, 4, 5, 6, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("lab@example.org", "line 1: expected a name"),
        ("lab@example.org ssh-ed25519", "line 1: expected a name"),
        ("lab@example.org ssh-ed25519 AAAA", "line 1: "),
        (f"lab@example.org no-touch {ONE}", "line 1: expected options such as namespaces"),
        (f"lab@example.org valid-after=tomorrow {ONE}", "line 1: expected a time such as 20260131Z"),
        (f"lab@example.org valid-after=20261331 {ONE}", "line 1: "),
        ("# nobody", "names no Ed25519 key"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path, line, why):
    with pytest.raises(KeyFileError, match=why):
        signers(tmp_path, line + "\n")


def test_a_key_for_something_else_or_of_another_time_is_refused(sealed):
    case = sealed / "case"
    assert verified(case, signers(sealed, f'lab@example.org namespaces="file" {ONE}\n')) == [
        f"seal.json: sealed with {FINGERPRINT} of lab@example.org, whose key is not for bridle-case but for file"
    ]
    assert verified(case, signers(sealed, f"lab@example.org valid-before=20200101Z {ONE}\n")) == [
        f"seal.json: sealed with {FINGERPRINT} of lab@example.org, whose key is valid until 2020-01-01 only"
    ]
    assert verified(case, signers(sealed, f"lab@example.org valid-after=29990101Z {ONE}\n")) == [
        f"seal.json: sealed with {FINGERPRINT} of lab@example.org, whose key is valid from 2999-01-01 only"
    ]
    two = f"lab@example.org valid-before=20200101Z {ONE}\nnew@example.org valid-after=20200101Z {ONE}\n"
    assert verify(case, signers(sealed, two)).signer.name == "new@example.org"


def test_openssh_reads_the_same_file_alike(sealed):
    (sealed / "signers").write_text(f'lab@example.org namespaces="bridle-case",valid-after="20260101Z" {ONE}\n')
    manifest = (sealed / "case/manifest.json").read_bytes()
    run("ssh-keygen", "-Y", "verify", "-f", sealed / "signers", "-I", "lab@example.org", "-n", "bridle-case",
        "-s", sealed / "case/manifest.json.sig", stdin=manifest)  # fmt: skip
    assert verified(sealed / "case", allowed_signers(sealed / "signers")) == []


def test_a_signer_says_from_when_until_when():
    signer = Signer(None, after=datetime(2026, 1, 1, tzinfo=UTC), before=datetime(2026, 2, 1, tzinfo=UTC))
    assert signer.refuses(datetime(2026, 1, 15, tzinfo=UTC)) is None
    assert signer.refuses(datetime(2025, 12, 31, tzinfo=UTC)) == "whose key is valid from 2026-01-01 only"
    assert signer.refuses(datetime(2026, 2, 2, tzinfo=UTC)) == "whose key is valid until 2026-02-01 only"
