"""`bridle demo`: two phones, two cases, and how much of what was planted is found in each."""

import re
from pathlib import Path

from click.testing import CliRunner

from bridle.cli import bridle


def test_it_examines_two_phones(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = CliRunner(env={"BRIDLE_CONFIG": str(tmp_path / "config")}).invoke(bridle, ["demo", str(folder)])
    assert done.exit_code == 0, done.output
    iphone, android = done.output.split("\nAndroid phone\n")
    assert iphone.startswith("iPhone\nSYNTHETIC evidence")
    assert android.startswith("SYNTHETIC evidence")
    for said, case, sources in (
        (iphone, "case", ("phone", "sysdiagnose.tar.gz")), (android, "android-case", ("bugreport.zip", "androidqf")),
    ):  # fmt: skip
        found, planted = map(int, re.search(r"Planted +(\d+) of (\d+) traces", said).groups())
        assert 0 < planted // 2 < found <= planted
        assert (folder / case / "report.html").is_file()
        assert all(str(folder / f"{s}.truth.json") in said for s in sources)
        assert f"bridle timeline {folder / case} --around 20" in said
        assert re.search(r"Rows +[\d,]+ read, 0 gaps", said)
