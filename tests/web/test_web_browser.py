"""The viewer as it is used: in a browser, with a mouse and without, in light and dark, wide and narrow."""

import json
import re
import shutil
import threading
from types import SimpleNamespace

import pytest

from bridle.web.api import Api
from bridle.web.server import Server
from bridle.web.viewed import Viewed
from web.viewing import TABLE, finding, made_case

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
expect = playwright.expect
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
MESSAGES = 150_000
"""As many rows as no browser lays out at their full height here."""
PAGES = {
    "cases": "#/cases", "findings": "#/c/0/findings", "finding": f"#/c/0/findings/{1:064x}",
    "timeline": "#/c/0/timeline", "row": f"#/c/0/row/{TABLE}/3", "search": "#/c/0/search?q=message+77",
    "sql": "#/c/0/sql", "coverage": "#/c/0/coverage", "compare": "#/c/0/compare?one=0&two=1", "notes": "#/c/0/notes",
}  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    if shutil.which(CHROMIUM) is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--headless", "--host-resolver-rules=MAP evil.example 127.0.0.1"],
        )
        yield found
        found.close()


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("viewed")
    leg = {"name": "a step", "stage": "targeting", "finding": f"{2:064x}", "time": "2024-03-04T05:09:07Z", "attack": []}
    some = [
        finding(1, "critical", legs=[leg]),
        finding(2, "high", stage="execution"),
        finding(3, "low", first_seen=None),
    ]
    return [made_case(folder / "before", some, MESSAGES), made_case(folder / "after", some[1:], 41)]


@pytest.fixture
def served(cases):
    """A running server of its own: where, and what its address is."""
    viewed = [Viewed(c, c.path.name) for c in cases]
    server = Server(Api(viewed, by="A. Analyst"))
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    yield SimpleNamespace(url=server.url, base=f"http://127.0.0.1:{server.port}/", port=server.port)
    server.stop()
    running.join(30)
    for v in viewed:
        v.close()


@pytest.fixture
def page(browser, served):
    """A page that opened the address; what its scripts complain of fails the test."""
    context = browser.new_context(viewport={"width": 1300, "height": 850})
    context.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    made = context.new_page()
    complaints = []
    made.on("pageerror", lambda e: complaints.append(str(e)))
    made.on("dialog", lambda d: complaints.append(f"dialog {d.message}"))
    made.goto(served.url)
    expect(made.get_by_role("heading", name="2 cases")).to_be_visible()
    yield made
    context.close()
    assert complaints == []


def go(page, where):
    page.evaluate("to => { location.hash = to }", where)


def settled(page, name):
    """The page, when all that it asks for is there."""
    page.wait_for_load_state("networkidle")
    if name == "timeline":
        expect(page.locator(".v-row").first).to_contain_text("Message")
    if name == "search":
        expect(page.locator("main p.soft")).to_contain_text("found")
    expect(page.locator("h1")).to_be_visible()


def test_it_opens_and_the_token_leaves_the_address(page, served, browser):
    assert page.url == served.base
    assert page.evaluate("document.cookie") == ""
    again = browser.new_context().new_page()
    again.goto(served.url)
    expect(again.get_by_role("heading", name="This page is not open")).to_be_visible()
    again.context.close()
    page.reload()
    expect(page.get_by_role("heading", name="2 cases")).to_be_visible()


def test_a_wrong_token_shows_nothing(browser, served):
    page = browser.new_context().new_page()
    page.goto(served.base + "#" + "x" * 43)
    expect(page.get_by_role("alert")).to_contain_text("this address is wrong or was opened before")
    page.goto(served.base + "#/c/0/findings")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("open the address that")
    assert "Title" not in page.content()
    page.context.close()


def test_a_strangers_name_that_points_here_is_not_answered(browser, served):
    page = browser.new_context().new_page()
    answer = page.goto(f"http://evil.example:{served.port}/")
    assert answer.status == 421
    assert page.goto(f"http://evil.example:{served.port}/api/cases").status == 421
    assert page.content().count("Title") == 0
    page.context.close()


