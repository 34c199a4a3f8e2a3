"""`bridle infra generations`, `themes`, `cluster`: arguments become calls, and what cannot be done says what to do."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridle.cli import bridle
from bridle.infra.base import Value
from bridle.infra.writing import Writer
from made_infra_base import made

STYLES = [(f"sms-{a}{b}.info", "v1") for a in "abcdef" for b in "abcdef"]
STYLES += [(f"winter{b}.net", "v2") for b in ("table", "paper", "circle", "market", "forest", "letter")]
STYLES += [(f"{a}{b}.net", "v2") for a in ("river", "stone", "bridge", "garden", "window") for b in
           ("table", "paper", "circle", "market", "forest", "letter")]  # fmt: skip


def fill(writer: Writer) -> None:
    for n, (domain, generation) in enumerate(STYLES):
        writer.claim("domain", domain, f"line {n}", vendor="Acme", generation=generation)
    writer.claim("domain", "zouglar.news", "line 901", vendor="Acme")
    for n in (1, 2, 3):
        writer.claim("domain", f"run{n}.org", f"line 91{n}", vendor="Acme")
        writer.relation(Value("domain", f"run{n}.org"), "resolves-to", Value("ip-address", f"192.0.2.{n}"), f"line {n}")


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return made(tmp_path_factory.mktemp("infra") / "base", fill)


def run(*args: object) -> Result:
    return CliRunner().invoke(bridle, ["infra", *map(str, args)])


def test_generations(base: Path) -> None:
    got = json.loads(run("generations", "--base", base, "--json").stdout)
    assert (got["vendor"], got["trained_on"]) == ("Acme", {"v1": 36, "v2": 36})
    assert [x["domain"] for x in got["labels"]] == ["run1.org", "run2.org", "run3.org", "zouglar.news"]
    text = run("generations", "--base", base).stdout
    assert text.startswith("Learned from 36 of v1, 36 of v2 (Acme).\n")
    assert "4 domains without one generation" in text


def test_evaluation(base: Path) -> None:
    text = run("generations", "--base", base, "--evaluate", "--keep", "1").stdout
    assert text.startswith("72 domains of known generation, nested cross-validation, 3 repeats.\nLabelled 100.0%")


def test_themes(base: Path, tmp_path: Path) -> None:
    (tmp_path / "gr.csv").write_text("url\nhttps://zouglar.gr/\nnothing\n", "utf-8")
    got = run("themes", "--base", base, "--sites", tmp_path)
    assert got.stdout == (
        f"{'zouglar.news':<32} same name as zouglar.gr (gr)  [gr.csv, line 2]\n"
        "1 of 76 domains imitate one of 1 sites.\nCountries of the sites: gr 1\n"
    )
    assert got.stderr == "bridle: gr.csv, line 3: 'nothing' is no URL of a site\n"
    document = json.loads(run("themes", "--base", base, "--sites", tmp_path, "--json").stdout)
    assert (document["countries"], document["themes"][0]["name"]) == ({"gr": 1}, "zouglar")


def test_cluster(base: Path) -> None:
    assert run("cluster", "--base", base).stdout == (
        "1. 3 domains [Acme]\n   by neighbouring addresses on 3 edges (without: 0% left)\n"
        "   run1.org, run2.org, run3.org\n"
        "1 clusters of 3 of 76 domains; 0 groups too thin to be called one. Not used: 0 things that many share, "
        "0 pairs that share too little, 0 pairs of different generations.\n"
    )
    document = json.loads(run("cluster", "--base", base, "--json").stdout)
    assert document["clusters"][0]["edges"][0]["reasons"][0]["rows"] == ["list.csv, line 1", "list.csv, line 2"]


@pytest.mark.parametrize("command", ["generations", "cluster"])
def test_no_base(command: str, tmp_path: Path) -> None:
    got = run(command, "--base", tmp_path)
    assert (got.exit_code, got.stderr.count("\n")) == (2, 1)
    assert "is no knowledge base" in got.stderr
    assert run(command, "--base", tmp_path / "absent").exit_code == 2


@pytest.mark.parametrize("command", ["generations", "themes", "cluster", "report"])
def test_help_has_an_example(command: str) -> None:
    assert f"bridle infra {command} --base known" in run(command, "--help").stdout


def test_report(base: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    got = run("report", "--base", base, "-o", page)
    assert (got.exit_code, got.stdout) == (0, f"Written: {page}\n")
    text = page.read_text("utf-8")
    assert "Infrastructure of 76 domains" in text
    again = run("report", "--base", base, "-o", page)
    assert (again.exit_code, again.stderr) == (2, f"bridle: {page} exists already; name a new file\n")
    assert page.read_text("utf-8") == text
    got = run("report", "--base", base, "-o", tmp_path / "absent" / "page.html")
    assert (got.exit_code, got.stderr.endswith("cannot be written: No such file or directory\n")) == (2, True)
