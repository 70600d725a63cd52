"""Where a shopper is, as far as they have said: kept in a cookie, rounded to about a kilometre."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, unquote

import structlog
from django.http import HttpRequest, HttpResponse, QueryDict
from pydantic import ValidationError
from redis.exceptions import RedisError

from inventory import api as inventory
from inventory.api import KnownPlaces, Location, Point, StockUnavailableError
from purchasing import promises, towns
from purchasing.towns import Place
from redismart.around import Around
from redismart.redis import connections

COOKIE = "place"
COOKIE_SECONDS = 180 * 86_400
LONGEST_COOKIE = 600
LONGEST_NAME = 120
DIGITS = 2
BY_BROWSER = "Where you are"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A place to look around, as it is called; ``others`` may have been meant by the same words."""

    label: str
    point: Point
    others: tuple[Place, ...] = ()


def around(request: HttpRequest) -> Around | None:
    """Where the shopper is, and the stores near it where things are collected; as a rule it asks nobody."""
    place = remembered(request)
    if place is None:
        return None
    label = "" if place.label == BY_BROWSER else place.label.partition(",")[0]
    # Where nobody can be asked nothing near is known of; but the shopper has said where.
    near = promises.stores_near(point=place.point, locations=_known(inventory.recently).values())
    return Around(label, tuple(each.id for each in near))


def known_locations() -> Mapping[str, Location]:
    """Those this process knows; none when it knows none, and nobody can be asked."""
    return _known(inventory.lately)


def _known(read: Callable[[], KnownPlaces]) -> Mapping[str, Location]:
    try:
        with connections.hurried():
            return read().locations
    except (StockUnavailableError, RedisError, OSError) as error:
        log.warning("no_locations", error=str(error))
        return {}


def asked(query: QueryDict, *, stores: list[Location]) -> Whereabouts | None:
    """The place that a form asks for: by its point, else by its name; None when there is no such place."""
    if point := _point(query.get("lat", ""), query.get("lon", "")):
        return Whereabouts(BY_BROWSER, point)
    found = towns.find(text=query.get("place", ""), stores=stores)
    return Whereabouts(found[0].label, found[0].point, tuple(found[1:])) if found else None


def remembered(request: HttpRequest) -> Whereabouts | None:
    """The place looked at last; None for what no page of ours has written."""
    with suppress(ValueError, TypeError, KeyError):
        stored = json.loads(unquote(request.COOKIES.get(COOKIE, "")[:LONGEST_COOKIE]))
        point = _point(str(stored["lat"]), str(stored["lon"]))
        return Whereabouts(str(stored["label"])[:LONGEST_NAME], point) if point else None
    return None


def namesakes(place: Whereabouts) -> tuple[Place, ...]:
    """Other places of the same name: whoever typed "Springfield" may live in a smaller one."""
    with suppress(towns.TownsUnavailableError):
        found = towns.find(text=place.label.partition(",")[0]) if place.label != BY_BROWSER else []
        return tuple({other.label: other for other in found if other.label != place.label}.values())
    return ()


def remember(response: HttpResponse, place: Whereabouts, *, secure: bool) -> None:
    kept = {"label": place.label[:LONGEST_NAME], "lat": place.point.lat, "lon": place.point.lon}
    value = quote(json.dumps({name: round(x, DIGITS) if isinstance(x, float) else x for name, x in kept.items()}))
    response.set_cookie(COOKIE, value, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", secure=secure)


def forget(response: HttpResponse) -> HttpResponse:
    """The browser is to know the place no longer."""
    response.delete_cookie(COOKIE, samesite="Lax")
    return response


def _point(lat: str, lon: str) -> Point | None:
    with suppress(ValueError, ValidationError):
        return Point(lat=round(float(lat[:20]), DIGITS), lon=round(float(lon[:20]), DIGITS))
    return None
