"""Changes that managers make to stores and fulfilment centres, one at a time: in every region, never over what another
changed meanwhile, and none is removed that something still needs.

A region that cannot be reached hears of a change later, from ``placing.tell``: an outcome says which.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from inventory import fence, keyspace, placing
from inventory.models import Location
from inventory.placing import Outcome
from redismart.redis import editing, replies
from redismart.redis.clauses import Params, all_of, any_of, number_between, tag_any
from redismart.redis.editing import TakenError

Need = Callable[[str], str]
_needs: list[Need] = []


class NeededError(ValueError):
    """The location stays: the message says what still needs it, and what to do."""


def keep_while(need: Need) -> None:
    """Have a function asked before a location is removed: what still needs the one of an id, in a sentence that says
    what to do first; empty when nothing does.
    """
    _needs.append(need)


def add_location(*, values: Mapping[str, Any]) -> Outcome:
    """Store a new location in every region. Raises ``TakenError``, ``pydantic.ValidationError``."""
    location: Location = Location.model_validate(dict(values))
    with Location.db().pipeline(transaction=True) as pipeline:
        location.save(pipeline=pipeline, nx=True)
        placing.note_change(pipeline, location.id)
        stored, *_others = pipeline.execute()
    if stored is None:
        raise TakenError(f"There is already one known as {location.id!r}: choose another, or change that one.")
    return placing.tell()


def change_location(*, location_id: str, fields: tuple[str, ...], since: str, values: Mapping[str, Any]) -> Outcome:
    """Change some fields of a location, in every region. Raises as ``redismart.redis.editing.change``."""

    def store(pipeline: Any, location: Location) -> None:
        location.save(pipeline=pipeline)
        placing.note_change(pipeline, location_id)

    wanted = {**values, "id": location_id}
    editing.change(Location, pk=location_id, fields=fields, since=since, values=wanted, store=store)
    return placing.tell()


def remove_location(*, location_id: str) -> Outcome:
    """Remove a location from every region. Raises ``NeededError``; then it stays everywhere."""
    if reasons := needed(location_id=location_id):
        raise NeededError(" ".join(reasons))
    with Location.db().pipeline(transaction=True) as pipeline:
        pipeline.delete(Location.key_of(location_id))
        placing.note_change(pipeline, location_id)
        pipeline.execute()
    return placing.tell()


def needed(*, location_id: str) -> list[str]:
    """Why a location cannot be removed; a region that cannot be asked is a reason."""
    return list(filter(None, [*_stock_of(location_id), *(need(location_id) for need in _needs)]))


def _stock_of(location_id: str) -> Iterator[str]:
    """In each region: units on hand there are known everywhere, those set aside only where they were sold."""
    for region in fence.regions():
        try:
            with fence.reaching(region):
                items = _items(region, location_id)
        except fence.StockUnavailableError as error:
            yield str(error)
            continue
        if items:
            told = f"{items:,} item{'s' if items > 1 else ''}"
            yield f"As region {region} knows it, {told} of it are in stock or set aside: move or count them to 0 first."


def _items(region: str, location_id: str) -> int:
    params = Params()
    there = tag_any("location", [location_id], params)
    some = any_of([number_between("on_hand", 1, None), number_between("held", 1, None)])
    query = ("FT.SEARCH", keyspace.STOCK_INDEX, all_of([there, some]), "LIMIT", 0, 0, "TIMEOUT", 0)
    return replies.total(fence.node(region).execute_command(*query, *params.arguments()))
