"""Output of MVT as evidence: recognised by its content, whatever the folder is called."""

import json
import zipfile

import pytest

from bridle.evidence import open_source

INFO = json.dumps({"target_path": "/x", "mvt_version": "2026.10.26", "date": "2026-11-22 06:01:57"}, indent=4)
TIMELINE = '"UTC Timestamp","Plugin","Event","Description"\n'
LOG = "2026-11-22 06:01:57 - mvt.ios.cli - DEBUG - Parsing\n"


def folder(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def opened(path):
    source = open_source(path, password=lambda: None)
    try:
        members = sorted(str(m.path) for m in source.members(lambda _: True) if m.type == "file")
        return source.kind, source.platform, members, source.facts
    finally:
        source.close()


@pytest.mark.parametrize(
    ("files", "platform"),
    [
        ({"info.json": INFO, "safari_history.json": "[]"}, "ios"),
        ({"timeline.csv": TIMELINE, "dumpsys_appops.json": "[]"}, "android"),
        (
            {"timeline.csv": '"Device Local Timestamp","Plugin","Event","Description"\n', "getprop.json": "[]"},
            "android",
        ),
        ({"command.log": LOG, "sms.json": "[]"}, "any"),
        ({"info.json": INFO, "packages.json": "[]"}, "android"),
    ],
)
def test_what_tells_it(tmp_path, files, platform):
    kind, found, members, _ = opened(folder(tmp_path / "results", files))
    assert (kind, found) == ("mvt-output", platform)
    assert members == [f"/mvt_output/{name}" for name in sorted(files)]


def test_a_folder_within_and_a_zip(tmp_path):
    files = {"out/info.json": INFO, "out/sms.json": "[]", "notes.txt": "x"}
    expected = ["/mvt_output/info.json", "/mvt_output/notes.txt", "/mvt_output/sms.json"]
    kind, _, members, facts = opened(folder(tmp_path / "results", files))
    assert (kind, members, facts) == ("mvt-output", expected, {"acquisition_tool": "output of MVT 2026.10.26"})
    with zipfile.ZipFile(tmp_path / "results.zip", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    assert opened(tmp_path / "results.zip")[0] == "mvt-output"


def test_the_folder_of_androidqf_is_none(tmp_path):
    files = {"acquisition.json": '{"uuid": "x"}', "command.log": "mvt.", "getprop.txt": ""}
    assert opened(folder(tmp_path / "qf", files))[0] == "androidqf"
