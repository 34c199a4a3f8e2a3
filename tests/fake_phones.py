"""Programs that behave like those that acquire phones, for the PATH of a test: what they do is in `phone.json`.

Each says what the real one says in the same state; sources as in bridle.acquire.
"""

import json
import plistlib
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner

from bridle.cli import bridle

SYSDIAGNOSE = "sysdiagnose_2026.03.01_10-11-12+0100_iPhone-OS_iPhone_21F90.tar.gz"
UDID = "00008110-001A2B3C4D5E801E"
SERIAL = "R58M0000000"
PROGRAM = """#!{python} -IS
import json, os, pathlib, shutil, sys, time
HERE = pathlib.Path({folder!r})
NAME = {name!r}
def state(): return json.loads((HERE / "phone.json").read_text())
def save(s): (HERE / "phone.json").write_text(json.dumps(s))
with (HERE / "log.jsonl").open("a") as log:
    log.write(json.dumps({{"program": NAME, "arguments": sys.argv[1:],
        "secrets": sorted(k for k in os.environ if "PASSWORD" in k)}}) + "\\n")
def end(code, out="", err=""):
    sys.stdout.write(out); sys.stderr.write(err); sys.stdout.flush(); sys.exit(code)
S = state(); A = sys.argv[1:]
BAD = S.get("bad", {{}}).get(NAME, {{}})
def misbehave():
    left = BAD.get("times", 1)
    if not BAD or left <= 0: return
    S["bad"][NAME]["times"] = left - 1; save(S)
    if BAD.get("writes"):
        p = pathlib.Path(BAD["writes"][0]); p.parent.mkdir(parents=True, exist_ok=True); p.write_text(BAD["writes"][1])
    if "hang" in BAD: print(BAD["hang"], flush=True); time.sleep(60)
    end(BAD.get("code", 1), BAD.get("out", ""), BAD.get("err", ""))
"""
BODIES = {
    "idevice_id": """
if A == ["-v"]: end(0, "idevice_id 1.4.0\\n")
misbehave()
end(0, "".join(u + "\\n" for u in S["udids"]))
""",
    "ideviceinfo": """
if A == ["-v"]: end(0, "ideviceinfo 1.4.0\\n")
misbehave()
if A[0] != "-u" or A[1] not in S["udids"]: end(255, "ERROR: Device not found!\\n")
if S.get("lockdown"): end(255, "", S["lockdown"])
domain = A[A.index("-q") + 1] if "-q" in A else ""
end(0, S["answers"].get(domain, ""))
""",
    "idevicecrashreport": """
if A == ["-v"]: end(0, "idevicecrashreport 1.4.0\\n")
assert A[0] == "-u" and A[2] == "-k", A
misbehave()
for link in (p for p in pathlib.Path(A[3]).rglob("*") if p.is_symlink()): link.unlink()
shutil.copytree(S["crash"], A[3], dirs_exist_ok=True, symlinks=True)
end(0, "Copy: one\\nDone.\\n")
""",
    "idevicebackup2": """
if A == ["-v"]: end(0, "idevicebackup2 1.4.0\\n")
misbehave()
if A[2:5] == ["-i", "encryption", "on"]:
    first = sys.stdin.readline(), sys.stdin.readline()
    if first != (os.environ["BACKUP_PASSWORD"] + "\\n",) * 2: end(1, "No backup password given. Aborting.\\n")
    S["answers"]["com.apple.mobile.backup"] = S["answers"]["encrypting"]; S["password"] = first[0].strip(); save(S)
    end(0, "Backup encryption has been enabled successfully.\\n")
assert A[2:4] == ["backup", "--full"], A
shutil.copytree(S["backup"], pathlib.Path(A[4]) / A[1], dirs_exist_ok=True)
end(0, "[=====] 100% Finished\\nReceived 7 files from device.\\nBackup Successful.\\n")
""",
    "adb": """
if A == ["version"]: end(0, "Android Debug Bridge version 1.0.41\\n")
if A == ["devices", "-l"]:
    there = "".join(f"{s:<22} {w}\\n" for s, w in S["serials"])
    end(0, f"* daemon started successfully\\nList of devices attached\\n{there}\\n")
misbehave()
assert A[0] == "-s", A
if A[2:] == ["shell", "getprop"]: end(0, S["getprop"])
if A[2:] == ["shell", "date", "+%s"]: end(0, f"{int(time.time()) + S.get('ahead', 0)}\\n")
assert A[2] == "bugreport", A
shutil.copyfile(S["bugreport"], A[3])
end(0, f"Bug report copied to {A[3]}\\n")
""",
    "androidqf": """
if A == ["-version"]: end(0, "AndroidQF version: v1.8.4\\n")
HELP = "Usage of androidqf:\\n  -non-interactive\\n  -backup string\\n  -download string\\n"
if A == ["-h"]: end(0, "", S.get("androidqf_help", HELP))
misbehave()
shutil.copytree(S["androidqf"], pathlib.Path(A[A.index("-o") + 1]), dirs_exist_ok=True)
end(0, "Acquisition completed.\\n")
""",
}


