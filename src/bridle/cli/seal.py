"""`bridle seal`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bridle.cli.terminal import each_line, fail, say_json

EXAMPLE = """
\b
Examples:
  ssh-keygen -t ed25519 -f lab          makes a key, if there is none yet
  bridle seal case --key lab --timestamp-request case.tsq
  curl -H 'Content-Type: application/timestamp-query' --data-binary @case.tsq -o case.tsr URL
  bridle seal case --timestamp-response case.tsr --tsa-certs service.pem
  bridle seal case --bag out --encrypt-to age1…

\b
Exit codes: 0 done · 1 the case is not as it was written, and is not sealed · 2 wrong use · 3 unreadable.
"""
_PATH = click.Path(path_type=Path)


@click.command(epilog=EXAMPLE)
@click.argument("case", type=_PATH)
@click.option("--key", type=_PATH, metavar="FILE", help="Sign with it: OpenSSH's (Ed25519) or minisign's secret key.")
@click.option("--passphrase-file", type=_PATH, help="Holds the key's passphrase; without it you are asked.")
@click.option("--again", is_flag=True, help="Replace a seal or time stamp; custody keeps the replaced seal.")
@click.option("--timestamp-request", "request", type=_PATH, metavar="FILE",
              help="Write what to send to a time-stamping service. bridle sends nothing.")  # fmt: skip
@click.option("--timestamp-response", "response", type=_PATH, metavar="FILE", help="Check its answer and keep it.")
@click.option("--tsa-certs", "certificates", type=_PATH, metavar="PEM", help="The service's certificates, to its root.")
@click.option(
    "--bag", type=_PATH, metavar="OUT", help="Pack the sealed case as a BagIt folder; needs a consent record."
)
@click.option("--encrypt-to", "recipients", multiple=True, metavar="RECIPIENT",
              help="Pack it as OUT.tar.age instead, for this age recipient. Repeatable.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def seal(case: Path, as_json: bool, **options: Any) -> None:
    """Sign a case, so that any change is found by anybody, without bridle too.

    The signature lies beside the manifest. A time stamp shows that the seal was there at a time; it needs a service,
    which learns nothing of the case. A bag is a copy to hand over or to archive.
    """
    _check_use(case, options)
    done: dict[str, Any] = {}
    with _errors():
        if options["key"]:
            done |= _seal(case, options)
        if options["request"]:
            done |= _request(case, options["request"])
        if options["response"]:
            done |= _response(case, options)
        if options["bag"]:
            done |= _bag(case, options)
    if as_json:
        say_json(done)
    else:
        click.echo(each_line(_told(case, done)))


def _check_use(case: Path, options: dict[str, Any]) -> None:
    if not (case / "manifest.json").is_file():
        fail(f"{case} is not a case: it has no manifest.json")
    if not any(options[name] for name in ("key", "request", "response", "bag")):
        fail("name a key to seal with (--key), or what to do with the seal that is there; see `bridle seal --help`")
    if options["key"] and options["response"]:
        fail("a time stamp is for the seal that its request was made from; leave out --key")
    if bool(options["response"]) != bool(options["certificates"]):
        fail("--timestamp-response and --tsa-certs belong together: the service's answer, and who vouches for it")
    if options["recipients"] and not options["bag"]:
        fail("--encrypt-to is for a bag; add --bag OUT")


def _seal(case: Path, options: dict[str, Any]) -> dict[str, Any]:
    from bridle.case.seal import seal as sealed

    key = sealed(case, options["key"], _passphrase(options["passphrase_file"]), options["again"]).key
    return {"sealed_by": {"form": key.form, "fingerprint": key.fingerprint, "key": key.text}}


def _request(case: Path, file: Path) -> dict[str, Any]:
    from bridle.case.seal_statement import inside
    from bridle.case.timestamp import request

    content = request(case)
    if inside(case, file):
        fail(f"{file} lies in the case, which would not be as it was sealed; name another place")
    try:
        with file.open("xb") as out:
            out.write(content)
    except FileExistsError:
        fail(f"{file} exists already, and is not overwritten; name another for --timestamp-request")
    return {"timestamp_request": str(file)}


def _response(case: Path, options: dict[str, Any]) -> dict[str, Any]:
    from bridle.case.timestamp import accept

    time = accept(case, options["response"], options["certificates"], options["again"])
    return {"timestamp": time.isoformat(timespec="seconds").replace("+00:00", "Z")}


def _bag(case: Path, options: dict[str, Any]) -> dict[str, Any]:
    from bridle.case.bag import write_bag

    return {"bag": str(write_bag(case, options["bag"], options["recipients"]))}


@contextmanager
def _errors() -> Iterator[None]:
    from bridle.case.consent import SharingRefusedError
    from bridle.case.keys import RecipientError
    from bridle.case.seal import DiffersError, SealError
    from bridle.case.signature import KeyFileError
    from bridle.case.timestamp import MissingExtraError

    try:
        yield
    except DiffersError as e:
        fail(str(e), 1)
    except (SealError, SharingRefusedError, RecipientError, KeyFileError, MissingExtraError) as e:
        fail(str(e))
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read or written: {e}", 3)


def _passphrase(file: Path | None) -> Callable[[], str | None]:
    def ask() -> str | None:
        if file is not None:
            try:
                return file.read_text("utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as e:
                fail(f"the passphrase file cannot be read: {getattr(e, 'strerror', None) or e}")
        if sys.stdin.isatty() and sys.stderr.isatty():
            return str(click.prompt("Passphrase of the key", hide_input=True, err=True))
        return None

    return ask


def _told(case: Path, done: dict[str, Any]) -> Iterator[str]:
    if by := done.get("sealed_by"):
        yield f"Sealed with {by['fingerprint']}. Who has the public key can check it: bridle verify {case} --key PUBLIC"
    if file := done.get("timestamp_request"):
        yield f"Wrote {file}. Send it to a time-stamping service of your choice, and keep the answer:"
        yield f"  curl -H 'Content-Type: application/timestamp-query' --data-binary @{file} -o {file}.tsr URL"
        yield f"  bridle seal {case} --timestamp-response {file}.tsr --tsa-certs SERVICE.pem"
    if time := done.get("timestamp"):
        yield f"Stamped: the seal was there at {time}."
    if bag := done.get("bag"):
        yield f"Packed as {bag}. Who gets it can check it with bridle verify, bagit.py and ssh-keygen or minisign."
