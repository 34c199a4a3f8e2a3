"""The page in headless Chromium: its policy holds, its timeline works by keyboard, and without script it is whole."""

import shutil

import pytest
from test_html import HOSTILE, content, finding

from bridle.report.html import render

pytest.importorskip("playwright", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

from playwright.sync_api import sync_playwright  # noqa: E402

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")


def row(at, table):
    base = finding()["evidence"][0]
    return {**base, "table": table, "time": f"2026-01-02T00:{at // 60:02}:{at % 60:02}Z"}


WORDS = {"text": HOSTILE + " http://evil.example", "word": "w" * 200}
FINDINGS = [
    finding(
        id="a", title="The first", level="critical", stage="execution", first_seen="2026-01-02T00:00:00Z",
        evidence=[row(0, "ios.sms.message"), row(500, "ios.sms.message"), row(500, "ios.sms.message")],
    ),
    finding(
        id="b", title="The second", level="low", first_seen="2026-01-02T00:16:39Z", superseded_by="a",
        evidence=[row(999, "ios.tcc.access")],
    ),
    finding(
        id="c", title=HOSTILE, message=HOSTILE, level="informational", stage="exposure", first_seen=None,
        explanation="w" * 5000, evidence=[{**row(0, HOSTILE), "time": None, "values": WORDS}],
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as p:
        made = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--headless"])
        yield made
        made.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(content(FINDINGS)), "utf-8")
    return path.as_uri()


@pytest.fixture
def opened(browser, address):
    """A page of the report, and what its browser complained of or did outside it."""
    contexts, said = [], []

    def at(**options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: said.append(str(e)))
        page.on("dialog", lambda d: (said.append("dialog " + d.message), d.dismiss()))
        page.on("request", lambda r: said.append(r.url) if r.url != address else None)
        page.goto(address)
        return page

    yield at
    for context in contexts:
        context.close()
    assert said == []


def state(page):
    return page.locator("#explorer-state").inner_text()


ALL = "4 of 4 rows of evidence in view, 2026-01-01 23:59:30 to 2026-01-02 00:17:10 UTC."


def test_it_zooms_moves_and_opens_by_keyboard(opened):
    page = opened()
    assert state(page) == ALL
    page.locator("canvas").focus()
    page.keyboard.press("+")
    # 1060 seconds are in view, from 30 before to 30 after; half of them around the middle are 235 to 765
    assert state(page) == "2 of 4 rows of evidence in view, 2026-01-02 00:03:55 to 2026-01-02 00:12:45 UTC."
    page.keyboard.press("ArrowRight")
    assert state(page) == "2 of 4 rows of evidence in view, 2026-01-02 00:06:07 to 2026-01-02 00:14:57 UTC."
    page.keyboard.press("-")
    assert state(page) == ALL
    for _ in range(30):
        page.keyboard.press("+")
    assert state(page) == "2 of 4 rows of evidence in view, 2026-01-02 00:08:19 to 2026-01-02 00:08:20 UTC."
    page.keyboard.press("Home")
    assert state(page) == ALL
    for _ in range(2):
        page.keyboard.press("n")
    assert state(page) == ALL + (" Row chosen: 2026-01-02 00:08:20, ios.sms, 2 rows, finding 1, critical: The first.")
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert state(page).endswith("finding 2, low: The second.")
    assert not page.locator("#finding-2").is_visible()
    page.keyboard.press("Enter")
    assert page.url.endswith("#finding-2")
    assert page.locator("#finding-2").is_visible()


def test_at_first_it_shows_what_the_logs_reach(browser, tmp_path):
    odd = finding(id="d", title="Years away", first_seen="2036-01-01T00:00:00Z",
                  evidence=[{**row(0, "ledger"), "time": "2036-01-01T00:00:00Z"}])  # fmt: skip
    (tmp_path / "report.html").write_text(render(content([*FINDINGS, odd])), "utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    assert state(page) == ALL.replace("of 4", "of 5")
    page.get_by_role("button", name="All").click()
    assert state(page).startswith("5 of 5 rows of evidence in view, 2025-09-14")
    page.close()


def test_every_button_does_what_its_key_does(opened):
    page = opened()
    page.get_by_role("button", name="Zoom in").press("Enter")
    assert "00:03:55 to 2026-01-02 00:12:45" in state(page)
    page.get_by_role("button", name="Later").press("Enter")
    page.get_by_role("button", name="Earlier").press("Enter")
    assert "00:03:55 to 2026-01-02 00:12:45" in state(page)
    page.get_by_role("button", name="All").press("Enter")
    page.get_by_role("button", name="Next row").press("Enter")
    assert state(page).endswith("finding 1, critical: The first.")


def lines(page):
    return [n for n in (1, 2) if page.locator("#times tbody tr", has_text=f"ios.{['sms', 'tcc'][n - 1]}").is_visible()]


def test_it_filters_by_level_stage_and_artifact(opened):
    page = opened()
    assert lines(page) == [1, 2]
    page.get_by_label("critical").press("Space")
    assert lines(page) == [2]
    assert state(page).startswith("1 of 4 rows of evidence in view")
    page.get_by_label("critical").press("Space")
    page.get_by_label("targeting", exact=True).press("Space")
    assert lines(page) == [1]
    page.get_by_label("targeting", exact=True).press("Space")
    page.get_by_label("Records from").select_option("ios.tcc")
    assert lines(page) == [2]
    page.get_by_label("execution").press("Space")
    page.get_by_label("targeting", exact=True).press("Space")
    assert state(page).startswith("0 of 4 rows")


PIXEL = """([x, y]) => { const c = document.querySelector("canvas"), s = devicePixelRatio;
  return [...c.getContext("2d").getImageData(Math.round(x * s), Math.round(y * s), 1, 1).data].slice(0, 3); }"""


@pytest.mark.parametrize(("scheme", "critical"), [("light", [0x8E, 0x12, 0x20]), ("dark", [0xF0, 0x80, 0x8C])])
def test_a_row_stands_at_its_time_in_the_colour_of_its_level(opened, scheme, critical):
    page = opened(color_scheme=scheme, viewport={"width": 1000, "height": 900})
    width = page.locator("canvas").evaluate("c => c.clientWidth")
    middle = 210 + (width - 210 - 8) / 2
    assert page.evaluate(PIXEL, [middle, 8 + 24 - 5]) == critical
    assert page.evaluate(PIXEL, [middle + 12, 8 + 24 - 5]) != critical
    page.get_by_label("critical").press("Space")
    assert page.evaluate(PIXEL, [middle, 8 + 24 - 5]) != critical


def test_the_wheel_zooms_where_it_stands_and_a_click_chooses(opened):
    page = opened(viewport={"width": 1000, "height": 900})
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = 210 + (canvas.evaluate("c => c.clientWidth") - 210 - 8) / 2
    page.mouse.move(box["x"] + 1 + middle, box["y"] + 25)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function("s => document.getElementById('explorer-state').textContent !== s", arg=ALL)
    # eight tenths of 1060 seconds around 500
    assert "00:01:16 to 2026-01-02 00:15:24" in state(page)
    page.mouse.down()
    page.mouse.up()
    assert state(page).endswith("Row chosen: 2026-01-02 00:08:20, ios.sms, 2 rows, finding 1, critical: The first.")


def test_without_script_it_is_whole(opened):
    page = opened(java_script_enabled=False)
    assert not page.locator("#explorer").is_visible()
    assert page.locator("#times tbody tr").count() == 2
    assert page.get_by_role("link", name="The second").first.is_visible()
    assert page.locator("svg.figure").first.is_visible()
    page.get_by_text("1 finding that is a step").click()
    assert page.locator("#finding-2").is_visible()


def test_its_policy_lets_nothing_else_run(browser, tmp_path):
    page, said = browser.new_page(), []
    page.on("console", lambda m: said.append(m.text))
    changed = render(content(FINDINGS)).replace(
        "<main>",
        "<main><script>document.title = 'ran'</script><p style='color: red' onclick='x()'>x</p><img src='x.png'>",
    )
    (tmp_path / "report.html").write_text(changed, "utf-8")
    page.goto((tmp_path / "report.html").as_uri())
    assert page.title() == "bridle: traces of targeting"
    assert len([s for s in said if "Content Security Policy" in s or "Refused" in s]) >= 3
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_in_the_way_of_anybody(opened, scheme):
    page = opened(color_scheme=scheme)
    page.locator("canvas").focus()
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], n["target"]) for v in found if v["impact"] in ("serious", "critical") for n in v["nodes"]] == []


def test_it_fits_a_phone_and_hostile_words_cannot_widen_it(opened):
    page = opened(viewport={"width": 380, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_what_is_folded_is_printed_and_controls_are_not(opened):
    page = opened()
    page.get_by_label("critical").press("Space")
    assert lines(page) == [2]
    page.emulate_media(media="print")
    assert lines(page) == [1, 2]
    assert page.locator("#finding-2").is_visible()
    assert not page.locator("#explorer").is_visible()
