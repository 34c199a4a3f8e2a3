"""Public tools that check what bridle signed, stamped, packed and encrypted; a test without its tool skips visibly."""

import shutil
import subprocess

import pytest


def run(*arguments, stdin=b"", cwd=None, check=True):
    """A program's output. A test whose program is not on PATH skips."""
    if shutil.which(str(arguments[0])) is None:
        pytest.skip(f"{arguments[0]} is not on this machine")
    done = subprocess.run(
        [str(a) for a in arguments], input=stdin, cwd=cwd, capture_output=True, check=False, timeout=120
    )
    if check and done.returncode:
        raise AssertionError(f"{arguments}: {done.stdout.decode()} {done.stderr.decode()}")
    return done


def ssh_key(folder, name="key", passphrase=""):
    """A new OpenSSH key; its public half lies beside it as NAME.pub."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "seal@example.org", "-f", folder / name)
    return folder / name


def minisign_key(folder, name="minisign.key"):
    """A new minisign key without a password; its public half lies beside it as NAME.pub."""
    run("minisign", "-G", "-W", "-f", "-s", folder / name, "-p", folder / f"{name}.pub")
    (folder / name).chmod(0o600)
    return folder / name
