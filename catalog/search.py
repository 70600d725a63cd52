"""Turns what a shopper typed into RediSearch queries. Pure."""

import math
import re
import string
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from threading import Lock
from typing import Any

import inflection
import snowballstemmer
from markupsafe import Markup, escape

from catalog.facets import TextClause
from redismart.redis.clauses import EVERYTHING, Params, any_of, tag_any

# A word in the name says what the product is; in a description it may only say what goes with it.
NAME_WEIGHT = 5.0
CATEGORY_WEIGHT = 3.0
BRAND_WEIGHT = 3.0
WORDS_WEIGHT = 1.0
DESCRIPTION_WEIGHT = 1.0

# Added up in no query, so they only cost room and make "the who" match everything.
STOPWORDS = (
    *("a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in"),
    *("is", "it", "of", "on", "or", "that", "the", "this", "to", "with"),
)

LONGEST_TEXT = 200
MOST_WORDS = 12
MANY_WORDS = 4
TITLE_FIELDS = "name|brand_text|category_text"
SHORTEST_PREFIX = 3
SHORTEST_FUZZY = 4
PAIR = 2
EXACT, PREFIX, FUZZY = 1.0, 0.4, 0.2
IN_NAME = 5.0
"""All words in the name beat all words somewhere."""

IS_IT = 1000.0
"""The very SKU or part number beats any words."""

LENGTH_SLOPE = 0.13
SHORTEST_LENGTH_PRIOR = 0.3
POPULARITY_BOOST = 0.03
RATING_BOOST = 0.02

# RediSearch ends a token at these and at white space; keep in step or a parameter holds two tokens.
TOKEN_BREAKS = re.compile(r"[\s,.<>{}\[\]\"':;!@#$%^&*()\-+=~|\\/`?]+")

ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
WORD = re.compile(r"(\w+)")

_stemmer = snowballstemmer.stemmer("english")
# The stemmer keeps the word it works on in itself: two threads at once mix up theirs.
_stemming = Lock()


@dataclass(frozen=True, slots=True)
class Text:
    """A search text: as shown back to the shopper, and its words as the index knows them."""

    shown: str
    words: tuple[str, ...]

    @classmethod
    def parse(cls, raw: str) -> "Text":
        """Any input at all, made harmless: control characters out, length and words limited."""
        shown = " ".join(_printable(raw[: LONGEST_TEXT * 4]).split())[:LONGEST_TEXT].strip()
        return cls(shown, tuple(tokens(shown))[:MOST_WORDS])

    @property
    def empty(self) -> bool:
        return not self.shown


def tokens(text: str) -> list[str]:
    """The index's words in a text, without stop words: the index has none of them."""
    words = [word for word in TOKEN_BREAKS.split(text.lower()) if word]
    telling = [word for word in words if word not in STOPWORDS]
    return list(dict.fromkeys(telling))


def stems(text: str) -> list[str]:
    """The stems of the telling words of a text."""
    return list(dict.fromkeys(map(stem, tokens(text))))


def all_words(text: Text) -> TextClause:
    """Products that have every word, or are the SKU or part number that was typed."""
    if text.empty:
        return TextClause(EVERYTHING)
    params = Params()
    words = " ".join(any_of(_in_any_case(word, params)) for word in text.words)
    number = any_of(tag_any(name, [text.shown], params) for name in ("sku", "mpn"))
    clauses = [_preferably_in_name(words), _surely(number)] if words else [_surely(number)]
    unranked = any_of([f"({words})", number] if words else [number])
    return TextClause(any_of(clauses), tuple(params.values), unranked)


def beginnings(text: Text) -> TextClause:
    """Products that have every word, each as it is or as the beginning of one."""
    params = Params()
    words = " ".join(begun(word, params) for word in text.words)
    return TextClause(_preferably_in_name(words), tuple(params.values), f"({words})") if words else all_words(text)


def some_words(text: Text) -> TextClause:
    """Products that come close: at least one of the words, each also as a beginning or with a typo.

    Of many words, one in the name, brand or category is asked for: one in any field is had by a third of a
    large catalogue, which takes Redis long to rank, and ranks no better (nDCG@10 0.734 against 0.730).
    """
    params = Params()
    close = [_close(word, params) for word in text.words]
    if not close:
        return all_words(text)
    ranked, plain = (any_of(forms) for forms in zip(*close, strict=True))
    if len(close) >= MANY_WORDS:
        return TextClause(_in_title(ranked), tuple(params.values), _in_title(plain))
    return TextClause(_preferably_in_name(ranked), tuple(params.values), f"({plain})")


def _in_title(clause: str) -> str:
    return f"@{TITLE_FIELDS}:({clause})"


def _preferably_in_name(clause: str) -> str:
    """Joined with itself like ``_surely``, and for the same reason."""
    return f"((@name:({clause}) @name:({clause}))=>{{$weight: {IN_NAME}}}|({clause}))"


def _surely(number: str) -> str:
    """Joined with itself: RediSearch weighs an intersection, and ignores the weight of a tag or of their union."""
    return f"({number} {number})=>{{$weight: {IS_IT}}}"


def _in_any_case(word: str, params: Params) -> list[str]:
    """The word as it may stand in the index, which folds the case of ASCII letters only; in lower case first."""
    forms = (form.translate(ASCII_LOWER) for form in (word, word.capitalize(), word.upper()))
    return [params.add(form) for form in dict.fromkeys(forms)]


def begun(word: str, params: Params) -> str:
    """The word, or a longer one that begins so."""
    cases = _in_any_case(word, params)
    return any_of([*cases, *(f"{case}*" for case in cases if len(word) >= SHORTEST_PREFIX)])


