"""The shop's spelling of the brands in a load, asked for once each."""

from collections.abc import Iterable

from catalog import operations

MOST_REMEMBERED = 50_000


class Spellings:
    """Remembers spellings, so that a batch costs a round trip only for brands not met before."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def learn(self, brands: Iterable[str]) -> None:
        """Ask for the spellings of the brands that are not known yet."""
        new = [brand for brand in dict.fromkeys(brands) if brand and brand not in self._known]
        if len(self._known) + len(new) > MOST_REMEMBERED:
            self._known.clear()
        self._known |= operations.spellings(brands=new)

    def of(self, brand: str) -> str:
        """The shop's spelling of a brand that was learnt."""
        return self._known.get(brand, brand)
