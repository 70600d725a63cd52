"""The admin of what is few enough to be read whole, and has an order that no index knows: a tree, a list of reports."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest

from redismart.backoffice.admin import DocumentAdmin
from redismart.backoffice.lists import DocumentList, WholeList
from redismart.backoffice.standins import StandIn


class Whole(DocumentAdmin):
    """Subclasses give all rows that have a text; everything else is as with documents that are searched."""

    def all_rows(self, text: str, filters: Sequence[Any]) -> Iterable[StandIn]:
        """Every row that has what staff typed (nothing: all), in the order of the list."""
        raise NotImplementedError

    def completed(self, rows: list[StandIn]) -> list[StandIn]:
        """The rows of one page with what only they need to know."""
        return rows

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[DocumentList]:
        del request, options
        return WholeList
