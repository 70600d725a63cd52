"""Lists and chosen rows as CSV, sent as they are read: a million rows take no more memory than five hundred."""

import csv
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.http import StreamingHttpResponse

from redismart.backoffice.columns import DIALECT_OF_JSON
from redismart.backoffice.searching import DEEPEST, Wanted
from redismart.backoffice.standins import StandIn
from redismart.redis import replies, scanning
from redismart.redis.clauses import DIALECT, Params

if TYPE_CHECKING:
    from redismart.backoffice.actions import Selection
    from redismart.backoffice.admin import DocumentAdmin
    from redismart.backoffice.lists import DocumentList

PER_TRIP = 500
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Echo:
    """A file that hands back what is written to it, so that rows can be sent as they are made."""

    def write(self, text: str) -> str:
        return text


def download(admin: "DocumentAdmin", rows: Iterable[StandIn]) -> StreamingHttpResponse:
    """The answer that sends rows as a file."""
    answer = StreamingHttpResponse(lines(admin, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{admin.opts.model_name}.csv"'
    return answer


def lines(admin: "DocumentAdmin", rows: Iterable[StandIn]) -> Iterator[str]:
    """The names of the columns, and a line for each row."""
    writer = csv.writer(Echo())
    yield writer.writerow(admin.exported or admin.shown)
    for row in rows:
        yield writer.writerow(map(harmless, admin.cells(row.document)))


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, whatever a shopper wrote."""
    return f"'{text}" if text.startswith(FORMULA) else text


def listed_rows(listed: "DocumentList") -> Iterator[StandIn]:
    """All rows of a list: in its order as far as pages lead; of more than that all, in no order.

    Redis would sort all of them anew for each batch.
    """
    if listed.whole is not None:
        return iter(listed.whole)
    return _in_order(listed) if listed.result_count <= DEEPEST else _all(listed)


def chosen_rows(selection: "Selection") -> Iterator[StandIn]:
    """The rows of an action, in the order of their keys."""
    if selection.chosen is None:
        yield from listed_rows(selection.listed)
        return
    pks = selection.pks()
    for start in range(0, len(pks), PER_TRIP):
        yield from selection.listed.model_admin.rows_of(pks[start : start + PER_TRIP])


def _in_order(listed: "DocumentList") -> Iterator[StandIn]:
    admin, params = listed.model_admin, Params()
    clauses, order = listed.clauses(params), listed.order()
    for offset in range(0, DEEPEST, PER_TRIP):
        wanted = Wanted(admin.index_alias, clauses, params, order, offset, PER_TRIP, _columns(admin))
        found = replies.hits(admin.node().execute_command(*wanted.command())).rows
        yield from admin.rows(found)
        if len(found) < PER_TRIP:
            return


def _all(listed: "DocumentList") -> Iterator[StandIn]:
    admin, params = listed.model_admin, Params()
    clauses, returned = listed.clauses(params), _columns(admin)
    batches = scanning.scan(
        admin.node(),
        index=admin.index_alias,
        clauses=clauses,
        params=params,
        load=returned or admin.scanned,
        dialect=DIALECT_OF_JSON if returned else DIALECT,
    )
    for batch in batches:
        # Deleted since the search found it: nothing could be loaded.
        yield from admin.rows([row for row in batch if row])


def _columns(admin: "DocumentAdmin") -> tuple[str, ...]:
    return admin.returned(admin.exported or admin.shown) if admin.reads else ()
