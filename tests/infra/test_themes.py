"""Names that domains imitate are told where the name is somebody's own, and its country where there is one."""

from pathlib import Path

import pytest

from bridle.infra.base import read
from bridle.infra.generations import InferenceError
from bridle.infra.themes import Reader, of_words, themes
from bridle.infra.themes_sites import country_of, read_sites
from made_infra_base import made

SUFFIXES = (
    "com",
    "net",
    "org",
    "info",
    "news",
    "me",
    "id",
    "fr",
    "gr",
    "gr.com",
    "kz",
    "ru",
    "mx",
    "com.mx",
    "ao",
    "br",
)
LISTS = {
    "id": "https://www.liputora6.com/news\nhttps://www.inews.id/news/\nhttps://okesindo.com/\n",
    "gr": "https://zouglar.gr/\nhttps://www.pronews.gr/\n",
    "kz": "https://tengorinews.kz/\n",
    "bi": "https://www.lexquotidien.fr/\n",
    "ga": "http://www.lexquotidien.fr/\n",
    "ru": "http://dailytoday.ru/\nhttp://vidomosti.ru/\nhttp://a.ru/vidomosti/\nhttp://b.ru/vidomosti\nhttp://vidomosti.c.ru/\n",
    "mx": "http://eldiaro.mx/\nhttp://quatelcom.com/\n",
    "br": "http://eldiaro.br/\nhttp://folhera.br/\n",
    "ao": "http://quatelcom.com/\n",
    "global": "https://www.yourtube.com/watch\n",
}


def suffix_of(domain: str) -> str | None:
    return max((s for s in SUFFIXES if domain.endswith("." + s)), key=len, default=None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "lists"
    place.mkdir()
    for name, urls in LISTS.items():
        rows = "".join(f"{url},NEWS\n" for url in urls.split())
        (place / f"{name}.csv").write_text("url,category_code\n" + rows, "utf-8")
    many = "".join(f"http://{first}news.net/,NEWS\n" for first in "abcdefghjklmnopqrstuv")
    (place / "us.csv").write_text("url,category_code\n" + many, "utf-8")
    return place


@pytest.mark.parametrize(
    ("domain", "how", "sites", "countries"),
    [
        ("lipu-tora6.net", "same name", ("liputora6.com",), ("id",)),
        ("liputtora6.org", "one slip", ("liputora6.com",), ("id",)),
        ("okesind0.net", "digits for letters", ("okesindo.com",), ("id",)),
        ("zouglar.news", "same name", ("zouglar.gr",), ("gr",)),
        ("pronews.gr.com", "same name", ("pronews.gr",), ("gr",)),
        ("tengorinnews.info", "one slip", ("tengorinews.kz",), ("kz",)),
        ("lexquotidien.me", "same name", ("lexquotidien.fr",), ("fr",)),
        ("quatelcom.net", "same name", ("quatelcom.com",), ()),
        ("your-tube.net", "same name", ("yourtube.com",), ()),
        ("eldiaro.com.mx", "same name", ("eldiaro.mx",), ("mx",)),
        ("folhera-9.net", "one slip", ("folhera.br",), ("br",)),
        ("zouglar.fr", "same name", ("zouglar.gr",), ()),
    ],
)
def test_hits(folder: Path, domain: str, how: str, sites: tuple[str, ...], countries: tuple[str, ...]) -> None:
    found = Reader(read_sites(folder, suffix_of), suffix_of).theme(domain)
    assert found is not None
    assert (found.how, found.sites, found.countries, found.abstained) == (how, sites, countries, None)


@pytest.mark.parametrize(
    ("domain", "why"),
    [
        ("inews.gr.com", "too little of the name is its own"),
        ("daily-today.net", "the name is of common words"),
        ("vidomosti.net", "other sites use it as a word"),
        ("eldiaro.net", "sites of several countries bear the name"),
        ("yourtubes.net", "the domain is of common words itself"),
        ("biputora6.net", "it begins with another letter"),
        ("aliputora6.net", "it begins with another letter"),
        ("tengori-news.kz", None),
        ("tengorinews.kz", "is in the reference lists itself"),
    ],
)
def test_nothing_is_said(folder: Path, domain: str, why: str | None) -> None:
    found = Reader(read_sites(folder, suffix_of), suffix_of).theme(domain)
    assert found is not None
    assert found.abstained == why
    assert found.countries == (("kz",) if why is None else ())


@pytest.mark.parametrize("domain", ["0kes1nda.net", "winterbridge.net", "kz.net", "net", "liputorra66.net"])
def test_near_to_nothing(folder: Path, domain: str) -> None:
    assert Reader(read_sites(folder, suffix_of), suffix_of).theme(domain) is None


def test_a_digit_more_in_a_short_name_is_another_name(tmp_path: Path) -> None:
    (tmp_path / "br.csv").write_text("url\nhttp://folha.br/\n", "utf-8")
    assert Reader(read_sites(tmp_path, suffix_of), suffix_of).theme("folha-9.net") is None


def test_a_country_is_named_by_its_suffix() -> None:
    assert [country_of(s) for s in ("gr", "com.gr", "gr.com", "co.uk", "me", "eu", "com", "co")] == [
        "gr", "gr", "gr", "gb", None, None, None, None,
    ]  # fmt: skip


def test_words_that_people_read() -> None:
    assert [of_words(x) for x in ("golfnews", "in-politics", "liputora", "qzx", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_lists_that_are_odd_are_told(tmp_path: Path) -> None:
    (tmp_path / "mx.csv").write_bytes(
        b"url,category_code\nhttp://192.0.2.1/,NEWS\nhttp://[/,NEWS\nhttp://caf\xff.mx/,NEWS\n"
    )
    (tmp_path / "legend.csv").write_text("code,name\nNEWS,News\n", "utf-8")
    (tmp_path / "br.csv").write_text('url\n"' + "a" * 200_000 + '"\n', "utf-8")
    found = read_sites(tmp_path, suffix_of)
    assert sorted(found.by_domain) == ["caf\ufffd.mx"]
    assert found.by_domain["caf\ufffd.mx"].rows == ["mx.csv, line 4"]
    assert found.warnings == [
        "br.csv, line 1: field larger than field limit (131072); the rest is not read",
        "legend.csv: no column `url`; not a list of sites",
        "mx.csv, line 2: 'http://192.0.2.1/' is no URL of a site",
        "mx.csv, line 3: 'http://[/' is no URL of a site",
    ]


def test_themes_of_a_base(folder: Path, tmp_path: Path) -> None:
    def fill(writer) -> None:
        writer.claim("domain", "zouglar.net", "line 1", vendor="Acme", generation="v2")
        writer.claim("domain", "zouglar.info", "line 2", vendor="Umbrella")
        writer.claim("domain", "zouglar.com", "line 3", says="benign")
        writer.claim("domain", "winterbridge.net", "line 4", vendor="acme")

    with read(made(tmp_path / "base", fill)) as base:
        found = themes(base, folder, "ACME")
        assert [(t.domain, t.sources, t.vendors, t.generations, t.references) for t in found.themes] == [
            ("zouglar.net", ("list.csv, line 1",), ("Acme",), ("v2",), ("gr.csv, line 2",))
        ]
        assert (found.examined, found.countries()) == (2, {"gr": 1})
        assert [t.domain for t in themes(base, folder).themes] == ["zouglar.info", "zouglar.net"]
        empty = tmp_path / "empty"
        empty.mkdir()
        with pytest.raises(InferenceError, match="holds no list of sites"):
            themes(base, empty)
