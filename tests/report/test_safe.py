"""Evidence that is shown can neither hide, nor open, nor rearrange anything; what is no address stays as it was."""

import pytest

from bridle.report.safe import cut, defanged, is_link, isolated, shown, top_level_domains, visible

ADDRESSES = [
    ("https://evil.example/a.b?x=1", "hxxps://evil[.]example/a.b?x=1"),
    ("HTTP://EVIL.example:8080/", "HxxP://EVIL[.]example:8080/"),
    ("ftp://192.0.2.1/x", "fxp://192[.]0[.]2[.]1/x"),
    ("http://a.example/?next=https://b.example", "hxxp://a[.]example/?next=hxxps://b[.]example"),
    ("http://user:word@[2001:db8::1]:80/x", "hxxp://user:word[@][2001[:]db8[:][:]1]:80/x"),
    ("itms-services://?action=x", "itms-services[:]//?action=x"),
    ("javascript:alert(1)", "javascript[:]alert(1)"),
    ("DATA:text/html,x", "DATA[:]text/html,x"),
    ("tel:+15550100", "tel[:]+15550100"),
    ("http:/evil.example and http:evil.example", "hxxp[:]/evil[.]example and hxxp[:]evil[.]example"),
    ("//evil.example/x", "//evil[.]example/x"),
    ("see www.evil.example, or evil.com.", "see www[.]evil[.]example, or evil[.]com."),
    ("a.b+c@evil.example", "a[.]b+c[@]evil[.]example"),
    ("@evil.example", "[@]evil[.]example"),
    ("192.0.2.1 2001:db8::1 ::ffff:192.0.2.1", "192[.]0[.]2[.]1 2001[:]db8[:][:]1 [:][:]ffff[:]192[.]0[.]2[.]1"),
    ("evil。example evil．com", "evil[。]example evil[．]com"),
    ("вики.рф пример.xn--p1ai", "вики[.]рф пример[.]xn--p1ai"),
    ("com.apple.evil.com com.evil.ru", "com[.]apple[.]evil[.]com com[.]evil[.]ru"),
    ("evil.zip", "evil[.]zip"),
]

OTHERS = [
    "com.apple.mobilesafari com.example.app",
    "sms.db DataUsage.sqlite 16.5.1 120.0.6099.230 1.2.3.4.5 300.1.1.1",
    "10:02:03 aa:bb:cc:dd:ee:ff a::b::c",
    "/private/var/mobile/evil.app/x.so",
    "Record: text, e.g. this. And that",
    "a@b",
    "",
]


@pytest.mark.parametrize(("given", "expected"), ADDRESSES)
def test_an_address_opens_nothing(given, expected):
    assert defanged(given) == expected


@pytest.mark.parametrize("given", OTHERS)
def test_what_is_no_address_stays(given):
    assert defanged(given) == given


@pytest.mark.parametrize("given", [expected for _, expected in ADDRESSES])
def test_what_is_defanged_stays(given):
    assert defanged(given) == given


def test_long_words_cost_no_more_than_their_length():
    for piece in ("a", "a.", "a:", "::", "@a", "http://", "-."):
        assert len(defanged(piece * 200_000)) >= 200_000
    assert defanged("a." * 300 + "example") == "a[.]" * 300 + "example"


def test_hidden_characters_come_into_sight():
    assert visible("a\x00b\u202e\u200bc\td\ne") == "a\\u0000b\\u202e\\u200bc\\u0009d\ne"
    assert (
        visible("tag \U000e0041 blank \u3164 selector \U000e0100")
        == "tag \\U000e0041 blank \\u3164 selector \\U000e0100"
    )
    assert visible("e" + "\u0301" * 6 + "n\u0303") == "e" + "\u0301" * 4 + "\\u0301\\u0301" + "n\u0303"
    assert visible("\u2764\ufe0f مرحبا 7") == "\u2764\ufe0f مرحبا 7"


def test_a_hidden_character_in_a_host_saves_no_link():
    assert shown("https://ev\u200bil.example and ev\u200bil.example") == (
        "hxxps://ev\\u200bil[.]example and ev\\u200bil[.]example"
    )


def test_a_long_text_is_cut_and_says_so():
    assert cut("x" * 10, 10) == "x" * 10
    assert cut("x" * 1_000_010, 10) == "xxxxxxxxxx… (1,000,000 more characters)"
    assert len(shown("\x00" * 10_000_000)) == 4000 * 6 + len("… (9,996,000 more characters)")


def test_on_a_page_it_is_escaped_and_apart():
    assert str(isolated("<b onclick='x'>http://evil.example\u202e")) == (
        "<bdi>&lt;b onclick=&#39;x&#39;&gt;hxxp://evil[.]example\\u202e</bdi>"
    )


def test_what_may_be_a_link():
    good = ["https://example.org", "https://example.org/a/b_(c)?d=e#f", "https://example.org:8443/%D0%B0"]
    bad = [
        "http://example.org", "javascript:alert(1)", "https://user@example.org/", "https://example.org/\u202e", "",
        "https://example.org/\n", "https://example.org/'x", "https://пример.example/", " https://example.org",
    ]  # fmt: skip
    assert [r for r in good if not is_link(r)] == []
    assert [r for r in bad if is_link(r)] == []


def test_top_level_domains_are_known():
    known = top_level_domains()
    assert {"com", "example", "zip", "xn--p1ai", "onion", "museum", "ck"} <= known
    assert not {"db", "plist", "sqlite", "#", "of"} & known
