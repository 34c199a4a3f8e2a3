"""`bridle self-verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bridle.cli.terminal import one_line, say_json

EXAMPLE = """
\b
Examples:
  bridle self-verify
  bridle self-verify --dependencies --compiled --json

\b
Exit codes: 0 nothing differs · 1 something differs · 2 wrong use · 3 not installed as a package.
"""


@click.command(epilog=EXAMPLE)
@click.option("--dependencies", is_flag=True, help="Also the packages that bridle needs.")
@click.option("--compiled", is_flag=True, help="Also compiled files, against what their sources give; takes longer.")
@click.option("--json", "as_json", is_flag=True, help="An object with every difference.")
def self_verify(dependencies: bool, compiled: bool, as_json: bool) -> None:
    """Check that bridle is as it was installed: its files, rules, baselines and stored feeds.

    Files are compared with the RECORD of the wheel. The digests of its content, of rules and baselines are printed,
    to be compared with those of another machine: a program that was changed may also say something else of itself.
    An editable install has nothing to compare with; that is said. Uses no network and changes nothing.
    """
    told = _told(dependencies, compiled)
    if as_json:
        say_json(told)
    else:
        for line in _lines(told):
            click.echo(one_line(line))
    raise SystemExit(3 if told["installed"] == "not installed" else int(not told["ok"]))


def _told(dependencies: bool, compiled: bool) -> dict[str, Any]:
    from bridle import installed
    from bridle.detect.baselines import SHIPPED, load_own
    from bridle.detect.rule import load_rules, rules_digest
    from bridle.indicators.stored import verified

    packages = [installed.examined("bridle", compiled=compiled)]
    if dependencies:
        packages += [installed.examined(name, compiled=compiled) for name in installed.needed("bridle")]
    own = packages[0]
    differences = [{"package": p.name, "file": d.file, "said": d.said} for p in packages for d in p.differences]
    differences += [{"package": "bridle", "file": f, "said": s} for f, s in _elsewhere(own)]
    feeds = verified()
    differences += [{"package": "feeds", "file": f.name, "said": f.wrong} for f in feeds.files if f.wrong]
    return {
        "version": own.version, "installed": own.kind, "place": own.place, "content_sha256": own.content_sha256,
        "packages": len(packages), "files": sum(p.files for p in packages),
        "rules": rules_digest(load_rules()), "baselines": load_own(SHIPPED).digest,
        "feeds": {"state_sha256": feeds.state_sha256, "count": len(feeds.files)},
        "differences": differences, "ok": not differences,
    }  # fmt: skip


def _elsewhere(own: Any) -> list[tuple[str, str]]:
    """The code that runs, where it is not the installed one."""
    import bridle

    running = Path(bridle.__file__).resolve().parent
    if own.kind == "wheel" and running != Path(own.place, "bridle").resolve():
        return [(str(running), "is what runs, and not what is installed; look at PYTHONPATH")]
    return []


def _lines(told: dict[str, Any]) -> list[str]:
    if told["installed"] == "not installed":
        return ["bridle is not installed as a package: there is nothing to compare with. Install its wheel."]
    lines = [f"Installed  bridle {told['version']}, {told['installed']}, {told['place']}"]
    if told["installed"] == "editable":
        lines.append("           its files are those of a source tree, which no RECORD lists: compare them with git")
    feeds = told["feeds"]
    lines += [
        f"Compared   {told['files']:,} files of {told['packages']} packages",
        *([f"Content    {told['content_sha256']}"] if told["content_sha256"] else []),
        f"Rules      {told['rules']}",
        f"Baselines  {told['baselines']}",
        f"Feeds      {feeds['state_sha256']}, {feeds['count']} feeds"
        if feeds["state_sha256"]
        else "Feeds      none stored",
        *(f"DIFFERS    {d['package']}: {d['file']} {d['said']}" for d in told["differences"]),
        "Nothing differs."
        if told["ok"]
        else "Install bridle again from a wheel whose SHA-256 you know, and look into why.",
    ]
    return lines
