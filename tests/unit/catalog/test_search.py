"""What a shopper typed becomes words and clauses, and no text changes a query's shape."""

import re
import string
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from catalog import search
from catalog.facets import TextClause
from catalog.search import Text
from tests import nasty

anything = st.text(max_size=300) | st.sampled_from(nasty.TEXTS)


@pytest.mark.parametrize(
    ("typed", "shown", "words"),
    [
        ("Red Lamp", "Red Lamp", ("red", "lamp")),
        ("  red \t lamp\n", "red lamp", ("red", "lamp")),
        ("the lamp of the house", "the lamp of the house", ("lamp", "house")),
        ("lamp lamp LAMP", "lamp lamp LAMP", ("lamp",)),
        ("AB-12/3", "AB-12/3", ("ab", "12", "3")),
        ("l'été, 50% (neu)", "l'été, 50% (neu)", ("l", "été", "50", "neu")),
        ("under_score", "under_score", ("under_score",)),
        ("a\x00b\u200bc", "a b c", ("b", "c")),
        ("", "", ()),
        ("\x00\x01", "", ()),
        ("the", "the", ()),
        ("!?", "!?", ()),
    ],
)
def test_a_text_is_shown_as_typed_and_searched_by_its_words(typed: str, shown: str, words: tuple[str, ...]) -> None:
    assert Text.parse(typed) == Text(shown, words)


@given(anything)
def test_a_parsed_text_is_short_and_printable(typed: str) -> None:
    text = Text.parse(typed)
    assert len(text.shown) <= search.LONGEST_TEXT
    assert len(text.words) <= search.MOST_WORDS
    assert text.shown == text.shown.strip()
    assert not [character for character in text.shown if unicodedata.category(character).startswith("C")]
    assert text.empty is (text.shown == "")


@given(anything)
def test_what_is_shown_parses_to_itself(typed: str) -> None:
    text = Text.parse(typed)
    assert Text.parse(text.shown) == text


@given(anything)
def test_a_word_holds_nothing_at_which_the_index_would_end_it(typed: str) -> None:
    for word in Text.parse(typed).words:
        assert not set(word) & set(string.punctuation.replace("_", ""))
        assert not search.TOKEN_BREAKS.search(word)
        assert word not in search.STOPWORDS


@pytest.mark.parametrize("make", [search.all_words, search.some_words])
@given(typed=anything)
@example(typed="phone) | (@price:[0 inf]")
def test_no_text_changes_the_shape_of_a_query(make: Callable[[Text], TextClause], typed: str) -> None:
    text = Text.parse(typed)
    if text.empty:
        return
    clause = make(text)
    references = {int(number) for number in re.findall(r"\$p(\d+)", clause.query)}
    assert references == set(range(len(clause.values)))
    ours = re.sub(r"\$p\d+|\$weight: [\d.]+|@(sku|mpn|[a-z_|]*name[a-z_|]*):", "", clause.query)
    assert set(ours) <= set("(){}|%*=> ")


def test_nothing_typed_finds_everything() -> None:
    assert search.all_words(Text.parse("")) == TextClause("*")


def test_a_text_without_words_may_still_be_a_number() -> None:
    clause = search.all_words(Text.parse("!!!"))
    assert clause.values == ("!!!", "!!!")
    assert search.some_words(Text.parse("!!!")) == clause


def test_a_backslash_reaches_the_index_as_one() -> None:
    assert search.all_words(Text.parse("a\\b")).values[-1] == "a\\\\b"


def test_short_words_have_no_typos() -> None:
    query = search.some_words(Text.parse("tv")).query
    assert "%" not in query
    assert "*" not in query
    assert "%$p0%" in search.some_words(Text.parse("lamp")).query


# --- Corrections


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("", "", 0),
        ("lamp", "lamp", 0),
        ("lmap", "lamp", 2),
        ("lam", "lamp", 1),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
    ],
)
def test_edits_are_counted_both_ways(one: str, other: str, edits: int) -> None:
    assert search.edits(one, other) == search.edits(other, one) == edits


short = st.text("abc", max_size=6)


@given(short, short, short)
def test_edits_are_a_distance(one: str, other: str, third: str) -> None:
    assert (search.edits(one, other) == 0) is (one == other)
    assert search.edits(one, third) <= search.edits(one, other) + search.edits(other, third)
    assert abs(len(one) - len(other)) <= search.edits(one, other) <= max(len(one), len(other))


