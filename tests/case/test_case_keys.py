"""The case key and the analyst's identity."""

import re

import pyrage
import pytest
from building import Process, rows, written

from bridle.case import keys
from bridle.case.keys import CaseLockedError, RecipientError, identity, new_case_key, unwrap, wrap
from bridle.case.reader import open_case

SSH_PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in ("BRIDLE_IDENTITY", "BRIDLE_IDENTITY_PASSPHRASE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config"


def wrapped(folder, key, recipients=()):
    folder.mkdir()
    (folder / "case.key.age").write_bytes(wrap(key, recipients))
    return folder


def test_the_identity_is_made_once_for_its_owner_alone(home):
    first = identity()
    assert re.fullmatch(r"age1[a-z0-9]{58}", first.recipient)
    assert (home / "identity.txt").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700
    assert identity() == first
    assert [p.name for p in home.iterdir()] == ["identity.txt"]
    assert "AGE-SECRET-KEY" not in repr(first)


def test_the_key_comes_back_from_its_wrapping(tmp_path):
    key = new_case_key()
    case = wrapped(tmp_path / "case", key)
    stored = (case / "case.key.age").read_bytes()
    assert stored.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----\n")
    assert key.raw not in stored
    assert unwrap(case) == key


def test_a_case_without_a_wrapped_key_is_in_plain_text(tmp_path):
    assert unwrap(tmp_path) is None


def test_every_recipient_opens_it_and_a_stranger_does_not(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "colleague"))
    colleague = identity().recipient
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "analyst"))
    key = new_case_key()
    case = wrapped(tmp_path / "case", key, [colleague, SSH_PUBLIC, f" {colleague}\n"])
    for who in ("analyst", "colleague"):
        monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / who))
        assert unwrap(case) == key
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "stranger"))
    identity()
    with pytest.raises(CaseLockedError, match="does not open this case; use the identity it was made with"):
        unwrap(case)


def test_without_an_identity_a_locked_case_says_what_to_do_and_makes_none(tmp_path, monkeypatch):
    case = wrapped(tmp_path / "case", new_case_key())
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "other"))
    with pytest.raises(CaseLockedError, match=r"there is no identity at .*other/identity\.txt; copy the identity\.txt"):
        unwrap(case)
    assert not (tmp_path / "other").exists()


def test_an_identity_elsewhere_is_named_by_the_environment(tmp_path, monkeypatch):
    key = new_case_key()
    case = wrapped(tmp_path / "case", key)
    (tmp_path / "config/identity.txt").rename(tmp_path / "stick.txt")
    monkeypatch.setenv("BRIDLE_IDENTITY", str(tmp_path / "stick.txt"))
    assert unwrap(case) == key


@pytest.mark.parametrize("recipient", ["age1nonsense", "ssh-ed25519 nonsense", "", "AGE-SECRET-KEY-1X"])
def test_an_unknown_recipient_is_named(recipient):
    with pytest.raises(RecipientError, match="expected an age recipient"):
        wrap(new_case_key(), [recipient])


def test_a_passphrase_guards_the_identity_and_wrapping_does_not_need_it(home, tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_IDENTITY_PASSPHRASE", "correct horse")
    key = new_case_key()
    case = wrapped(tmp_path / "case", key)
    assert b"AGE-SECRET-KEY" not in (home / "identity.txt").read_bytes()
    assert unwrap(case) == key
    monkeypatch.delenv("BRIDLE_IDENTITY_PASSPHRASE")
    with pytest.raises(CaseLockedError, match="has a passphrase; give it in BRIDLE_IDENTITY_PASSPHRASE"):
        unwrap(case)
    second = wrapped(tmp_path / "second", key)
    assert unwrap(second, ask=lambda: "correct horse") == key
    with pytest.raises(CaseLockedError, match="the passphrase does not open the identity"):
        unwrap(case, ask=lambda: "wrong")


def test_an_identity_that_others_may_read_is_refused(home):
    identity()
    (home / "identity.txt").chmod(0o644)
    with pytest.raises(CaseLockedError, match=r"others may read the identity .*; run `chmod 600` on it first"):
        identity()


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe\x00", b"-----BEGIN AGE ENCRYPTED FILE-----\nAAAA"])
def test_what_is_no_identity_says_so(home, content):
    home.mkdir()
    (home / "identity.txt").write_bytes(content)
    (home / "identity.txt").chmod(0o600)
    with pytest.raises(CaseLockedError):
        identity(ask=lambda: "x")


@pytest.mark.parametrize(
    "damaged",
    [
        lambda text: text.replace("AGE-SECRET-KEY-1", "AGE-SECRET-KEY-1Q"),
        lambda text: text.rstrip() + "é\n",
        lambda text: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
    ],
)
def test_a_damaged_identity_is_told_before_it_is_used(home, damaged):
    identity()
    file = home / "identity.txt"
    file.write_text(damaged(file.read_text()))
    with pytest.raises(CaseLockedError, match=r"the identity .* is damaged \(.+\); put your copy of it in its place"):
        identity()


def test_a_damaged_wrapped_key_locks_the_case(tmp_path):
    case = wrapped(tmp_path / "case", new_case_key())
    stored = (case / "case.key.age").read_bytes()
    for damaged in (b"", stored[:100], b"\xff" * 50, b"x" * (keys.LIMIT + 1)):
        (case / "case.key.age").write_bytes(damaged)
        with pytest.raises(CaseLockedError):
            unwrap(case)
    short = pyrage.encrypt(b"short", [pyrage.x25519.Recipient.from_str(identity().recipient)])
    (case / "case.key.age").write_bytes(short)
    with pytest.raises(CaseLockedError):
        unwrap(case)


def test_an_encrypted_case_without_its_wrapped_key_is_locked_not_damaged(tmp_path):
    key = new_case_key()
    table = rows(Process, "/p", [{"locator": "1", "name": "bh"}])
    files = {"case.key.age": wrap(key), "case.toml": b"[case]\nencrypted = true\n"}
    case = written(tmp_path / "case", key, {"a.b.c": table}, files)
    assert open_case(case.path).sql('SELECT name FROM "a.b.c"')[1] == [["bh"]]
    (case.path / "case.key.age").unlink()
    with pytest.raises(CaseLockedError, match=r"is encrypted and its case\.key\.age is missing"):
        open_case(case.path)
