"""The report: one page without scripts, in which every edge leads to the rows it was read from."""

import re
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from bridle.infra.base import Value, read
from bridle.infra.graph_layout import places
from bridle.infra.report import percent, report
from bridle.infra.report_pictures import Bar, timeline
from bridle.infra.writing import Writer
from made_infra_base import made

HOSTILE = '<script>alert("1")</script>'


def fill(writer: Writer) -> None:
    for n, (a, b) in enumerate(product("abcdef", "abcdef")):
        writer.claim("domain", f"sms-{a}{b}.info", f"line {n}", vendor="Acme", generation="v1")
        writer.claim("domain", f"winter{a}{b}.net", f"line {n + 50}", vendor="Acme", generation="v2")
    for n in (1, 2, 3):
        domain = Value("domain", f"run{n}.org")
        writer.claim("domain", domain.value, f"line 90{n}", vendor="Acme", operator=HOSTILE)
        writer.relation(domain, "resolves-to", Value("ip-address", f"192.0.2.{n}"), f"row {n}",
                        first="2018-01-05T00:00:00Z", last="2018-03-05T00:00:00Z")  # fmt: skip
        writer.relation(Value("cert", "ab" * 32), "names", domain, f"log {n}\u202e")
    writer.claim("domain", "zouglar.net", "line 950", vendor="Acme")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return made(tmp_path_factory.mktemp("report") / "base", fill)


@pytest.fixture(scope="module")
def page(place: Path, tmp_path_factory) -> str:
    sites = tmp_path_factory.mktemp("sites")
    (sites / "gr.csv").write_text("url\nhttps://zouglar.gr/\n", "utf-8")
    with read(place) as base:
        return report(base, sites=sites)


def test_every_link_leads_somewhere(page: str) -> None:
    targets = set(re.findall(r' id="([^"]+)"', page))
    links = re.findall(r'href="([^"]+)"', page)
    assert {link[1:] for link in links if link.startswith("#")} <= targets
    assert all(link.startswith("#") for link in links)
    assert {"edge-1", "edge-2", "edge-3"} <= {link[1:] for link in links}
    assert len(re.findall(r' id="row-', page)) == len(set(re.findall(r' id="(row-\d+)"', page)))


def test_an_edge_names_its_rows(page: str) -> None:
    edge = page[page.index('<tr id="edge-1">') :].partition("</tr>")[0]
    assert "run1.org<br>run2.org" in edge
    assert f'certificate: <span class="mono">{"ab" * 32}</span>' in edge
    assert re.findall(r">(list\.csv, [^<]+)</a>", edge) == [
        "list.csv, log 1\\u202e", "list.csv, log 2\\u202e", "list.csv, row 1", "list.csv, row 2",
    ]  # fmt: skip
    # 6 / log2(3) for a certificate of three; neighbours reach their cap of 2
    assert '<td class="number">5.79</td>' in edge


def test_a_source_row_says_what_it_said(page: str) -> None:
    row = page[: page.index("run1.org resolves-to 192.0.2.1 (2018-01-05T00:00:00Z to 2018-03-05T00:00:00Z)")]
    assert row.endswith("<td>list.csv, row 1</td><td>Example Lab</td><td>")


def test_nothing_runs_and_nothing_is_loaded(page: str) -> None:
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;" in page
    assert "\u202e" not in page
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert not re.findall(r'(?:src|href)="(?!#)', page)


def test_what_does_not_work_is_said_first(page: str) -> None:
    assert page.index("cannot be told from its name") < page.index('id="timeline"') < page.index('id="clusters"')
    assert "Going from address to address did not lead to the operators of 2018" in page


def test_labels_and_themes_are_there(page: str) -> None:
    assert "Learned from 36 domains of v1, 36 domains of v2 (Acme)" in page
    assert '<td class="plain">GR</td><td>zouglar</td>' in page


def test_the_same_base_gives_the_same_page(place: Path) -> None:
    with read(place) as base:
        first = report(base)
        assert report(base) == first
    assert "Not examined: no reference lists were given" in first


def test_without_generations_the_page_says_why(tmp_path: Path) -> None:
    with read(made(tmp_path / "b", lambda w: w.claim("domain", "example.org", "line 1"))) as base:
        page = report(base)
    assert "No labels: two generations of 30 domains each are needed" in page
    assert "No row of the base carries a time of these domains" in page
    assert "Nothing hangs together firmly enough" in page


def test_timeline_by_hand() -> None:
    """Two domains: one in use from January to March, one in February alone: bars of 1, 2 and 1, the tallest 44 high."""

    def day(month: int) -> datetime:
        return datetime(2018, month, 9, tzinfo=UTC)

    found = timeline({"v1": [(day(1), day(3)), (day(2), day(2))], "v2": []}, {"v1": 4, "v2": 1})
    assert found is not None
    assert [(lane.name, lane.note, lane.base) for lane in found.lanes] == [
        ("v1", "2 of 4 dated", 82.0), ("v2", "0 of 1 dated", 144.0),
    ]  # fmt: skip
    assert found.lanes[0].bars == (
        Bar(150.0, 60.0, 34.5, 22.0, "v1, 2018-01: 1 domain"),
        Bar(186.0, 38.0, 34.5, 44.0, "v1, 2018-02: 2 domains"),
        Bar(222.0, 60.0, 34.5, 22.0, "v1, 2018-03: 1 domain"),
    )
    assert found.ticks == ((150.0, "2018-01"), (186.0, "2018-02"), (222.0, "2018-03"))


def test_a_timeline_of_centuries_has_few_bars() -> None:
    old, new = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 1, tzinfo=UTC)
    found = timeline({"v1": [(old, new)]}, {"v1": 1})
    assert found is not None
    assert len(found.lanes[0].bars) <= 400


def test_places() -> None:
    two = places(["a", "b"], [("a", "b")])
    assert [(round(x, 6), round(y, 6)) for x, y in (two["a"], two["b"])] == [(1.0, 0.5), (0.0, 0.5)]
    names = [f"d{n}" for n in range(40)]
    many = places(names, [(names[i], names[i + 1]) for i in range(39)])
    assert len({(round(x, 3), round(y, 3)) for x, y in many.values()}) == 40
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in many.values())
    assert many == places(names, [(names[i], names[i + 1]) for i in range(39)])


def test_percent() -> None:
    assert [percent(x) for x in (0.999, 1.0, 0.994, 0.0)] == [">99%", "100%", "99%", "0%"]
