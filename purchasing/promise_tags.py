"""What delivery gives to every template: the promise on product pages; dates, times and distances for people."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context

from inventory.api import Levels, Location
from purchasing import promises, whereabouts
from purchasing.promises import Promise, Shelf
from purchasing.transit import hours_on
from redismart.redis import connections
from redismart.web import formats
from redismart.web.templating import locale

SOON = {0: "today", 1: "tomorrow"}

log = structlog.get_logger(__name__)


class PromiseTemplating(Extension):
    """Adds delivery's globals and filters to the shop's Jinja2 environment."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(delivery_promise=delivery_promise, shopper_place=shopper_place, shelves=shelves)
        environment.globals.update(opening_hours=opening_hours)
        environment.filters.update(weekday=_weekday, coming_day=_coming_day, clock=_clock, distance=_distance)


@pass_context
def delivery_promise(context: Context, levels: Levels | None) -> Promise | None:
    """What may be promised of a product whose stock the page has read; None when nothing is known.

    The locations are those this process knows already: they are only read again when one has changed.
    """
    known = whereabouts.known_locations() if levels is not None and levels.total else {}
    if levels is None or not known:
        return None
    place = shopper_place(context)
    return promises.promise(
        levels=levels,
        locations=known,
        region=connections.topology().region,
        now=datetime.now(UTC),
        point=place.point if place else None,
    )


@pass_context
def shelves(context: Context, levels: Levels) -> list[Shelf]:
    """Who has a product, the nearest first. Like ``delivery_promise``, it asks nobody as a rule."""
    place = shopper_place(context)
    return promises.nearest_first(
        levels=levels,
        locations=whereabouts.known_locations(),
        region=connections.topology().region,
        point=place.point if place else None,
    )


@pass_context
def shopper_place(context: Context) -> whereabouts.Whereabouts | None:
    """Where the shopper has said to be."""
    request: Any = context.get("request")
    return None if request is None else whereabouts.remembered(request)


@pass_context
def opening_hours(context: Context, store: Location) -> str:
    """When a store is open today, by its own clock, and whether it still is."""
    now = datetime.now(ZoneInfo(store.timezone))
    spans = [tuple(time.fromisoformat(end.replace("24:00", "00:00")) for end in span) for span in hours_on(store, now)]
    if not spans:
        return "Closed today" if store.hours else "We do not know its hours: ask the store"
    told = ", ".join(" \N{EN DASH} ".join(formats.clock_of(end, locale(context)) for end in span) for span in spans)
    return f"Open today {told}" if store.open_at(now) else f"Closed now; today {told}"


@pass_context
def _coming_day(context: Context, value: datetime, before: str = "") -> str:
    """``today``, ``tomorrow``, else a day by its name, with a word before it: as it is called where it is."""
    away = value.date() - datetime.now(value.tzinfo).date()
    return SOON.get(away.days) or before + formats.weekday(value, locale(context))


@pass_context
def _weekday(context: Context, value: datetime) -> str:
    return formats.weekday(value, locale(context))


@pass_context
def _clock(context: Context, value: datetime) -> str:
    return formats.clock(value, locale(context))


@pass_context
def _distance(context: Context, km: float) -> str:
    return formats.distance(km, locale(context))
