"""What comes back of an order, and how much money with it. Pure.

Goods are paid back at the price they were bought at, with their share of the tax. What delivery cost is paid back with
the last unit, when the whole order has come back.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, Decimal

from babel.numbers import get_currency_precision

from purchasing.models import Order, Settlement, Units
from purchasing.taxes import Rules


def bought(order: Order) -> dict[str, int]:
    """Units by SKU."""
    units: dict[str, int] = {}
    for item in order.items:
        units[item.sku] = units.get(item.sku, 0) + item.quantity
    return units


def left(order: Order) -> dict[str, int]:
    """Units by SKU that have not come back."""
    return {sku: units - order.returned.get(sku, 0) for sku, units in bought(order).items()}


def settlement(order: Order, *, step: str, quantities: Mapping[str, int]) -> Settlement:
    """What the order owes when so many units come back."""
    units = tuple(_units(order, quantities))
    return Settlement(step=step, quantities=dict(quantities), units=units, amount=amount(order, quantities))


def amount(order: Order, quantities: Mapping[str, int]) -> Decimal:
    """What so many units are paid back with; never more than is left of what was paid."""
    if all(quantities.get(sku, 0) >= units for sku, units in left(order).items()):
        return unpaid(order)
    prices = {item.sku: item.price for item in order.items}
    goods = sum((prices[sku] * units for sku, units in quantities.items()), Decimal(0))
    return min(goods + _tax(order, goods), unpaid(order))


def unpaid(order: Order) -> Decimal:
    """What could still be paid back: the total without what is promised already."""
    promised = sum((each.amount for each in order.settlements), Decimal(0))
    return max(order.totals.total - promised, Decimal(0))


def _tax(order: Order, goods: Decimal) -> Decimal:
    """The goods' share of a tax that came on top, rounded down: the last unit settles what that leaves."""
    totals = order.totals
    taxed = totals.goods + (totals.delivery if Rules.current().on_delivery else 0)
    if totals.tax_included or not taxed:
        return Decimal(0)
    digits = Decimal(1).scaleb(-get_currency_precision(totals.currency))
    return (totals.tax * goods / taxed).quantize(digits, rounding=ROUND_DOWN)


def _units(order: Order, quantities: Mapping[str, int]) -> Iterator[Units]:
    """Where the units go: to the locations they came from, in the order of the parcels."""
    wanted = {sku: units for sku, units in quantities.items() if units}
    back = _already_back(order)
    for parcel in order.parcels:
        for sku, sent in parcel.quantities.items():
            known = back.get((parcel.location, sku), 0)
            units = min(sent - min(known, sent), wanted.get(sku, 0))
            back[parcel.location, sku] = known - min(known, sent)
            if units:
                wanted[sku] -= units
                yield Units(location=parcel.location, sku=sku, quantity=units)


def _already_back(order: Order) -> dict[tuple[str, str], int]:
    back: dict[tuple[str, str], int] = {}
    for each in (units for settled in order.settlements for units in settled.units):
        back[each.location, each.sku] = back.get((each.location, each.sku), 0) + each.quantity
    return back