def test_filter_and_drill_down_to_the_row_and_its_time(page):
    go(page, "#/c/0/findings")
    expect(page.locator("a.item")).to_have_count(3)
    page.get_by_role("searchbox", name="Filter findings by text").fill("title 2")
    expect(page.locator("a.item")).to_have_count(1)
    expect(page.locator(".list [role=status]")).to_have_text("1 of 3 findings")
    page.get_by_role("searchbox", name="Filter findings by text").fill("")
    page.get_by_label("Level").select_option("low")
    expect(page.locator("a.item .title")).to_have_text(["Title 3"])
    page.get_by_label("Level").select_option("")
    page.get_by_label("Stage").select_option("targeting")
    expect(page.locator("a.item .title")).to_have_text(["Title 1", "Title 3"])
    page.get_by_text("Title 1").click()
    expect(page.locator(".finding h2")).to_have_text("Title 1")
    expect(page.locator(".finding")).to_contain_text("A newsletter.")
    page.get_by_role("button", name="Row", exact=True).click()
    expect(page.get_by_role("heading", name="The row as it is stored")).to_be_visible()
    shown = "<img src=x onerror=alert(1)> \\u202egnp.exe hxxp://lure[.]example[.]org/a"
    expect(page.locator(".columns")).to_contain_text(shown)
    expect(page.locator(".beside .this")).to_contain_text("message:3")
    expect(page.locator("main")).to_contain_text("ab" * 32)
    assert page.locator("main img").count() == 0
    page.get_by_role("link", name="In the timeline").click()
    expect(page.locator(".v-row[aria-selected=true]")).to_contain_text(shown[:20])
    expect(page.locator(".v-row.cited.critical")).to_have_count(1)


def test_the_timeline_scrolls_over_all_rows(page):
    go(page, "#/c/0/timeline")
    rows = page.locator(".v-row:visible")
    expect(page.locator(".where")).to_contain_text("149,960 later")
    expect(rows.first).to_contain_text("Message 0")
    assert page.locator(".v-row").count() < 60
    page.locator(".v-scroll").hover()
    page.mouse.wheel(0, 300)
    expect(page.locator(".where")).to_contain_text("Rows 11 to")
    page.locator(".v-row").filter(has_text="Message 12 ").click()
    expect(page.locator(".panel")).to_contain_text("row 13 of 150,000")
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator(".v-row[aria-selected=true]")).to_contain_text("Message 13 ")
    page.keyboard.press("End")
    expect(page.locator(".v-row[aria-selected=true]")).to_contain_text("Message 149999 ")
    page.keyboard.press("Home")
    expect(page.locator(".v-row[aria-selected=true]")).to_contain_text("Message 0 ")
    page.get_by_role("textbox", name="Go to a time (UTC)").fill("2024-03-05 05:06:07")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator(".v-row[aria-selected=true]")).to_contain_text("Message 1440 ")
    page.get_by_role("textbox", name="Go to a time (UTC)").fill("yesterday")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("expected a time such as")
    page.evaluate("document.querySelector('.v-scroll').scrollTop = 1e9")
    expect(page.locator(".where")).to_contain_text("to 150,000")
    page.get_by_role("button", name="Previous finding in time").click()
    expect(page.locator(".v-row[aria-selected=true]")).to_contain_text("onerror")


def test_the_timeline_of_chosen_tables(page):
    go(page, "#/c/0/timeline")
    page.get_by_text("All 1 table").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Show these").click()
    expect(page).to_have_url(re.compile(r"timeline\?tables=ios\.sms\.message"))
    expect(page.locator(".v-row").first).to_contain_text("Message")


def test_a_search_and_its_hits(page):
    go(page, "#/c/0/search")
    page.get_by_role("searchbox").fill("message 149999")
    page.keyboard.press("Enter")
    expect(page.locator(".hits mark")).to_have_text("Message 149999")
    page.locator(".hits a").click()
    expect(page.locator(".raw")).to_contain_text("row 150,000 of 150,000")


