"""`bridle seal` and `bridle verify`, and the same with public programs alone."""

import hashlib
import json
import re
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner
from sealing import UNCONSENTED, Service, key_file, small_case

from bridle.case.chain import append
from bridle.cli import bridle
from outside_tools import minisign_key, run, ssh_key

FINGERPRINT = "SHA256:fe85JkIjo8VPe+XqXJGH5Mau1EMFdK1OdKvJUFicyA8"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
INTACT = "Intact: every file is as the manifest says.\n"
UNSEALED = "Not sealed: whoever could write here could have changed files and manifest alike; `bridle seal` seals.\n"


def call(*arguments, **more):
    done = CliRunner().invoke(bridle, [str(a) for a in arguments], **more)
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path):
    """With a case, keys 1 and 2, and the service's folder free."""
    small_case(tmp_path / "case")
    key_file(tmp_path, 1)
    key_file(tmp_path, 2)
    return tmp_path


def test_a_case_is_sealed_and_verified(folder):
    case = folder / "case"
    unsealed = (
        "Not sealed: whoever could write here could have changed files and manifest alike; `bridle seal` seals.\n"
    )
    assert call("verify", case) == (0, INTACT + unsealed, "")
    assert call("seal", case, "--key", folder / "key1") == (
        0, f"Sealed with {FINGERPRINT}. Who has the public key can check it: bridle verify {case} --key PUBLIC\n", "",
    )  # fmt: skip
    named = f"Sealed with {FINGERPRINT}: compare it with the key that the sealer gave you (--key).\n"
    assert call("verify", case) == (0, INTACT + named, "")
    assert call("verify", case, "--key", folder / "key1.pub") == (
        0, f"{INTACT}Sealed with {FINGERPRINT}, which was expected.\n", "",
    )  # fmt: skip
    (folder / "signers").write_text(f"lab@example.org {KEY}\n")
    assert call("verify", case, "--allowed-signers", folder / "signers") == (
        0, f"{INTACT}Sealed with {FINGERPRINT} of lab@example.org, which was expected.\n", "",
    )  # fmt: skip
    append(case, "notes.jsonl", {"note": "one"})
    append(case, "notes.jsonl", {"note": "two"})
    append(case, "signoff.jsonl", {"by": "reader"})
    later = "Not under the seal, since they came after it: lines of the logs (2 of notes.jsonl, 1 of signoff.jsonl).\n"
    assert call("verify", case) == (0, INTACT + named + later, "")
    other = f"seal.json: sealed with {FINGERPRINT}, which is not the key that was expected\n"
    assert call("verify", case, "--key", folder / "key2.pub") == (1, other, "")


def test_json_says_what_was_done_and_found(folder):
    case, service = folder / "case", Service(folder / "service")
    assert json.loads(call("verify", case, "--json")[1]) == {
        "intact": True, "differences": [], "bag": False, "sealed": False, "signature": None, "sealed_by": None,
        "timestamp": None, "after_the_seal": {},
    }  # fmt: skip
    done = call("seal", case, "--key", folder / "key1", "--timestamp-request", folder / "q.tsq", "--json")
    assert json.loads(done[1]) == {
        "sealed_by": {"form": "openssh", "fingerprint": FINGERPRINT, "key": KEY},
        "timestamp_request": str(folder / "q.tsq"),
    }
    answer = service.answer((folder / "q.tsq").read_bytes())
    done = call(
        "seal", case, "--timestamp-response", answer, "--tsa-certs", service.root, "--bag", folder / "bag", "--json"
    )
    said = json.loads(done[1])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said["timestamp"])
    assert said["bag"] == str(folder / "bag")
    (folder / "signers").write_text(f"lab@example.org {KEY}\n")
    done = call(
        "verify", folder / "bag", "--allowed-signers", folder / "signers", "--tsa-certs", service.root, "--json"
    )
    assert (done[0], json.loads(done[1])) == (0, {
        "intact": True, "differences": [], "bag": True, "sealed": True, "signature": "holds",
        "sealed_by": {"form": "openssh", "fingerprint": FINGERPRINT, "key": KEY, "name": "lab@example.org",
                      "expected": True},
        "timestamp": {"holds": True, "time": said["timestamp"], "certificates": "given"},
        "after_the_seal": {"custody.jsonl": 1},
    })  # fmt: skip
    (folder / "bag/data/case/seal.json.tsr").write_bytes(b"x")
    found = json.loads(call("verify", folder / "bag", "--json")[1])
    assert (found["intact"], found["signature"]) == (False, "holds")
    assert found["timestamp"] == {"holds": False, "time": None, "certificates": "in the case"}
    assert found["differences"][0].startswith("bag-info.txt: Payload-Oxum promises ")


