"""The completions that shoppers are offered while they type, as they are read; ``suggesting`` builds them."""

import string
from dataclasses import dataclass, field
from typing import Any

import orjson

from catalog import commands, keyspace, search
from catalog.models import Product
from catalog.search import Text
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply

LETTERS = string.ascii_lowercase + string.digits
MOST_RESPELT, MOST_SWAPPED = 3, 40
"""Ways to correct a phrase that are tried: only those that some completion begins with are shown."""

LONGEST_PREFIX = 99
"""Bytes of a text to complete: FT.SUGGET answers longer ones with an error."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion: what to show, and the category slug or SKU it leads to (neither: a search)."""

    text: str
    category: str = ""
    sku: str = ""
    score: float = field(default=0.0, compare=False)

    @classmethod
    def decoded(cls, payload: str) -> "Suggestion":
        """A completion as the dictionary holds it, built by this release of the shop or another."""
        facts = orjson.loads(payload)
        return cls(facts["text"], facts.get("category", ""), facts.get("sku", ""), facts.get("score", 0.0))

    @property
    def kind(self) -> str:
        return "product" if self.sku else "category" if self.category else "search"


def suggestions(*, text: Text, most: int = 8) -> list[Suggestion]:
    """Completions of what has been typed so far, most popular first, typos forgiven.

    Of several words, one typo may be anywhere. Where nothing begins so, the misspelt words are corrected.
    """
    typed = _prefix(" ".join(text.words) or text.shown.lower())
    if not typed:
        return []
    batch = Batch.reading(Product.app)
    options = ("MAX", str(most * 2), "WITHPAYLOADS")
    begun = batch.add("FT.SUGGET", keyspace.SUGGESTIONS, typed, *options, parse=_suggestions)
    close = None
    if len(typed) >= search.SHORTEST_FUZZY:
        close = batch.add("FT.SUGGET", keyspace.SUGGESTIONS, typed, "FUZZY", *options, parse=_suggestions)
    corrections = _ask_corrections(batch, text)
    batch.run()
    found = [*begun.value, *(close.value if close else [])]
    if not found and corrections:
        respelt = [
            *search.respelt(text, corrections.value, most=MOST_RESPELT),
            *search.swapped(typed, most=MOST_SWAPPED),
        ]
        asked = [
            batch.add("FT.SUGGET", keyspace.SUGGESTIONS, _prefix(one), *options, parse=_suggestions)
            for one in dict.fromkeys(respelt)
        ]
        batch.run()
        found = [suggestion for reply in asked for suggestion in reply.value]
    return list(dict.fromkeys(found))[:most]


def beginning(*, text: str, most: int = 200) -> list[Suggestion]:
    """What shoppers may be offered who begin like this, the best first; without a text the best of each letter."""
    typed = _prefix(" ".join(text.lower().split()))
    batch = Batch.reading(Product.app)
    each = most if typed else most // len(LETTERS)
    asked = [
        batch.add("FT.SUGGET", keyspace.SUGGESTIONS, start, "MAX", str(each), "WITHPAYLOADS", parse=_suggestions)
        for start in ([typed] if typed else LETTERS)
    ]
    batch.run()
    found = sorted((one for reply in asked for one in reply.value), key=lambda one: -one.score)
    return list({(one.text, one.kind): one for one in found}.values())


def _prefix(typed: str) -> str:
    return typed.encode()[:LONGEST_PREFIX].decode(errors="ignore")


def _ask_corrections(batch: Batch, text: Text) -> Reply[dict[str, list[str]]] | None:
    """Corrections, one letter away, of the words of a phrase; a single one is looked up with its typo.

    Two away would find swapped letters as well, at four times the cost with every key.
    """
    words = commands.spellable(text)
    if len(text.words) <= 1 or not words:
        return None
    return batch.add(*commands.spellcheck(words, distance=1), parse=replies.corrections)


def _suggestions(reply: list[Any] | None) -> list[Suggestion]:
    """In the order of our own scores: RediSearch puts an entry that is just what was typed before all others, however
    rare ("head" of "Axe, Red Head" before "Headphones")."""
    payloads = (reply or [])[1::2]
    found = [Suggestion.decoded(payload) for payload in payloads]
    return sorted(found, key=lambda suggestion: -suggestion.score)
