"""Texts from data files become plain texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redismart.loading import cleaning


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Fish &amp; Chips", "Fish & Chips"),
        ("Caf&eacute;", "Café"),
        ("&#8220;Hi&#x201D;", "“Hi”"),
        ("<b>Bold</b> words", "Bold words"),
        ("one<br>two<br/>three", "one two three"),
        ("<script>alert(1)</script>Lamp", "Lamp"),
        ("<style>p {}</style><p>Lamp</p>", "Lamp"),
        ("<!-- hidden -->Lamp", "Lamp"),
        ("5 < 10 and 10 > 5", "5 < 10 and 10 > 5"),
        ("I <3 lamps", "I <3 lamps"),
        ("A&B", "A&B"),
        ("  much \t space \u00a0 here\n", "much space here"),
        ("bell\x07rings", "bell rings"),
        ("&lt;b&gt; stays text", "<b> stays text"),
    ],
)
def test_a_line_reads_as_a_browser_would_show_it(written: str, plain: str) -> None:
    assert cleaning.line(written) == plain


def test_paragraphs_stay_apart() -> None:
    assert cleaning.paragraphs("<p>One.</p><p>Two.</p>\r\n\r\n\r\nThree.") == "One.\n\nTwo.\n\nThree."


@pytest.mark.parametrize("clean", [cleaning.line, cleaning.paragraphs])
def test_a_nul_character_is_refused(clean: object) -> None:
    with pytest.raises(ValueError, match="NUL"):
        clean("a\0b")  # type: ignore[operator]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_line_is_one_trimmed_line_without_controls(text: str) -> None:
    line = cleaning.line(text)
    assert line == line.strip()
    assert not cleaning.CONTROLS.search(line)
    assert "\n" not in line
    assert "  " not in line


@settings(deadline=None)
@given(st.lists(st.text(alphabet="abcXYZ0189.-éß漢", min_size=1), min_size=1).map(" ".join))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert cleaning.line(text) == text
    assert cleaning.paragraphs(text) == text
