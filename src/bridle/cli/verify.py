"""`bridle verify`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.classes import dataclass
from bridle.cli.ending import answer
from bridle.cli.terminal import each_line, fail, one_line, password_from, say_json, talk

if TYPE_CHECKING:
    from bridle.case.signers import Signer
    from bridle.case.verify import Verification

EXAMPLE = """
\b
Examples:
  bridle verify case
  bridle verify case --key lab.pub --tsa-certs service.pem
  bridle verify bag --allowed-signers signers --json
  bridle verify case --evidence backup -i feeds/

\b
Exit codes: 0 intact · 1 differs · 2 wrong use, or no case · 3 unreadable.
"""
_PATH = click.Path(path_type=Path)
_EVIDENCE = ("sources", "indicators", "yara", "baselines")
"""Options that say what a case is derived from again."""


@click.command(epilog=EXAMPLE)
@click.argument("case", type=_PATH)
@click.option("--key", type=_PATH, metavar="PUBLIC", help="The public key that the case must be sealed with.")
@click.option("--allowed-signers", "signers", type=_PATH, metavar="FILE",
              help="Who may have sealed it: a file of allowed signers as OpenSSH has it.")  # fmt: skip
@click.option("--tsa-certs", "certificates", type=_PATH, metavar="PEM",
              help="Your own copy of the time-stamping service's certificates, not those in the case.")  # fmt: skip
@click.option("--findings", is_flag=True, help="Also look up every finding's evidence in the records; needs the key.")
@click.option("--evidence", "sources", multiple=True, metavar="SOURCE", type=click.Path(path_type=Path),
              help="Also derive everything again from this source; repeat it in the order of the case.")  # fmt: skip
@click.option("-i", "indicators", multiple=True, metavar="FILE_OR_DIR",
              help="With --evidence: the feeds that the case was examined with, if not the stored ones.")  # fmt: skip
@click.option("--yara", multiple=True, metavar="FILE_OR_DIR", type=click.Path(path_type=Path),
              help="With --evidence: the YARA rules that it was examined with.")  # fmt: skip
@click.option("--baseline", "baselines", multiple=True, metavar="DIR", type=click.Path(path_type=Path),
              help="With --evidence: the baselines of its own that it was examined with.")  # fmt: skip
@click.option("--password-file", type=click.Path(path_type=Path), help="Holds the password of an encrypted source.")
@click.option("--json", "as_json", is_flag=True, help="An object with the differences and what the seal says.")
def verify(case: Path, findings: bool, as_json: bool, password_file: Path | None, **options: Any) -> None:
    """Check a case, or a bag of one: every file, its seal, its logs and its time stamp. Needs no key.

    CASE is the folder of a case, or of a BagIt bag. Without --key or --allowed-signers the seal is checked against the
    key that it names itself: whose key that is, you must know from elsewhere.

    With --findings every finding is derived again from the records: each row it cites is looked up and compared, and
    its rule is run again if this version of bridle has the rules the case was made with. How many were, and how many
    agree, is the last line.

    With --evidence every record and finding is derived again from what was collected, with the same feeds, and held
    against the case; of what differs, the rows are named.
    """
    done = _verified(case, options)
    differences = [*done.differences]
    rederived = None
    if findings and not differences:
        rederived = _of_findings(done.case)
        differences += rederived.differences
    if options["sources"] and not differences:
        differences += _of_evidence(done.case, password_file, {name: options[name] for name in _EVIDENCE})
    if done.unchecked:
        click.echo(f"bridle: {one_line(done.unchecked)}", err=True)
    with answer(1 if differences else 3 if done.unchecked else 0):
        if as_json:
            said = done.as_dict()
            told = {} if rederived is None else {"findings": rederived.as_dict()}
            say_json(said | {"intact": said["intact"] and not differences, "differences": differences} | told)
        else:
            click.echo(each_line(differences or _intact(done, bool(options["sources"]))))
            if rederived is not None:
                click.echo(rederived.line())


def _verified(case: Path, options: dict[str, Any]) -> Verification:
    from bridle.case.bag_check import BagError, is_bag
    from bridle.case.signature import KeyFileError
    from bridle.case.verify import verify as verified

    if not (case / "manifest.json").is_file() and not is_bag(case):
        unpack = f"; decrypt and unpack it first: age -d -i KEY {case} | tar x" if case.name.endswith(".age") else ""
        fail(f"{case} is not a case: it has no manifest.json, and is no bag{unpack}")
    certificates = _certificates(options["certificates"])
    try:
        return verified(case, _expected(options["key"], options["signers"]), certificates)
    except KeyFileError as e:
        fail(str(e))
    except BagError as e:
        fail(str(e), 3)
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read: {e}", 3)


def _certificates(file: Path | None) -> bytes | None:
    from bridle.case.seal_statement import SealError
    from bridle.case.timestamp import parsed_certificates

    if file is None:
        return None
    try:
        content = file.read_bytes()
        parsed_certificates(content, str(file))
    except OSError as e:
        fail(f"the certificates cannot be read: {e.strerror}")
    except SealError as e:
        fail(str(e))
    return content


def _expected(key: Path | None, signers: Path | None) -> list[Signer] | None:
    from bridle.case.signers import allowed_signers, one_signer

    if key is None and signers is None:
        return None
    return [*(one_signer(key) if key else ()), *(allowed_signers(signers) if signers else ())]


def _intact(done: Verification, derived: bool) -> Iterator[str]:
    if done.unchecked is None:
        yield f"Intact: every file is as the manifest says{', and what the evidence gives' if derived else ''}."
    else:
        yield "Every file is as the manifest says; not all of the seal could be checked."
    if done.statement is None:
        yield "Not sealed: whoever could write here could have changed files and manifest alike; `bridle seal` seals."
        return
    by = done.statement.key.fingerprint
    if done.signer is not None:
        yield f"Sealed with {by}{f' of {done.signer.name}' if done.signer.name else ''}, which was expected."
    else:
        yield f"Sealed with {by}: compare it with the key that the sealer gave you (--key)."
    if done.later:
        lines = ", ".join(f"{count} of {chain}" for chain, count in done.later.items())
        yield f"Not under the seal, since they came after it: lines of the logs ({lines})."
    if done.time is not None:
        vouched = "the certificates you gave" if done.certificates_given else "the certificates kept with the case"
        yield f"Stamped at {done.time:%Y-%m-%d %H:%M:%S} UTC, by a service that {vouched} vouch for."


@dataclass(frozen=True, kw_only=True)
class Rederived:
    """What became of the findings of a case, each derived again from its records."""

    findings: int
    agree: int
    by_rule: int
    """Findings whose rule was run again; of the others each row that they cite was looked up and compared."""
    differences: tuple[str, ...]

    def as_dict(self) -> dict[str, int]:
        return {"derived_again": self.findings, "agree": self.agree, "rules_run_again": self.by_rule}

    def line(self) -> str:
        """The figures as a sentence."""
        return (
            f"Findings: {self.findings:,} derived again from the records, {self.agree:,} agree; every row they cite was"
            f" compared, and of {self.by_rule:,} the rule was run again."
        )


def _of_findings(path: Path) -> Rederived:
    """What the records do not bear out of the findings. A case whose files differ is not asked."""
    from bridle.cli.opening import opened
    from bridle.detect.rederive import rederived
    from bridle.detect.rule import load_rules, rules_digest

    case, rules = opened(path), load_rules()
    if case.meta.get("baselines") or case.meta.get("rules", {}).get("digest") != rules_digest(rules):
        click.echo("The rules differ from those of the case and are not run again; rows are compared.", err=True)
        rules = ()
    found = [(f, rederived(case, f, rules)) for f in case.findings()]
    known = {r.id for r in rules}
    return Rederived(
        findings=len(found), agree=sum(not wrong for _, wrong in found),
        by_rule=sum(f["rule"] in known for f, _ in found),
        differences=tuple(f"finding {f['id'][:12]}: {d}" for f, wrong in found for d in wrong),
    )  # fmt: skip


def _of_evidence(path: Path, password_file: Path | None, asked: dict[str, Any]) -> list[str]:
    """What the evidence does not bear out of the case. A case whose files differ is not held against it."""
    from bridle.case.keys import CaseLockedError
    from bridle.engine.options import UsageError, usable_cores
    from bridle.engine.verify import Against, evidence_differences
    from bridle.evidence.source import SourceError

    bar = talk()
    try:
        against = Against(case=path, password=password_from(password_file), jobs=usable_cores(), **asked)
        return list(evidence_differences(against, bar))
    except UsageError as e:
        bar.close()
        fail(str(e))
    except (CaseLockedError, SourceError) as e:
        bar.close()
        fail(str(e), 3)
    except (OSError, ValueError, KeyError) as e:
        bar.close()
        fail(f"the case or its evidence cannot be read: {e}", 3)
    finally:
        bar.close()
