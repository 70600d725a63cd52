"""Collected at a store: those near a place, with what each has today and when the rest can be there."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from inventory import api as inventory
from inventory.api import Location, MapPicture, Service, draw_map
from purchasing import delivery, whereabouts
from purchasing.checkout import Choice
from purchasing.delivery import PickupOption
from purchasing.models import Address, Checkout, Fulfilment, units_of
from purchasing.views import choosing
from purchasing.views.choosing import ChoiceError
from purchasing.whereabouts import Whereabouts
from redismart.web import formats
from redismart.web.templating import remembered_locale

SERVICES = (Service.PICKUP, Service.CURBSIDE)
CHOOSE_STORE = "Choose a store of the list: this one cannot hand it out."


def shown(request: HttpRequest, found: Checkout, refused: ChoiceError | None = None) -> HttpResponse:
    """Stores around the place asked for, else around the one looked at last."""
    query = request.POST if request.method == "POST" else request.GET
    place, service = _place(request, query), _service(query)
    stores = _stores(found, place, service)
    context: dict[str, Any] = {"how": "collect", "place": place, "service": service, "services": SERVICES}
    context |= {"near_km": delivery.NEAR_KM, "stores": stores, "map": _map(request, place, stores)}
    context["unknown"] = query.get("place", "").strip() if place is None else ""
    response = choosing.page(request, found, context, refused)
    if place is not None:
        whereabouts.remember(response, place, secure=request.is_secure())
    return response


def choice(request: HttpRequest, found: Checkout) -> HttpResponse:
    """One of the stores that were shown, as it was shown."""
    service = _service(request.POST)
    try:
        option = _wanted(request.POST, _stores(found, _place(request, request.POST), service))
        return choosing.hand_on(request, found, _choice(option, service))
    except ChoiceError as error:
        return shown(request, found, error)


def _choice(option: PickupOption, service: Service) -> Choice:
    address = _address_of(option.location)
    return Choice(Fulfilment(service.value), service.value, address, option.parcels, Decimal(0))


def _wanted(posted: QueryDict, stores: list[PickupOption]) -> PickupOption:
    able = (each for each in stores if each.promised is not None and each.location.id == posted.get("store"))
    return choosing.as_seen(next(able, None), posted.get("seen"), otherwise=CHOOSE_STORE)


def _address_of(store: Location) -> Address:
    """Where the goods are handed out."""
    told = {name: getattr(store, name) for name in ("name", "city", "state", "postcode", "country", "phone")}
    return Address(street=store.street or store.city, **told)


def _stores(found: Checkout, place: Whereabouts | None, service: Service) -> list[PickupOption]:
    if place is None:
        return []
    return delivery.pickup_options(
        quantities=units_of(found.items), point=place.point, service=service, own=choosing.held(found)
    )


def _map(request: HttpRequest, place: Whereabouts | None, stores: list[PickupOption]) -> MapPicture | None:
    if place is None or not stores:
        return None
    unit_km = formats.KM_IN_A_MILE if formats.uses_miles(remembered_locale(request)) else 1.0
    around = [(each.location.point, each.distance_km) for each in stores]
    return draw_map(centre=place.point, around=around, unit_km=unit_km)


def _place(request: HttpRequest, query: QueryDict) -> Whereabouts | None:
    """The place that is asked for; where none is, the one looked at last."""
    if any(query.get(name) for name in ("place", "lat", "lon")):
        return whereabouts.asked(query, stores=inventory.all_locations())
    return whereabouts.remembered(request)


def _service(query: QueryDict) -> Service:
    return next((service for service in SERVICES if service.value == query.get("service")), Service.PICKUP)
