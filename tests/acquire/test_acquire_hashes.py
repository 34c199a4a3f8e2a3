"""Digests of what was received: every name is written and read back, and what changed is named."""

import hashlib

from bridle.acquire.hashes import differing, hashed

NAMES = ("plain", "two  spaces", "back\\slash", "line\nbreak", "\\n", "ünïcode", "return\r", "bad\udcff")


def received(folder):
    below = folder / "evidence" / "step"
    below.mkdir(parents=True)
    for name in NAMES:
        (below / name).write_text(name, "utf-8", "surrogateescape")
    return hashed(folder, below, folder / "hashes" / "step-1.sha256")


def test_odd_names_come_back(tmp_path):
    told = received(tmp_path)
    assert told["files"] == len(NAMES)
    assert [*differing(tmp_path, told)] == []
    lines = (tmp_path / "hashes" / "step-1.sha256").read_text("utf-8", "surrogateescape").split("\n")
    digest = hashlib.sha256(b"line\nbreak").hexdigest()
    assert f"\\{digest}  evidence/step/line\\nbreak" in lines


def test_what_changed_is_named(tmp_path):
    told = received(tmp_path)
    (tmp_path / "evidence" / "step" / "\\n").write_text("other")
    (tmp_path / "evidence" / "step" / "plain").unlink()
    (tmp_path / "evidence" / "step" / "plain").symlink_to("ünïcode")
    assert sorted(differing(tmp_path, told)) == [
        "evidence/step/\\n: not as it was received", "evidence/step/plain: not as it was received",
    ]  # fmt: skip


def test_a_list_that_changed_is_not_believed(tmp_path):
    told = received(tmp_path)
    file = tmp_path / "hashes" / "step-1.sha256"
    file.write_bytes(file.read_bytes().replace(b"0", b"1", 1))
    said = ["hashes/step-1.sha256: the list of digests is not as it was written"]
    assert [*differing(tmp_path, told)] == said
    assert [*differing(tmp_path, told | {"list": "../../etc/passwd"})] == [
        "../../etc/passwd: the list of digests is not as it was written"
    ]
