"""The documentation builds without a warning, has every page, and loads nothing from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOADED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=["']?((?:https?:)?//[^"'\s>]+)""")
IN_STYLES = re.compile(r"url\(\s*[\"']?((?:https?:)?//[^)\"']+)|@import")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocs")
    out = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)], cwd=ROOT,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


def test_every_page_is_in_the_navigation(site):
    start = (site / "index.html").read_text("utf-8")
    pages = [p.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for p in (ROOT / "docs").rglob("*.md")]
    assert len(pages) > 40
    assert [p for p in pages if f'href="{p}"' not in start and p != "index.html"] == []


def test_nothing_is_loaded_from_elsewhere(site):
    found = []
    for page in site.rglob("*.html"):
        found += [(page.name, url) for url in LOADED.findall(page.read_text("utf-8")) if 'rel="canonical"' not in url]
    for style in site.rglob("*.css"):
        found += [(style.name, m.group(0)) for m in IN_STYLES.finditer(style.read_text("utf-8"))]
    assert found == []
