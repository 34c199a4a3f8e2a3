"""A person at a terminal is asked, and what is typed as a password is not shown."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bridle
from fake_phones import SYSDIAGNOSE, statuses

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)


class Typist:
    """Waits for words on a terminal and answers them."""

    def __init__(self, arguments):
        source = str(Path(bridle.__file__).parent.parent)
        self._ours, theirs = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bridle", *arguments], stdin=theirs, stdout=theirs, stderr=theirs,
            env=os.environ | {"PYTHONPATH": source, "TERM": "dumb"}, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored by what begins in the background
        )  # fmt: skip
        os.close(theirs)
        self.seen, self._at = "", 0

    def expect(self, words, answer=None):
        self._read(until=lambda: words in self.seen[self._at :])
        assert words in self.seen[self._at :], self.seen
        self._at = self.seen.index(words, self._at) + len(words)
        if answer is not None:
            time.sleep(0.1)
            os.write(self._ours, f"{answer}\n".encode())

    def end(self):
        self._read(until=lambda: False)
        os.close(self._ours)
        return self.process.wait(timeout=20)

    def _read(self, until):
        limit = time.monotonic() + 60
        while not until() and time.monotonic() < limit:
            if not select.select([self._ours], [], [], 0.2)[0]:
                continue
            try:
                piece = os.read(self._ours, 4096)
            except OSError:
                return
            if not piece:
                return
            self.seen += piece.decode("utf-8", "replace")


def test_every_question_of_an_iphone(phones, tmp_path):
    (phones.folder / "phone" / "crash" / SYSDIAGNOSE).write_bytes(b"")
    folder = tmp_path / "p"
    typist = Typist(["acquire", "ios", "-o", str(folder), "--no-check"])
    typist.expect("Does the phone's owner agree, and go on without a record? [y/N]:", "y")
    typist.expect("Found iPhone14,5, iOS 17.5.1.")
    typist.expect("Make a sysdiagnose now?", "y")
    typist.expect("Press both volume buttons")
    typist.expect("Press Enter when that is done", "")
    typist.expect("may a backup password be set? [y/N]:", "y")
    typist.expect("New backup password:", "typed secret")
    typist.expect("Repeat for confirmation:", "typed secret")
    assert typist.end() == 0, typist.seen
    assert "typed secret" not in typist.seen
    assert "the backup password stays on the phone; give it to the person in writing" in typist.seen
    assert [status for _, status in statuses(folder)] == ["done"] * 4
    assert json.loads((phones.folder / "phone.json").read_text())["password"] == "typed secret"


def test_no_is_the_answer_that_needs_no_typing(phones, tmp_path):
    typist = Typist(["acquire", "ios", "-o", str(tmp_path / "p"), "--no-check"])
    typist.expect("go on without a record?", "")
    assert typist.end() == 2
    assert "consent comes first" in typist.seen
    assert not (tmp_path / "p").exists()


def test_interrupted_at_a_question_it_can_be_continued(phones, tmp_path):
    typist = Typist(["acquire", "ios", "-o", str(tmp_path / "p"), "--consent", "none", "--no-check"])
    typist.expect("Make a sysdiagnose now?")
    time.sleep(0.2)
    typist.process.send_signal(2)
    assert typist.end() == 3, typist.seen
    assert "run the same command again to continue" in typist.seen
    assert statuses(tmp_path / "p") == [("sysdiagnose", "interrupted")]