def test_the_whole_with_a_minisign_key_and_public_programs_alone(folder):
    """Nothing of bridle is used from the second line on."""
    case, key = folder / "case", minisign_key(folder)
    assert call("seal", case, "--key", key)[0] == 0
    for name in ("manifest.json", "seal.json"):
        said = run("minisign", "-V", "-p", f"{key}.pub", "-m", case / name, "-x", case / f"{name}.sig")
        assert said.stdout.startswith(b"Signature and comment signature verified")
    (case / "manifest.json").write_bytes((case / "manifest.json").read_bytes() + b"\n")
    done = run(
        "minisign",
        "-V",
        "-p",
        f"{key}.pub",
        "-m",
        case / "manifest.json",
        "-x",
        case / "manifest.json.sig",
        check=False,
    )
    assert done.returncode == 1


SUMS = """
import json
for name, file in json.load(open("manifest.json"))["files"].items():
    print(file["stored_sha256"] + "  " + name)
"""


def test_the_whole_with_an_openssh_key_and_public_programs_alone(folder):
    """Signatures, every file, the logs and the time: with ssh-keygen, sha256sum, head and openssl."""
    case, key, service = folder / "case", ssh_key(folder, "lab"), Service(folder / "service")
    call("seal", case, "--key", key, "--timestamp-request", folder / "q.tsq")
    answer = service.answer((folder / "q.tsq").read_bytes())
    assert call("seal", case, "--timestamp-response", answer, "--tsa-certs", service.root)[0] == 0

    (folder / "signers").write_bytes(b"lab@example.org " + (folder / "lab.pub").read_bytes())
    for name in ("manifest.json", "seal.json"):
        verify = ("ssh-keygen", "-Y", "verify", "-f", folder / "signers", "-I", "lab@example.org", "-n", "bridle-case",
                  "-s", case / f"{name}.sig")  # fmt: skip
        content = (case / name).read_bytes()
        assert b'Good "bridle-case" signature for lab@example.org' in run(*verify, stdin=content).stdout
        assert run(*verify, stdin=content + b"\n", check=False).returncode != 0
    sums = subprocess.run([sys.executable, "-c", SUMS], cwd=case, capture_output=True, check=True).stdout
    assert len(sums.splitlines()) == 5
    run("sha256sum", "--check", "--strict", "--quiet", stdin=sums, cwd=case)
    (case / "summary.json").write_bytes(b"[]\n")
    assert b"summary.json: FAILED" in run("sha256sum", "--check", stdin=sums, cwd=case, check=False).stdout
    stood = json.loads((case / "seal.json").read_bytes())["chains"]["custody.jsonl"]
    head = run("head", "-c", stood["bytes"], case / "custody.jsonl").stdout
    assert run("sha256sum", stdin=head).stdout.split()[0].decode() == stood["sha256"]
    said = run("openssl", "ts", "-verify", "-data", case / "seal.json.sig", "-in", case / "seal.json.tsr",
               "-CAfile", service.root)  # fmt: skip
    assert b"Verification: OK" in said.stdout + said.stderr


def test_a_key_under_a_password(folder):
    from test_case_signature import minisign_file

    key = minisign_file(folder, b"a secret")
    assert call("seal", folder / "case", "--key", key) == (
        2, "", f"bridle: the key {key} has a password; give it in a file with --passphrase-file\n",
    )  # fmt: skip
    (folder / "passphrase").write_text("a secret\n")
    assert call("seal", folder / "case", "--key", key, "--passphrase-file", folder / "passphrase")[0] == 0
    assert (
        json.loads(call("verify", folder / "case", "--json")[1])["sealed_by"]["fingerprint"]
        == "minisign 0807060504030201"
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "name a key to seal with (--key)"),
        (["--bag", "out"], "is not sealed, and only a sealed case is packed; add --key KEY"),
        (["--timestamp-request", "q.tsq"], "is not sealed; `bridle seal CASE --key KEY` seals it"),
        (["--key", "key1", "--timestamp-response", "a", "--tsa-certs", "b"], "leave out --key"),
        (["--timestamp-response", "a"], "--timestamp-response and --tsa-certs belong together"),
        (["--tsa-certs", "a", "--key", "key1"], "--timestamp-response and --tsa-certs belong together"),
        (["--key", "key1", "--encrypt-to", "age1x"], "--encrypt-to is for a bag; add --bag OUT"),
        (["--key", "absent"], "cannot be read: No such file or directory; name the file with --key"),
        (["--key", "key1.pub"], "is neither an OpenSSH private key nor a minisign secret key"),
    ],
)
def test_wrong_use_changes_nothing_and_says_what_to_do(folder, monkeypatch, arguments, why):
    monkeypatch.chdir(folder)
    (folder / "key1.pub").chmod(0o600)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    code, out, err = call("seal", "case", *arguments)
    assert (code, out) == (2, "")
    assert why.replace("CASE", "case") in err
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_no_case_is_wrong_use_and_a_packed_bag_is_to_be_opened_first(folder):
    (folder / "empty").mkdir()
    assert call("seal", folder / "empty", "--key", folder / "key1")[0] == 2
    code, _, err = call("verify", folder / "empty")
    assert (code, "it has no manifest.json, and is no bag" in err) == (2, True)
    (folder / "out.tar.age").write_bytes(b"age-encryption.org/v1\n")
    code, _, err = call("verify", folder / "out.tar.age")
    assert (code, "decrypt and unpack it first: age -d -i KEY" in err) == (2, True)


