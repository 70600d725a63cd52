"""How staff find items: by a part of their SKU and words of their products' names; by location and by figures."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.views.main import ChangeList

from inventory import places, texts
from inventory.board import LOW
from redismart import names
from redismart.backoffice.filters import ChoiceFilter, ClauseFilter, RangeFilter
from redismart.redis.clauses import EVERYTHING, Params, number_between, tag_any

LONGEST_TEXT = 100


class PlaceFilter(ClauseFilter):
    """One location, by its id or its name: a chain has more than a list of links can hold."""

    title = "location"
    names = ("location",)
    template = "admin/inventory/place_filter.html"

    @property
    def typed(self) -> str:
        return self.given["location"].strip()

    def clause(self, params: Params) -> str:
        """Of all that are called so; what is called by no name may have been a location once."""
        return tag_any("location", places.names().ids(self.typed) or [self.typed], params) if self.typed else ""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        known = sorted(places.names().values(), key=str.casefold)
        yield self.beside(changelist) | {"places": known, "display": ""}


class LeftChoice(ChoiceFilter):
    """How much anybody may still sell."""

    title = "left to sell"
    names = ("left",)

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [("none", "Nothing"), ("few", f"{LOW} or fewer"), ("more", "More")]

    def clause(self, params: Params) -> str:
        del params
        bounds = {"none": (None, 1), "few": (None, LOW + 1), "more": (LOW + 1, None)}.get(self.chosen)
        return number_between("sellable", *bounds) if bounds else ""


class OnHand(RangeFilter):
    title = "units on hand"
    names = ("on_hand_from", "on_hand_to")
    field = "on_hand"


class Held(RangeFilter):
    title = "units set aside here"
    names = ("held_from", "held_to")
    field = "held"


def found_by(text: str, params: Params) -> str:
    """Items by a part of their SKU, or words of what their product is called; a single letter is a whole SKU."""
    wanted = text.strip()[:LONGEST_TEXT]
    if len(wanted) == 1:
        return tag_any("text", [wanted], params)
    return texts.clause(wanted, names.skus(wanted), params) if wanted else EVERYTHING
