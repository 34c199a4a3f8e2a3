"""A password that came as bytes is zeros when the source is open, and so are class keys when it is closed."""

import pytest
from backups import CLASS_KEYS, PASSWORD, Backup, keybag
from test_adb_backup import encrypted

from bridle.cli.terminal import password_from
from bridle.evidence import secret
from bridle.evidence.adb_backup import AdbBackup
from bridle.evidence.inner_backup import _secrets
from bridle.evidence.itunes_backup import ITunesBackup
from bridle.evidence.keybag import parse
from bridle.evidence.source import WrongPasswordError


def test_bytes_are_overwritten_and_texts_cannot_be():
    given = bytearray("pässword\udcff", "utf-8", "surrogateescape")
    with secret.encoded(given) as made:
        assert (made, made is given) == (b"p\xc3\xa4ssword\xff", False)
    assert (made, given) == (bytes(10), b"p\xc3\xa4ssword\xff")
    secret.erase(given, "a text", None)
    assert given == bytes(10)
    with secret.encoded("a\udcff") as made:
        assert made == b"a\xff"
    assert made == bytes(2)


@pytest.mark.parametrize("double", [True, False])
def test_what_a_password_became_on_the_way_to_the_class_keys(monkeypatch, double):
    made = []

    def derived(*given):
        made.append(real(*given))
        return made[-1]

    real = secret.derived
    monkeypatch.setattr("bridle.evidence.keybag.derived", derived)
    keys = parse(keybag(double=double)).unlock(bytearray(PASSWORD.encode()))
    assert made == [bytes(32)] * (2 if double else 1)
    assert keys.keys == CLASS_KEYS
    keys.erase()
    assert [*keys.keys.values()] == [bytes(32)] * len(CLASS_KEYS)


def test_a_backup_leaves_neither_password_nor_class_keys(tmp_path):
    root = Backup(tmp_path / "phone", encrypted=True).finish()
    given, wrong = bytearray(PASSWORD.encode()), bytearray(b"another")
    source = ITunesBackup.open(root, password=lambda: given, label=None)
    keys = source._keys.keys
    assert given == bytes(len(PASSWORD.encode()))
    assert keys == CLASS_KEYS
    source.close()
    assert [*keys.values()] == [bytes(32)] * len(CLASS_KEYS)
    with pytest.raises(WrongPasswordError):
        ITunesBackup.open(root, password=lambda: wrong, label=None)
    assert wrong == bytes(7)


def test_an_android_backup_leaves_no_password(tmp_path):
    (tmp_path / "backup.ab").write_bytes(b"ANDROID BACKUP\n5\n0\n" + encrypted(b"", 5, password=b"a\xc3\xa9"))
    given, wrong = bytearray("a\u00e9", "utf-8"), bytearray(b"another")
    AdbBackup.open(tmp_path / "backup.ab", password=lambda: given, label=None).close()
    assert given == bytes(3)
    with pytest.raises(WrongPasswordError):
        AdbBackup.open(tmp_path / "backup.ab", password=lambda: wrong, label=None)
    assert wrong == bytes(7)


def test_lines_that_may_be_the_password_of_a_backup_inside():
    given = bytearray(b"# made\nAGE-SECRET-KEY-1X\r\none\none\ntwo")
    assert _secrets(given) == [b"# made\nAGE-SECRET-KEY-1X\r\none\none\ntwo", b"one", b"two"]
    assert given == bytes(37)


def test_a_password_file_is_read_anew_into_memory_of_its_own(tmp_path):
    file = tmp_path / "password"
    file.write_bytes("pä \r\n\n".encode())
    ask = password_from(file)
    first = ask()
    assert first == "pä ".encode()
    secret.erase(first)
    assert ask() == "pä ".encode()


@pytest.mark.parametrize("content", [b"a\xff\n", None])
def test_a_password_file_that_is_no_text_or_not_there(tmp_path, content, capsys):
    if content:
        (tmp_path / "password").write_bytes(content)
    with pytest.raises(SystemExit):
        password_from(tmp_path / "password")()
    assert "bridle: the password file cannot be read: " in capsys.readouterr().err