def test_a_case_that_differs_is_neither_sealed_nor_packed(folder):
    case = folder / "case"
    call("seal", case, "--key", folder / "key1")
    (case / "summary.json").write_bytes(b"[]\n")
    code, _, err = call("seal", case, "--bag", folder / "bag")
    assert (code, "is not as it was sealed, and is not packed: summary.json: changed" in err) == (1, True)
    code, _, err = call("seal", case, "--key", folder / "key2", "--again")
    assert (code, "is not as it was written, and is not sealed: summary.json: changed" in err) == (1, True)


def test_a_bag_of_a_case_without_consent_is_refused(tmp_path):
    case = small_case(tmp_path / "case", UNCONSENTED)
    code, _, err = call("seal", case, "--key", key_file(tmp_path), "--bag", tmp_path / "bag")
    assert (code, "no consent record, so it is not shared" in err) == (2, True)
    assert not (tmp_path / "bag").exists()


def test_verify_is_3_where_nothing_can_be_told(folder):
    (folder / "case/manifest.json").write_bytes(b"[]")
    assert call("verify", folder / "case") == (
        3, "", "bridle: the case cannot be read: manifest.json: expected an object with `schema` and `files`\n",
    )  # fmt: skip
    small_case(folder / "two")
    call("seal", folder / "two", "--key", folder / "key1", "--bag", folder / "bag")
    (folder / "bag/manifest-sha256.txt").unlink()
    code, _, err = call("verify", folder / "bag")
    assert (code, "has no manifest-sha256.txt; `bagit.py --validate" in err) == (3, True)


def test_verify_says_what_it_could_not_check(folder, monkeypatch):
    case, service = folder / "case", Service(folder / "service")
    call("seal", case, "--key", folder / "key1", "--timestamp-request", folder / "q.tsq")
    answer = service.answer((folder / "q.tsq").read_bytes())
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    missing = "is checked by rfc3161-client: pip install bridle[seal]\n"
    done = call("seal", case, "--timestamp-response", answer, "--tsa-certs", service.root)
    assert done == (2, "", f"bridle: {answer.name}: {missing}")
    monkeypatch.undo()
    call("seal", case, "--timestamp-response", answer, "--tsa-certs", service.root)
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    code, out, err = call("verify", case)
    assert (code, err) == (3, f"bridle: seal.json.tsr: {missing}")
    assert out.splitlines()[0] == "Every file is as the manifest says; not all of the seal could be checked."


def test_certificates_that_are_none_are_wrong_use(folder):
    for content in (b"", b"x"):
        (folder / "x.pem").write_bytes(content)
        code, _, err = call("verify", folder / "case", "--tsa-certs", folder / "x.pem")
        assert code == 2
        assert "x.pem: " in err


def test_nothing_is_written_into_the_case(folder):
    case = folder / "case"
    call("seal", case, "--key", folder / "key1")
    code, _, err = call("seal", case, "--timestamp-request", case / "q.tsq")
    assert (code, "lies in the case" in err) == (2, True)
    assert call("verify", case)[0] == 0


def test_a_sealed_case_whose_manifest_was_broken_differs(folder):
    call("seal", folder / "case", "--key", folder / "key1")
    (folder / "case/manifest.json").write_bytes(b"[]")
    code, out, _ = call("verify", folder / "case")
    assert code == 1
    assert "manifest.json: changed since it was sealed" in out.splitlines()
    assert "manifest.json: expected an object with `schema` and `files`" in out.splitlines()


def test_text_of_a_hostile_seal_is_shown_and_not_obeyed(folder):
    case = folder / "case"
    call("seal", case, "--key", folder / "key1")
    signature = (case / "manifest.json.sig").read_text().replace("-----BEGIN SSH SIGNATURE-----", "\x1b[31m")
    (case / "manifest.json.sig").write_text(signature)
    (case / "evil\x1b[2J").write_bytes(b"")
    out = call("verify", case)[1]
    assert "\x1b" not in out
    assert "evil\\x1b[2J: unlisted" in out


def test_one_seal_at_a_time(folder):
    import fcntl

    with (folder / "case/manifest.json").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        code, _, err = call("seal", folder / "case", "--key", folder / "key1")
    assert (code, "another process is sealing" in err) == (2, True)


def test_a_copy_elsewhere_is_the_same_case(folder, tmp_path_factory):
    call("seal", folder / "case", "--key", folder / "key1")
    copy = shutil.copytree(folder / "case", tmp_path_factory.mktemp("else") / "other name")
    assert call("verify", copy, "--key", folder / "key1.pub")[0] == 0
    digests = {hashlib.sha256((c / "seal.json").read_bytes()).hexdigest() for c in (copy, folder / "case")}
    assert len(digests) == 1
