"""What stands in for a picture that is not there."""

import re

import pytest

from redismart.web.icons import PLAIN, TELLING_WORDS, TINTS, icon_for, tint_of
from tests.redis_nodes import ROOT

STATIC = ROOT / "redismart" / "static" / "redismart"


@pytest.mark.parametrize(
    ("category", "icon"),
    [
        ("Cell Phones", "phone"),
        ("Musical Instruments", "music"),
        ("Women", "shirt"),
        ("Kitchen & Dining", "pot"),
        ("Gift Cards", PLAIN),
        ("", PLAIN),
    ],
)
def test_a_category_gets_the_icon_its_words_tell(category: str, icon: str) -> None:
    assert icon_for(category) == icon


def test_every_icon_that_can_be_asked_for_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "icons.svg").read_text()))
    templates = "".join(page.read_text() for page in (ROOT / "templates").glob("*.html"))
    asked = {*TELLING_WORDS, PLAIN, *re.findall(r'icon\("([a-z]+)"', templates)}
    assert asked <= drawn


def test_every_tint_has_its_colours() -> None:
    tokens = (STATIC / "tokens.css").read_text()
    assert all(f".tint-{tint} " in tokens for tint in range(TINTS))
    assert tint_of("Audio") == tint_of("audio")
