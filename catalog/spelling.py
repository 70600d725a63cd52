"""Which words of a search are misspelt, as far as the catalogue knows.

Those with synonyms are not, also where no product has them: ``pants`` are no ``plants``.
"""

from dataclasses import dataclass

from catalog import commands
from catalog.search import Text
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply

NEAR, FAR, FEW_WORDS = 1, 2, 2
"""Typos a word: looking two away costs ten times as much as one, so only few words get it."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """What was asked along with a search; nothing, where no word can be checked."""

    corrections: Reply[dict[str, list[str]]]
    synonyms: Reply[frozenset[str]]

    @classmethod
    def ask(cls, batch: Batch, text: Text) -> "Spelling":
        words = commands.spellable(text)
        if not words:
            return cls(Reply.known({}), Reply.known(frozenset()))
        distance = FAR if len(words) <= FEW_WORDS else NEAR
        corrections = batch.add(*commands.spellcheck(words, distance=distance), parse=replies.corrections)
        return cls(corrections, batch.add(*commands.explained(words), parse=replies.synonyms))

    @property
    def misspelt(self) -> dict[str, list[str]]:
        """Corrections by word."""
        known = self.synonyms.value
        return {word: options for word, options in self.corrections.value.items() if word not in known}
