"""Hostile strings beside a case: in a list, a base of infrastructure, a fleet, a phone on a cable, this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from reliability import hostile
from reliability.desk import Desk

_TESTS = Path(__file__).resolve().parents[2] / "tests"
_WHO = "Example \u202e<b>Desk</b> \x1b[31m%s{0}"
_WHY = "Public-interest reporting \u2066\x9b31m<script>alert('hostile')</script>"
_ONE_NUMBER = "+15555550100"


def beside(desk: Desk) -> None:
    """Everything of this part."""
    for arguments, form in _of_the_machine(desk):
        desk.run(*arguments, form=form)
    for file in sorted((desk.inside / "baseline \u202e%s").iterdir()):
        desk.written(file, "json" if file.suffix == ".json" else "text")
    _list(desk)
    _infrastructure(desk)
    _fleet(desk)
    _acquired(desk)
    _on_a_terminal(desk)


def _of_the_machine(desk: Desk) -> Iterator[tuple[tuple[str, ...], str]]:
    folder = f"no {hostile.file_names()[0]}"
    yield ("doctor",), "text"
    yield ("doctor", "--json"), "json"
    yield ("doctor", "--folder", folder), "text"
    yield ("completion", "bash"), "text"
    yield ("completion", "zsh"), "text"
    yield ("completion", "fish"), "text"
    yield ("rules", "list", "--json"), "json"
    yield ("artifacts", "list", "--json"), "json"
    yield ("indicators", "history", "--json"), "json"
    bundle = "feeds \u202e%s.bridle-feeds"
    (desk.inside / bundle).write_bytes(b"not a bundle \x1b[31m\n")
    yield ("indicators", "unpack", bundle), "text"
    yield ("links", desk.case, "another", "--json"), "json"
    yield ("baseline", "build", desk.case, "-o", "baseline \u202e%s", "--despite-findings"), "text"
    yield ("debug-bundle", desk.case, "-o", "bundle \u202e%s.json", "--yes"), "text"


def selections() -> str:
    """A list in which every cell that is no number or time is hostile, and some of those too."""
    lines = ["client,number,selected,\u202eremark <b>\x1b[31m\n"]
    lines += [f"client {n % 2},+155555501{n:02},2019-{n % 12 + 1:02}-03 {n % 24:02}:00:00,\n" for n in range(90)]
    for n, text in enumerate(hostile.HOSTILE.values()):
        cell = '"' + text.replace("\ud800", "").replace("\x00", "").replace('"', '""') + '"'
        number, time = f"+155555501{n:02}", f"2018-05-{n % 28 + 1:02} 10:00:00"
        lines.append(f"{cell},{number},{time},{cell}\n")
        lines.append(f"{cell},{cell},{cell},{cell}\n")
    return "".join(lines)


def _list(desk: Desk) -> None:
    """From a file to its summary, its operators, one number and the log; a look-up by two holders."""
    name, project, second = "list \u202e%s.csv", "project \x1b[31m\u202e", "second \u202e.txt"
    (desk.inside / name).write_text(selections(), "utf-8", newline="")
    recipient = desk.run("list", "key", second, expected=(0,)).decode().strip()
    here = ("--project", project)
    both = (*here, "--second-identity", second)
    new = ("--owner", _WHO, "--purpose", _WHY, "--second-key", recipient)
    desk.run("list", "import", name, *here, *new, "--number", "number", "--time", "selected", "--operator", "client",
             expected=(0, 1))  # fmt: skip
    (desk.inside / "more.tsv").write_text(selections().replace(",", "\t"), "utf-8", newline="")
    desk.run("list", "import", "more.tsv", *both, "--json", form="json")
    for verb in ("summary", "show", "audit"):
        desk.run("list", verb, *here)
        desk.run("list", verb, *here, "--json", form="json")
    desk.run("list", "operators", *here, "--resamples", "0")
    desk.run("list", "operators", *here, "--resamples", "0", "--rows", "--json", form="json")
    rows = json.loads(desk.run("list", "show", *here, "--json", "--limit", "200", form="json"))
    token = next(row["token"] for row in rows if row["token"])
    why = ("--reason", f"asked {_WHY}")
    desk.run("list", "unmask", token, *both, *why, expected=(0,))
    desk.run("list", "unmask", token, *both, *why, "--json", form="json", expected=(0,))
    desk.run("list", "unmask", f"x{hostile.HOSTILE['line feed']}", *both, *why)
    desk.run("list", "standing", "verify", token, "--basis", "owner", "--basis", "document", *here, *why, expected=(0,))
    desk.run("list", "standing", "examine", token, "--case", desk.case, *here, *why)
    desk.run("list", "standing", "show", *here)
    desk.run("list", "standing", "show", *here, "--json", form="json")
    desk.run("list", "publish", *here, "-o", "published \u202e%s", "--json", form="json")
    desk.run("list", "audit", *here)
    desk.run("list", "correlate", desk.case, *both, "--register", "plan \u202e.json", *why, expected=(0, 1, 2, 3))
    _looked_up(desk, here, why)


def _looked_up(desk: Desk, here: tuple[str, ...], why: tuple[str, ...]) -> None:
    """A number blinded and evaluated, and a book offered: what is written beside is JSON."""
    (desk.inside / "number.txt").write_text(f"{_ONE_NUMBER}\n")
    (desk.inside / "book.txt").write_text(f"{_ONE_NUMBER}\n" + "".join(
        text.replace("\ud800", "") + "\n" for text in hostile.HOSTILE.values()), "utf-8")  # fmt: skip
    key, request, response = "A \u202e%s.key", "request \u202e%s.json", "A \u202e%s.response"
    desk.run("list", "lookup", "key", *here, "-o", key, expected=(0,))
    desk.run("list", "lookup", "blind", "--number-file", "number.txt", "--secret", "secret \u202e.age", "-o", request,
             expected=(0,))  # fmt: skip
    desk.run("list", "lookup", "evaluate", request, *here, "-o", response, "--supervisor", _WHO, *why, expected=(0,))
    desk.run("list", "intersect", "offer", "book.txt", "--secret", "other \u202e.age", "-o", "offer \u202e.json",
             expected=(0,))  # fmt: skip
    for file in (key, request, response, "offer \u202e.json"):
        desk.written(desk.inside / file, "json")
    desk.run("list", "audit", *here, "--json", form="json")


def _infrastructure(desk: Desk) -> None:
    """A base of hostile claims, what is inferred of it, its page, and every format it is converted to."""
    base = ("--base", "base \x1b[31m\u202e%s")
    said = ("--vendor", _WHO, "--product", _WHY, "--campaign", hostile.HOSTILE["formula"], "--reference",
            "javascript:alert('hostile')", "--generation", "v3 \u202e", "--operator", hostile.HOSTILE["line feed"],
            "--country", hostile.HOSTILE["end of data"])  # fmt: skip
    desk.run("infra", "import", desk.feeds, *base, "--source", hostile.HOSTILE["line feed"], *said)
    claims = desk.inside / f"claims {hostile.file_names()[4]}.csv"
    claims.write_text("domain,comment\n" + "".join(
        f'lure{n}.example,"{text}"\n' for n, text in enumerate(_cells())), "utf-8", newline="")  # fmt: skip
    desk.run("infra", "import", claims.name, *base, "--json", form="json")
    dns = desk.inside / "dns \u202e%s.json"
    dns.write_text("".join(json.dumps({
        "rrname": f"lure{n}.example", "rrtype": "A", "rdata": "192.0.2.7", "time_first": 1_500_000_000,
        "time_last": 1_500_100_000, "origin": text, "bailiwick": text}) + "\n"
        for n, text in enumerate(hostile.HOSTILE.values())), "utf-8")  # fmt: skip
    desk.run("infra", "import", dns.name, *base, "--as", "passive-dns")
    sites = desk.inside / "sites \u202e"
    sites.mkdir()
    (sites / "mx.csv").write_text("url,category\n" + "".join(
        f'https://site{n}.example/,"{text}"\n' for n, text in enumerate(_cells())) + '"\x1b[31m\u202e",x\n', "utf-8",
        newline="")  # fmt: skip
    for value in ("lure1.example", "lure.example", f"x{hostile.HOSTILE['line feed']}"):
        desk.run("infra", "show", value, *base)
    desk.run("infra", "show", "lure1.example", *base, "--json", form="json")
    for verb, more in (("conflicts", ()), ("cluster", ("--thin",)), ("themes", ("--sites", sites.name))):
        desk.run("infra", verb, *base, *more)
        desk.run("infra", verb, *base, *more, "--json", form="json")
    desk.run("infra", "generations", *base, expected=(0, 1, 2))
    page = "infra \u202e%s.html"
    desk.run("infra", "report", *base, "-o", page, "--sites", sites.name, expected=(0,))
    desk.written(desk.inside / page, "html")
    _converted(desk)
    (desk.inside / "scan \u202e.json").write_text(json.dumps(
        {"ip_str": "192.0.2.7", "port": 443, "data": hostile.HOSTILE["terminal escape"], "hostnames": [_WHO]}), "utf-8"
    )  # fmt: skip
    desk.run("infra", "match", "scan \u202e.json", *base)
    desk.run("infra", "match", "scan \u202e.json", *base, "--json", form="json")


def _converted(desk: Desk) -> None:
    for file in sorted((desk.inside / desk.feeds).iterdir()):
        for n, (to, form) in enumerate((("stix", "json"), ("mvt", "json"), ("misp", "json"), ("csv", "csv"),
                                        ("suricata", "text"), ("hosts", "text"))):  # fmt: skip
            given = ("infra", "convert", f"{desk.feeds}/{file.name}", "--to", to, "--title", _WHY)
            desk.run(*given, "-o", "-", form=form)
            out = f"converted {n} {file.suffix}"
            desk.run(*given, "-o", out, "--json", form="json")
            desk.written(desk.inside / out, form)


def _cells() -> Iterator[str]:
    return (text.replace("\ud800", "").replace('"', '""') for text in hostile.HOSTILE.values())


def _fleet(desk: Desk) -> None:
    """Sources with hostile names, two of which are none: plan, check, status, and a hunt through the lake."""
    names = hostile.file_names()
    (desk.inside / desk.evidence).rename(desk.inside / names[0])
    for name in names[1:12]:
        (desk.inside / name).write_bytes(b"no phone \x1b[31m\n")
    lake = ("--lake", "lake \x1b[31m\u202e%s")
    asked = (*names[:12], *lake, "-i", desk.feeds, "--consent", "consent.toml")
    desk.run("fleet", "plan", *asked)
    desk.run("fleet", "plan", *asked, "--json", form="json")
    desk.run("fleet", "check", *asked, "--jobs", "2")
    desk.run("fleet", "check", *asked, "--jobs", "2", "--json", form="json")
    desk.run("fleet", "status", *lake, "--cases")
    desk.run("fleet", "status", *lake, "--cases", "--json", form="json")
    desk.run("hunt", lake[1], "-i", desk.feeds)
    desk.run("hunt", lake[1], "-i", desk.feeds, "--json", form="json")
    desk.run("fleet", "forget", *lake, names[0], "--yes")
    (desk.inside / names[0]).rename(desk.inside / desk.evidence)


def _acquired(desk: Desk) -> None:
    """A phone on a cable that is not there: its name, model, files and the errors of programs are hostile."""
    if str(_TESTS) not in sys.path:
        sys.path.append(str(_TESTS))
    from fake_phones import Phones, plist

    acts = hostile.HOSTILE["terminal escape"]
    for platform in ("ios", "android"):
        phones = Phones(desk.inside / f"phones-{platform}")
        named = "Phone \u202e[bold]%s<script>alert('hostile')</script>\nVerdict    FORGED"
        phones.state["answers"][""] = plist(DeviceName=named, ProductType=named, ProductVersion=named, BuildVersion="x")
        wrong = {"code": 1, "out": f"{acts}\nVerdict    FORGED\n", "err": f"{acts}\u202e\r\nVerdict    FORGED\n"}
        phones.save(
            serials=[["R58M0000000", f"device model:{acts} product:\u202e"]],
            getprop=f"[ro.product.model]: [{acts}]\n[ro.build.version.release]: [\u202e14]\n",
            bad={"idevicebackup2": wrong | {"times": 9}, "androidqf": wrong | {"times": 9}},
        )  # fmt: skip
        crash = phones.folder / "phone" / "crash"
        for name in hostile.file_names():
            (crash / f"{name}.ips").write_text('{"bug_type":"309","name":"' + "\u202e" + '"}\n{}\n')
        asked = ("acquire", platform, "-o", f"acquired {platform} \u202e%s", "--yes", "--consent", "consent.toml")
        path = {"PATH": str(phones.bin)}
        desk.run(*asked, "--dry-run", **path)
        desk.run(*asked, "--no-check", **path)
        desk.run(*asked, "--json", form="json", **path)


def _on_a_terminal(desk: Desk) -> None:
    """Where a bar moves, names stand in it."""
    names = [hostile.file_names()[0], f"{hostile.HOSTILE['markup of rich'].replace('/', '')} [x] a\nFORGED"]
    desk.on_terminal("infra", "import", desk.feeds, "--base", "base on a terminal", "--source", "one")
    for n, name in enumerate(names):
        (desk.inside / desk.evidence).rename(desk.inside / name)
        desk.on_terminal("check", name, "-o", f"terminal {n}", "--only", "ios.s*", "-i", desk.feeds, "--jobs", "1")
        (desk.inside / name).rename(desk.inside / desk.evidence)