def test_sql_is_answered_and_refused(page):
    go(page, "#/c/0/sql")
    query = page.get_by_role("textbox", name="Question in SQL")
    query.fill(f'SELECT count(*) AS messages FROM "{TABLE}"')
    query.press("Control+Enter")
    expect(page.locator(".answer td")).to_have_text("150000")
    refusals = {
        "COPY (SELECT 1) TO '/tmp/out'": "COPY is refused", "SELECT 1; SELECT 2": "one question",
        "SELECT * FROM read_csv('/etc/passwd')": "disabled", "PRAGMA version": "PRAGMA",
    }  # fmt: skip
    for refused, why in refusals.items():
        query.fill(refused)
        page.get_by_role("button", name="Ask").click()
        expect(page.get_by_role("alert")).to_contain_text(why)


def test_two_cases_are_compared(page):
    go(page, "#/c/0/compare?one=0&two=1")
    expect(page.locator(".tally")).to_contain_text("1 disappeared")
    gone = page.get_by_role("region", name="Findings that disappeared")
    expect(gone.locator(".title")).to_have_text("Title 1")
    expect(page.get_by_role("row", name=re.compile(TABLE))).to_contain_text("−149,959")
    page.get_by_role("row", name=re.compile(TABLE)).get_by_text("Which rows").click()
    expect(page.locator(".difference")).to_have_count(200)
    expect(page.get_by_role("row", name=re.compile(TABLE))).to_contain_text("The first 200 of 149,959")
    page.get_by_label("First").select_option("1")
    page.get_by_label("Second").select_option("0")
    expect(page.locator(".tally")).to_contain_text("1 appeared")


def test_notes_and_marks_are_kept(page, cases):
    go(page, f"#/c/1/findings/{2:064x}")
    page.get_by_role("button", name="relevant").click()
    expect(page.get_by_role("button", name="relevant")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("textbox", name="A note").fill("<b>Asked the owner</b>")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".notes")).to_contain_text("<b>Asked the owner</b>")
    go(page, "#/c/1/notes")
    expect(page.locator("main .card")).to_have_count(2)
    lines = [json.loads(line) for line in (cases[1].path / "notes.jsonl").read_text().splitlines()]
    assert [(n.get("mark"), n.get("text"), n["by"]) for n in lines] == [
        ("relevant", None, "A. Analyst"), (None, "<b>Asked the owner</b>", "A. Analyst")]  # fmt: skip


def test_everything_without_a_mouse(page):
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("f")
    expect(page.locator("a.item")).to_have_count(3)
    page.keyboard.press("j")
    expect(page.locator("a.item").nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    expect(page.locator("a.item").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".finding h2")).to_have_text("Title 2")
    page.keyboard.press("Escape")
    expect(page.locator(".finding")).to_have_count(0)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("title 3")
    page.keyboard.press("Escape")
    expect(page.locator("a.item")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.locator(".v-row").first).to_contain_text("Message")
    page.keyboard.press("j")
    page.keyboard.press("PageDown")
    page.keyboard.press("Enter")
    expect(page.locator(".panel")).to_contain_text("Every column")


def test_single_keys_can_be_switched_off(page):
    page.keyboard.press("?")
    page.get_by_label("Use single keys").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier_on_any_page(page, scheme):
    page.emulate_media(color_scheme=scheme)
    serious = {}
    for name, where in PAGES.items():
        go(page, where)
        settled(page, name)
        if name == "timeline":
            page.locator(".v-row").first.click()
            expect(page.locator(".panel")).to_contain_text("Every column")
        found = axe.Axe().run(page).response["violations"]
        bad = [v for v in found if v["impact"] in ("serious", "critical")]
        serious[name] = [(v["id"], n["html"][:200], n["failureSummary"]) for v in bad for n in v["nodes"]]
    assert serious == {name: [] for name in PAGES}


def test_a_narrow_window_needs_no_sideways_scrolling(page):
    page.set_viewport_size({"width": 380, "height": 800})
    wide = {}
    for name, where in PAGES.items():
        go(page, where)
        settled(page, name)
        wide[name] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide == dict.fromkeys(PAGES, 0)


def test_no_markup_and_no_foreign_script_can_be_put_in(page):
    put = "() => { try { document.body.innerHTML = '<b>x</b>'; return 'put' } catch (e) { return e.name } }"
    assert page.evaluate(put) == "TypeError"
    asked = "() => fetch('https://example.org/').then(() => 'asked', (e) => e.name)"
    assert page.evaluate(asked) == "TypeError"
