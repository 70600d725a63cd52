"""How staff find orders: by number, e-mail address and name; by status, region, day and total."""

from django.conf import settings

from purchasing.models import Status
from redismart.backoffice.filters import ChoiceFilter, DateFilter, RangeFilter
from redismart.backoffice.searching import every_word
from redismart.redis.clauses import Params, any_of, tag_any

LONGEST_TEXT = 254
FEWEST_DIGITS = 6
MOST_DIGITS = 18
SHORTEST_BEGINNING = 2


class StatusChoice(ChoiceFilter):
    title = "status"
    names = ("status",)
    field = "status"

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [(status.value, status.words.capitalize()) for status in Status]


class RegionChoice(ChoiceFilter):
    title = "region"
    names = ("region",)
    field = "region"

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [(region, region) for region in settings.REGIONS]


class OpenChoice(ChoiceFilter):
    """Whether money or units are still to be given back, or an e-mail to be sent: the shop tries each minute."""

    title = "what is owed to the shopper"
    names = ("open",)
    field = "open"

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [("1", "Something"), ("0", "Nothing")]


class BouncedChoice(ChoiceFilter):
    """Whether a bank did not take what was paid back: only somebody can see to it."""

    title = "refunds that came back"
    names = ("bounced",)
    field = "bounced"

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [("1", "To be paid back otherwise")]


class PlacedDate(DateFilter):
    title = "day placed"
    names = ("placed_from", "placed_to")
    field = "placed"


class TotalRange(RangeFilter):
    title = "total"
    names = ("total_from", "total_to")
    field = "total"


def found_by(text: str, params: Params) -> str:
    """Orders by their number or its beginning or digits, the beginning of an e-mail address, or words of a name.

    Each is looked up in a sorted list of values: none goes over all orders.
    """
    typed = text.strip()[:LONGEST_TEXT]
    clauses = [tag_any("number", _numbers(typed), params)] if _numbers(typed) else []
    if len(typed) >= SHORTEST_BEGINNING:
        clauses += [_begins("number", typed.upper(), params), _begins("email", typed.casefold(), params)]
    named = every_word(typed, params)
    return any_of([*clauses, *([f"@name:({named})"] if named else [])] or [tag_any("number", [typed], params)])


def _numbers(typed: str) -> list[str]:
    """The numbers that some digits may mean, in each region."""
    if not (typed.isascii() and typed.isdigit() and len(typed) <= MOST_DIGITS):
        return []
    return [f"{region.upper()}-{int(typed):0{FEWEST_DIGITS}d}" for region in settings.REGIONS]


def _begins(field: str, beginning: str, params: Params) -> str:
    escaped = beginning.replace("\\", r"\\")
    return f"@{field}:{{{params.add(escaped)}*}}"
