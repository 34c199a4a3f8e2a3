"""Programs that hang, flood, die and ask: none of them keeps us waiting or fills our memory."""

import os
import subprocess
import sys
import time
from pathlib import Path

from bridle.acquire.running import KEPT, attached, run


def python(code, **options):
    return run([sys.executable, "-c", code], **{"patience": 20.0} | options)


def test_output_and_code_are_kept_apart():
    ran = python("import sys; print('found'); print('odd', file=sys.stderr); sys.exit(3)")
    assert (ran.code, ran.out, ran.err, ran.problem, ran.good) == (3, "found\n", "odd\n", "", False)
    assert ran.last_words == "odd"
    assert ran.started <= ran.ended


def test_a_program_that_is_not_there():
    ran = run(["/nonexistent/idevice_id"], patience=5)
    assert (ran.code, ran.problem) == (None, "could not be started: No such file or directory")


def test_one_that_hangs_is_ended_with_its_children(tmp_path):
    child = tmp_path / "child"
    code = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(child)!r}, 'w').write(str(p.pid))\n"
        "time.sleep(60)"
    )
    ran = python(code, patience=1.5)
    assert (ran.code, ran.problem) == (None, "did not end within 2 seconds and was ended")
    number = int(child.read_text())
    for _ in range(50):
        stat = Path(f"/proc/{number}/stat")
        if not stat.exists() or stat.read_text().split()[2] == "Z":
            break
        time.sleep(0.1)
    else:
        raise AssertionError("the child of a hanging program lives on")


def test_one_that_falls_silent_is_ended():
    ran = python("import time; print('begun', flush=True); time.sleep(60)", silence=1.0)
    assert (ran.code, ran.out, ran.problem) == (None, "begun\n", "said nothing for 1 seconds and was ended")


def test_a_flood_is_cut_in_the_middle():
    ran = python("import sys; sys.stdout.write('first\\n' + 'x' * (8 << 20) + '\\nlast\\n')")
    assert len(ran.out) == KEPT
    assert ran.out.startswith("first\n")
    assert ran.out.endswith("\nlast\n")


def test_bytes_that_are_no_text_are_kept_as_marks():
    assert python("import sys; sys.stdout.buffer.write(b'\\xff\\x1b[2J')").out == "�\x1b[2J"


def test_input_reaches_it_and_our_secrets_do_not(monkeypatch):
    monkeypatch.setenv("BRIDLE_BACKUP_PASSWORD", "secret-1")
    monkeypatch.setenv("BRIDLE_IDENTITY_PASSPHRASE", "secret-2")
    code = (
        "import os, sys\n"
        "print(sys.stdin.read(), *(k for k in os.environ if 'BRIDLE_' in k and 'PASS' in k), os.environ['GIVEN'])"
    )
    assert python(code, given="asked\n", environment={"GIVEN": "yes"}).out == "asked\n yes\n"


def test_what_it_writes_is_for_us_alone(tmp_path):
    python(f"open({str(tmp_path / 'made')!r}, 'w')")
    assert os.stat(tmp_path / "made").st_mode & 0o777 == 0o600


def test_progress_is_told():
    told = []
    code = "import time; print('10 %', end='\\r', flush=True); time.sleep(1.5)"
    python(code, progress=lambda seconds, said: told.append((seconds, said)))
    assert told == sorted(told)
    assert told[-1][1] == "10 %"


def test_attached_gives_the_code(tmp_path):
    ran = attached([sys.executable, "-c", "import sys; sys.exit(4)"], str(tmp_path))
    assert (ran.code, ran.problem) == (4, "")
    assert attached(["/nonexistent/androidqf"], str(tmp_path)).problem.startswith("could not be started")


def test_one_that_leaves_a_server_behind_is_not_waited_for():
    code = "import subprocess, sys; print('done', flush=True); subprocess.Popen(['sleep', '5'], start_new_session=True)"
    started = time.monotonic()
    ran = python(code)
    assert (ran.code, ran.out) == (0, "done\n")
    assert time.monotonic() - started < 5


def test_interrupting_us_ends_the_program(tmp_path):
    hang = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    code = (
        "import sys, threading, os, signal\n"
        "from bridle.acquire.running import run\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what begins in the background\n"
        "threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try:\n"
        f"    run([sys.executable, '-c', {hang!r}], patience=60)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "interrupted\n"
    number = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{number}").exists() or "Z" in Path(f"/proc/{number}/stat").read_text().split()[2]
