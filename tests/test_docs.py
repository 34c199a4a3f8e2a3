"""Generated pages are as the code would write them now."""

import subprocess
import sys

from bridle.docs import pages


def test_no_page_is_stale():
    """In a process of its own: click keeps a command's help option from whoever called the command first."""
    assert sorted(pages()) == ["artifacts.md", "cli.md", "rules.md"]
    done = subprocess.run([sys.executable, "-m", "bridle.docs", "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
