"""Lists and chosen rows as CSV, sent as they are read."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.http import StreamingHttpResponse

from redismart.backoffice.columns import DIALECT_OF_JSON
from redismart.backoffice.searching import DEEPEST, Wanted
from redismart.backoffice.standins import StandIn
from redismart.redis import replies, scanning
from redismart.redis.clauses import DIALECT, Params
from redismart.web import tables

if TYPE_CHECKING:
    from redismart.backoffice.actions import Selection
    from redismart.backoffice.admin import DocumentAdmin
    from redismart.backoffice.lists import DocumentList

PER_TRIP = 500


def download(admin: "DocumentAdmin", rows: Iterable[StandIn]) -> StreamingHttpResponse:
    """The answer that sends rows as a file."""
    header = admin.exported or admin.shown
    cells = (admin.cells(row.document) for row in rows)
    return tables.download(cells, header=header, name=str(admin.opts.model_name))


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
