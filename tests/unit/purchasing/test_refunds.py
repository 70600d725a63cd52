"""However an order comes back, exactly what was paid is paid back, to where it came from."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from purchasing import refunds
from purchasing.models import Item, Order, Parcel, Totals
from purchasing.taxes import Rules
from purchasing.totals import payable
from tests.placed_orders import order

prices = some.decimals(min_value=0, max_value=10_000, places=2)
counts = some.integers(min_value=1, max_value=9)


@some.composite
def orders(draw: some.DrawFn) -> Order:
    """Some SKUs from two locations, with tax on top or in the prices."""
    bought = {f"sku-{place}": draw(counts) for place in range(draw(some.integers(min_value=1, max_value=4)))}
    items = tuple(
        Item(sku=sku, name=sku, quantity=units, price=draw(prices), currency="USD") for sku, units in bought.items()
    )
    here = {sku: draw(some.integers(min_value=0, max_value=units)) for sku, units in bought.items()}
    goods = sum((item.price * item.quantity for item in items), Decimal(0))
    delivery, included = draw(prices), draw(some.booleans())
    tax = ((goods + delivery) * draw(some.sampled_from([0, 7, 20])) / 100).quantize(Decimal("0.01"))
    total = goods + delivery + (0 if included else tax)
    totals = Totals(currency="USD", goods=goods, delivery=delivery, tax=tax, total=total, tax_included=included)
    parcels = (
        Parcel(location="a", quantities=here),
        Parcel(location="b", quantities={sku: units - here[sku] for sku, units in bought.items()}),
    )
    return order(items=items, totals=totals, parcels=parcels)


def after(current: Order, quantities: Mapping[str, int]) -> Order:
    settled = refunds.settlement(current, step=f"return-{len(current.settlements) + 1}", quantities=quantities)
    returned = {sku: current.returned.get(sku, 0) + quantities.get(sku, 0) for sku in refunds.bought(current)}
    newer: Order = current.model_copy(update={"settlements": (*current.settlements, settled), "returned": returned})
    return newer


@given(orders(), some.data())
def test_in_parts_or_whole_all_comes_back(made: Order, data: some.DataObject) -> None:
    current = made
    while any(left := refunds.left(current).values()):
        parts = {
            sku: data.draw(some.integers(min_value=0, max_value=units)) for sku, units in refunds.left(current).items()
        }
        if not any(parts.values()):
            parts = refunds.left(current)
        current = after(current, parts)
        assert all(each.amount >= 0 for each in current.settlements)
    assert not any(left)
    assert sum(each.amount for each in current.settlements) == made.totals.total
    back: dict[tuple[str, str], int] = {}
    for units in (units for each in current.settlements for units in each.units):
        back[units.location, units.sku] = back.get((units.location, units.sku), 0) + units.quantity
    sent = {(parcel.location, sku): units for parcel in made.parcels for sku, units in parcel.quantities.items()}
    assert back == {place: units for place, units in sent.items() if units}


@given(orders(), some.data())
def test_a_part_is_never_paid_back_with_more_than_its_share(made: Order, data: some.DataObject) -> None:
    parts = {sku: data.draw(some.integers(min_value=0, max_value=units)) for sku, units in refunds.left(made).items()}
    if parts == refunds.left(made):
        return
    cost = sum((item.price * parts[item.sku] for item in made.items), Decimal(0))
    taxed = made.totals.goods + made.totals.delivery
    share = made.totals.tax * cost / taxed if taxed and not made.totals.tax_included else Decimal(0)
    assert cost <= refunds.amount(made, parts) <= cost + share


def test_a_tax_on_top_comes_back_with_its_goods() -> None:
    assert refunds.amount(order(), {"lamp": 1}) == Decimal("22.00")


def test_a_tax_within_the_price_is_in_what_comes_back() -> None:
    totals = Totals(
        currency="USD", goods=Decimal(90), delivery=Decimal(5), tax=Decimal(15), total=Decimal(95), tax_included=True
    )
    assert refunds.amount(order(totals=totals), {"lamp": 1}) == Decimal(20)


@pytest.mark.parametrize(("taxed", "paid"), [(True, "22.00"), (False, "22.11")])
@pytest.mark.parametrize("now", [True, False])
def test_a_tax_comes_back_by_the_rule_of_the_day_it_was_paid(
    taxed: bool, paid: str, now: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rules, "_current", Rules(on_delivery=now))
    totals = order().totals.model_copy(update={"delivery_taxed": taxed})
    assert refunds.amount(order(totals=totals), {"lamp": 1}) == Decimal(paid)


@given(orders(), some.data())
def test_whoever_takes_no_thousandths_pays_none_back(made: Order, data: some.DataObject) -> None:
    coin = Decimal("0.25")
    totals = made.totals.model_copy(update={"coin": coin, "total": payable(made.totals.total, coin)})
    current = made.model_copy(update={"totals": totals})
    while any(refunds.left(current).values()):
        parts = {sku: data.draw(some.integers(0, units)) for sku, units in refunds.left(current).items()}
        current = after(current, parts if any(parts.values()) else refunds.left(current))
    assert all(not each.amount % coin for each in current.settlements)
    assert sum(each.amount for each in current.settlements) == totals.total


@pytest.mark.parametrize(("currency", "paid"), [("JPY", "1835"), ("USD", "1835.71"), ("KWD", "1835.714")])
def test_coins_that_are_not_there_are_not_paid(currency: str, paid: str) -> None:
    totals = Totals(currency=currency, goods=Decimal(90), delivery=Decimal(50), tax=Decimal(5000), total=Decimal(5140))
    assert refunds.amount(order(totals=totals), {"rug": 1}) == Decimal(paid)


def test_delivery_comes_back_with_the_last_unit() -> None:
    assert refunds.amount(order(), {"lamp": 2, "rug": 1}) == Decimal("104.50")