def test_words_are_replaced_by_their_nearest_correction() -> None:
    text = Text.parse("red lmp for desks")
    assert search.corrected(text, {"lmp": ["map", "lamp", "lump"]}) == "red lamp desks"
    assert search.corrected(text, {"lmp": ["lump", "lamp"]}) == "red lump desks"


def test_two_letters_that_changed_places_are_one_slip() -> None:
    known = {"cabel": ["cable", "label", "camel"], "form": ["from"], "ab": ["ba", "ac"]}
    assert search.corrected(Text.parse("hdmi cabel"), known) == "hdmi cable"
    assert search.corrected(Text.parse("cabel"), {"cabel": ["label", "cable"]}) == "label"
    assert search.respelt(Text.parse("hdmi cabel"), known, most=2) == ["hdmi cable", "hdmi label"]
    assert search.respelt(Text.parse("cabel ab"), known, most=3) == ["cable ba", "label ac", "camel ac"]


def test_letters_change_places_within_words_only() -> None:
    assert search.swapped("ab cdd", most=9) == ["ba cdd", "ab dcd"]
    assert search.swapped("abc", most=1) == ["bac"]
    assert search.swapped("", most=9) == []


def test_nothing_is_suggested_without_corrections() -> None:
    assert search.corrected(Text.parse("red lamp"), {}) == ""
    assert search.corrected(Text.parse("red lamp"), {"other": ["words"]}) == ""


# --- Rank


def test_rank_stays_between_a_quarter_and_one() -> None:
    for words in (0, 10, 100, 10_000):
        for popularity in (0.0, 5.0, 1e300):
            for rating, ratings in ((None, 0), (0.0, 10**9), (5.0, 10**9)):
                rank = search.static_rank(words=words, popularity=popularity, rating=rating, ratings=ratings)
                assert 0.25 <= rank <= 1


def test_popular_and_liked_products_rank_a_little_higher_and_wordy_ones_lower() -> None:
    def rank(words: int = 50, popularity: float = 0.0, rating: float | None = None, ratings: int = 0) -> float:
        return search.static_rank(words=words, popularity=popularity, rating=rating, ratings=ratings)

    assert rank() < rank(popularity=10.0) < rank(popularity=10_000.0) <= rank() * 1.04
    assert rank(rating=2.0, ratings=500) < rank() < rank(rating=4.9, ratings=500)
    assert rank(rating=5.0, ratings=1) < rank(rating=4.8, ratings=1_000)
    assert rank(words=500) < rank(words=50) < rank(words=5)


def test_synonyms_come_in_singular_and_plural() -> None:
    assert set(search.inflected(["Sofa", "couches"])) >= {"sofa", "sofas", "couch", "couches"}


# --- Highlighting


@pytest.mark.parametrize(
    ("name", "typed", "shown"),
    [
        ("Red lamps", "lamp", "Red <mark>lamps</mark>"),
        ("Lamp & lampshade", "lamp", "<mark>Lamp</mark> &amp; <mark>lampshade</mark>"),
        ("<b>lamp</b>", "lamp b", "&lt;<mark>b</mark>&gt;<mark>lamp</mark>&lt;/<mark>b</mark>&gt;"),
        ("Running shoes", "run", "<mark>Running</mark> shoes"),
        ("Clamp", "lamp", "Clamp"),
        ("Ünïcode été", "été", "Ünïcode <mark>été</mark>"),
        ("Lamp", "", "Lamp"),
    ],
)
def test_what_matches_is_marked(name: str, typed: str, shown: str) -> None:
    assert search.highlight(name, Text.parse(typed).words) == shown


@given(name=anything, typed=anything)
@example(name="<script>alert(1)</script>", typed="script alert")
@example(name="&lt;mark&gt;", typed="lt mark")
def test_highlighting_adds_marks_and_nothing_else(name: str, typed: str) -> None:
    shown = search.highlight(name, Text.parse(typed).words)
    assert isinstance(shown, Markup)
    without = str(shown).replace("<mark>", "").replace("</mark>", "")
    assert without == str(escape(name))
    assert str(shown).count("<mark>") == str(shown).count("</mark>")
    assert "<" not in without
    assert ">" not in without
