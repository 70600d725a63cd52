"""Baskets are delivered from where they are, or collected near by: what that costs, when, and in how many parcels."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from inventory.api import Point, Service
from purchasing import delivery, sourcing
from purchasing.delivery import DeliveryError, NotEnoughError, PickupOption
from purchasing.models import Address
from redismart.redis import recorder
from tests.integration.purchasing.conftest import Stocked

HERE = Point(lat=40.0, lon=-89.0)
# A Wednesday.
NOON = datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("America/Chicago"))
SPRINGFIELD = Address(name="Ada", street="1 Elm St", city="Springfield", state="IL", postcode="62701", country="US")
pytestmark = pytest.mark.usefixtures("opened")


def parcels(quantities: dict[str, int]) -> list[tuple[str, dict[str, int]]]:
    return [(each.location, each.quantities) for each in sourcing.sources(quantities=quantities, point=HERE)]


def pickups(quantities: dict[str, int], service: Service = Service.PICKUP) -> list[PickupOption]:
    return delivery.pickup_options(quantities=quantities, point=HERE, service=service, now=NOON)


def test_the_nearest_that_has_all_sends_and_only_who_delivers(stocked: Stocked) -> None:
    stocked("next", 40.1, {"A": 9, "B": 9}, services=["pickup"])
    stocked("near", 40.2, {"A": 1, "B": 9})
    stocked("far", 44.0, {"A": 2, "B": 1})
    stocked("farther", 45.0, {"A": 2, "B": 1})
    assert parcels({"A": 2, "B": 1}) == [("far", {"A": 2, "B": 1})]
    assert parcels({"A": 3}) == [("near", {"A": 1}), ("far", {"A": 2})]


def test_methods_have_their_costs_and_dates(stocked: Stocked) -> None:
    stocked("near", 40.2, {"A": 1})
    stocked("far", 44.0, {"A": 1})
    whole = delivery.options(quantities={"A": 1}, address=SPRINGFIELD, now=NOON, goods=Decimal("49.99"))
    split = delivery.options(quantities={"A": 2}, address=SPRINGFIELD, now=NOON, goods=Decimal("50.00"))
    told = [(each.method, each.cost, each.promised.day, len(each.parcels)) for each in (*whole, *split)]
    assert told == [
        ("standard", Decimal("4.90"), 26, 1),
        ("express", Decimal("14.90"), 26, 1),
        ("standard", Decimal(0), 27, 2),
        ("express", Decimal("22.40"), 26, 2),
    ]
    assert [parcel.promised.day for parcel in split[0].parcels if parcel.promised] == [26, 27]
    assert [parcel.location_name for parcel in split[0].parcels] == ["RedisMart near", "RedisMart far"]


def test_what_is_short_is_said_with_when_it_could_be_there(stocked: Stocked) -> None:
    stocked("sends", 40.2, {"A": 1})
    stocked("hands-over", 40.3, {"A": 2}, services=["pickup"])
    with pytest.raises(NotEnoughError) as short:
        delivery.options(quantities={"A": 3}, address=SPRINGFIELD, now=NOON)
    assert (short.value.missing, short.value.has) == ({"A": 2}, {"A": 1})
    # Brought on Thursday evening, after the hour until which it is sent: sent on Friday, there on Saturday's Monday.
    assert short.value.later is not None
    assert short.value.later.date().isoformat() == "2026-11-30"
    with pytest.raises(NotEnoughError) as never:
        delivery.options(quantities={"A": 4}, address=SPRINGFIELD, now=NOON)
    assert never.value.later is None


def test_no_way_to_an_address_nobody_knows(stocked: Stocked) -> None:
    stocked("sends", 40.2, {"A": 1})
    nowhere = SPRINGFIELD.model_copy(update={"country": "AQ", "city": "Camp"})
    with pytest.raises(DeliveryError, match="Camp in AQ"):
        delivery.options(quantities={"A": 1}, address=nowhere)


def test_stores_say_what_they_have_today_and_when_the_rest_is_there(stocked: Stocked) -> None:
    stocked("far", 40.5, {"A": 2, "B": 1})
    stocked("near", 40.1, {"A": 2})
    stocked("curb", 40.2, {}, services=["curbside"])
    far, near = pickups({"A": 2, "B": 1})
    assert (far.location.id, far.complete, far.whole, far.today) == ("far", 2, True, {"A": 2, "B": 1})
    assert far.ready == far.promised == NOON.replace(hour=13)
    assert (near.location.id, near.complete, near.whole, near.today) == ("near", 1, False, {"A": 2})
    assert near.distance_km == pytest.approx(11.1, abs=0.1)
    assert [(each.location, each.quantities, each.brought_to) for each in near.parcels] == [
        ("near", {"A": 2}, ""),
        ("far", {"B": 1}, "near"),
    ]
    assert near.promised is not None
    assert near.promised.isoformat()[:16] == "2026-11-27T09:00"
    [curb] = pickups({"A": 2, "B": 1}, Service.CURBSIDE)
    assert (curb.complete, curb.ready, curb.today) == (0, NOON.replace(hour=13), {})
    assert [each.brought_to for each in curb.parcels] == ["curb"]


def test_a_basket_that_all_stores_together_lack_has_no_date(stocked: Stocked) -> None:
    stocked("near", 40.1, {"A": 2})
    [near] = pickups({"A": 3})
    assert (near.today, near.parcels, near.promised) == ({"A": 2}, (), None)


def test_far_stores_are_offered_only_where_none_is_near(stocked: Stocked) -> None:
    stocked("away", 45.0, {"A": 1})
    assert [each.location.id for each in pickups({"A": 1})] == ["away"]
    stocked("near", 40.1, {})
    assert [each.location.id for each in pickups({"A": 1})] == ["near"]


def test_round_trips_do_not_grow_with_basket_or_locations(stocked: Stocked) -> None:
    for number in range(6):
        stocked(f"s{number}", 40 + number / 10, {f"p{number}": 1, "A": 9})
    basket = {f"p{number}": 1 for number in range(6)}
    with recorder.recording() as recorded:
        assert len(parcels(basket)) == 6
    first = len(recorded.trips)
    with recorder.recording() as recorded:
        delivery.options(quantities=basket, address=SPRINGFIELD)
    assert (first, len(recorded.trips)) == (2, 2)
    with recorder.recording() as recorded:
        pickups({"A": 1})
    assert len(recorded.trips) == 2
    with recorder.recording() as recorded:
        pickups(basket)
    assert len(recorded.trips) == 4
