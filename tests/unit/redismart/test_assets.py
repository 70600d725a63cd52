"""What a first visit has to fetch stays small, and allowed by the content security policy."""

import re

from tests.redis_nodes import ROOT

STATIC = ROOT / "redismart" / "static" / "redismart"
CSS_BYTES, SCRIPT_BYTES = 40_000, 15_000


def test_styles_and_scripts_stay_small() -> None:
    assert sum(sheet.stat().st_size for sheet in STATIC.glob("*.css")) < CSS_BYTES
    assert sum(script.stat().st_size for script in STATIC.glob("*.js")) < SCRIPT_BYTES


def test_no_template_has_inline_styles_or_scripts() -> None:
    pages = {page.name: page.read_text() for page in (ROOT / "templates").glob("*.html")}
    inline = re.compile(r"""\sstyle=|\son[a-z]+=["']|<style|<script(?![^>]*(?:\ssrc=|application/ld\+json))""")
    assert [name for name, text in pages.items() if inline.search(text)] == []