def _close(word: str, params: Params) -> tuple[str, str]:
    """The word as it is, as a beginning and with a typo: weighed, and plain."""
    cases = _in_any_case(word, params)
    forms = [(any_of(cases), EXACT)]
    if len(word) >= SHORTEST_PREFIX:
        forms.append((f"{cases[0]}*", PREFIX))
    if len(word) >= SHORTEST_FUZZY:
        forms.append((f"%{cases[0]}%", FUZZY))
    return any_of(f"({form})=>{{$weight: {weight}}}" for form, weight in forms), any_of(form for form, _ in forms)


def inflected(terms: Iterable[str]) -> list[str]:
    """Terms with their singulars and plurals: RediSearch looks up synonyms before it stems."""
    forms = (form for term in terms for form in (term, inflection.singularize(term), inflection.pluralize(term)))
    return list(dict.fromkeys(form.lower() for form in forms))


def corrected(text: Text, corrections: Mapping[str, Sequence[str]]) -> str:
    """The search text with misspelt words replaced by the nearest of their corrections, of equally near ones
    the first; empty when nothing changes."""
    return next(iter(respelt(text, corrections, most=1)), "")


def respelt(text: Text, corrections: Mapping[str, Sequence[str]], *, most: int) -> list[str]:
    """The search text with misspelt words replaced, at most so often: by the nearest corrections, the next nearest…"""
    nearest = [sorted(corrections.get(word) or [word], key=partial(_apart, word))[:most] for word in text.words]
    texts = (" ".join(words[min(rank, len(words) - 1)] for words in nearest) for rank in range(most))
    return [text_ for text_ in dict.fromkeys(texts) if text_ != " ".join(text.words)]


def swapped(text: str, *, most: int) -> list[str]:
    """The text with each two neighbouring letters of a word in the other order, as hasty fingers type them."""
    places = (place for place in range(len(text) - 1) if " " not in text[place : place + PAIR])
    swaps = (text[:place] + text[place + 1] + text[place] + text[place + PAIR :] for place in places)
    return [swap for swap in dict.fromkeys(swaps) if swap != text][:most]


def _apart(typed: str, meant: str) -> int:
    """Edits between two words; neighbouring letters in the wrong order are one slip of the fingers."""
    differing = [place for place, letters in enumerate(zip(typed, meant, strict=False)) if len(set(letters)) > 1]
    if len(typed) == len(meant) and len(differing) == PAIR and differing[1] - differing[0] == 1:
        first, second = differing
        if (typed[first], typed[second]) == (meant[second], meant[first]):
            return 1
    return edits(typed, meant)


def edits(one: str, other: str) -> int:
    """How many letters must be put in, left out or replaced to turn one word into the other (Levenshtein 1966)."""
    costs = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        diagonal, costs[0] = costs[0], row
        for column, goal in enumerate(other, start=1):
            diagonal, costs[column] = (
                costs[column],
                min(costs[column] + 1, costs[column - 1] + 1, diagonal + (letter != goal)),
            )
    return costs[-1]


def indexed_words(attributes: Mapping[str, Any], mpn: str) -> str:
    """Attribute values and part number as one text, for words that stand nowhere else."""
    values = [str(value) for value in attributes.values() if isinstance(value, str)]
    return " ".join([mpn, *values]).strip()


def static_rank(*, words: int, popularity: float, rating: float | None, ratings: int) -> float:
    """How much a product's match counts, whatever was searched: 0.25 to 1.

    Mostly a length prior: RediSearch's BM25STD hardly punishes long texts, which mention much that they are not
    (measured on 101 judged queries: nDCG@10 0.66 without, 0.69 with). Then two gentle boosts: popularity by
    its order of magnitude, and ratings by their Bayesian mean.
    """
    concise = max(SHORTEST_LENGTH_PRIOR, 1 - LENGTH_SLOPE * math.log(1 + words / 10))
    popular = min(math.log10(1 + popularity) / 5, 1.0)
    liked = max((3.5 if rating is None else mean_rating(rating, ratings)) - 2.5, 0) / 2.5
    return round(concise * (1 - POPULARITY_BOOST - RATING_BOOST + POPULARITY_BOOST * popular + RATING_BOOST * liked), 4)


def mean_rating(rating: float, ratings: int) -> float:
    """The Bayesian mean of ratings: ten ratings of 3.5 stars come before the first, so that one enthusiast
    does not outrank a thousand buyers."""
    counted = max(ratings, 1)
    return round((rating * counted + 3.5 * 10) / (counted + 10), 4)


def highlight(name: str, words: tuple[str, ...]) -> Markup:
    """A name as HTML, the words that match marked. Nothing in it can be markup of its own."""
    if not words:
        return escape(name)
    stems = {stem(word) for word in words}
    beginnings = tuple(word for word in words if len(word) >= SHORTEST_PREFIX)
    parts = WORD.split(name)
    # Words stand at the odd places and have nothing to escape; escaping each would cost more than the page around it.
    parts[::2] = [gap if gap.isspace() else str(escape(gap)) for gap in parts[::2]]
    parts[1::2] = [
        f"<mark>{word}</mark>" if stem(word) in stems or word.lower().startswith(beginnings) else word
        for word in parts[1::2]
    ]
    return Markup("".join(parts))  # noqa: S704 - every part is a word or escaped


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a word, as RediSearch's English stemmer has it."""
    with _stemming:
        return str(_stemmer.stemWord(word.lower()))


def _printable(text: str) -> str:
    """The text without control, unassigned and surrogate characters."""
    return "".join(" " if unicodedata.category(character)[0] == "C" else character for character in text)