def plist(**values):
    return plistlib.dumps(values).decode()


class Phones:
    """A folder for the PATH, and the state of the phones on the cables."""

    def __init__(self, folder: Path, programs=tuple(BODIES)):
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir(parents=True)
        for name in programs:
            self.install(name)
        ahead = datetime.now(UTC) + timedelta(seconds=90)
        about = {
            "DeviceName": "Phone of\u202e[bold] nobody", "ProductType": "iPhone14,5", "ProductVersion": "17.5.1",
            "BuildVersion": "21F90", "TimeIntervalSince1970": ahead.timestamp(), "TimeZone": "Europe/Belgrade",
        }  # fmt: skip
        self.state = {
            "udids": [UDID], "serials": [[SERIAL, "device usb:1-1 product:a52 model:SM_A525F"]],
            "answers": {
                "": plist(**about), "com.apple.mobile.backup": plist(WillEncrypt=False),
                "encrypting": plist(WillEncrypt=True),
                "com.apple.disk_usage": plist(TotalDataCapacity=1 << 20, TotalDataAvailable=1 << 19),
            },
            "getprop": "[ro.product.model]: [SM-A525F]\n[ro.build.version.release]: [14]\n",
            "crash": str(self._crash_logs()), "backup": str(self._backup()),
        }  # fmt: skip
        self.save()

    def install(self, name):
        text = PROGRAM.format(python=sys.executable, folder=str(self.folder), name=name) + BODIES[name]
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def save(self, **changed):
        self.state |= changed
        (self.folder / "phone.json").write_text(json.dumps(self.state))

    def log(self):
        file = self.folder / "log.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def ran(self):
        """Programs that did something, in order: questions about versions and devices left out."""
        quiet = {("-v",), ("version",), ("-version",), ("-h",), ("-l",)}
        return [
            (x["program"], *x["arguments"]) for x in self.log()
            if tuple(x["arguments"]) not in quiet and x["program"] != "ideviceinfo" and "shell" not in x["arguments"]
            and x["arguments"] != ["devices", "-l"]
        ]  # fmt: skip

    def _crash_logs(self):
        made = self.folder / "phone" / "crash"
        made.mkdir(parents=True)
        (made / "Example-2026-03-01-101112.ips").write_text('{"bug_type":"309","name":"Example"}\n{}\n')
        (made / "latest").symlink_to("Example-2026-03-01-101112.ips")
        return made

    def _backup(self):
        made = self.folder / "phone" / "backup"
        made.mkdir(parents=True)
        (made / "Status.plist").write_bytes(plistlib.dumps({"SnapshotState": "finished"}))
        (made / "Manifest.plist").write_bytes(plistlib.dumps({}))
        (made / "Manifest.db").write_bytes(b"")
        return made


class Answers:
    """Somebody at the computer who answers everything alike."""

    def __init__(self, yes=True, password="a new password"):
        self.interactive, self.yes, self.password, self.said = True, yes, password, []

    def say(self, text):
        self.said.append(text)

    wait = say

    def agree(self, question):
        self.said.append(question)
        return self.yes

    def new_password(self):
        return self.password

    def working(self, title):
        self.said.append(title)
        return nullcontext(lambda *_: None)


def run_ios(*arguments):
    """`bridle acquire ios --yes`."""
    return CliRunner().invoke(bridle, ["acquire", "ios", "--yes", *arguments])


def stored(folder):
    """The record of an acquisition."""
    return json.loads((folder / "acquisition.json").read_text())


def statuses(folder):
    """Each attempt at a step and how it ended."""
    return [(s["name"], s["status"]) for s in stored(folder)["steps"]]
