"""What comes back of an order, and how much money with it. Pure.

Goods are paid back at the price they were bought at, with their share of the tax, by the rules of that day. What
delivery cost is paid back with the last unit, when the whole order has come back.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from babel.numbers import get_currency_precision

from purchasing.models import CANCELLATION, Order, Settlement, Units, units_of
from purchasing.totals import payable


def bought(order: Order) -> dict[str, int]:
    """Units by SKU."""
    return units_of(order.items)


def left(order: Order) -> dict[str, int]:
    """Units by SKU that have not come back."""
    return {sku: units - order.returned.get(sku, 0) for sku, units in bought(order).items()}


def returnable(order: Order) -> dict[str, int]:
    """Units by SKU that have not come back, and that nobody has asked to send back."""
    asked = Counter[str]()
    for each in order.requested:
        asked.update(each.quantities)
    return {sku: units - asked[sku] for sku, units in left(order).items()}


def senders(order: Order, quantities: Mapping[str, int]) -> tuple[str, ...]:
    """The names of the locations that units go back to."""
    names = {parcel.location: parcel.location_name or parcel.location for parcel in order.parcels}
    return tuple(dict.fromkeys(names[units.location] for units in _units(order, quantities)))


def settlement(
    order: Order, *, step: str, quantities: Mapping[str, int], unsellable: Mapping[str, int] | None = None
) -> Settlement:
    """What the order owes when so many units come back, some of which nobody can be sold any more."""
    units = tuple(_sorted_out(_units(order, quantities, handed_in=step != CANCELLATION), unsellable or {}))
    return Settlement(step=step, quantities=dict(quantities), units=units, amount=amount(order, quantities))


def refund_key(order: Order, step: str) -> str:
    """The name of an order's refund to its provider, for ever."""
    return f"{order.checkout_id}:{step}"


def amount(order: Order, quantities: Mapping[str, int]) -> Decimal:
    """What so many units are paid back with, rounded down: the last unit settles what that leaves."""
    if all(quantities.get(sku, 0) >= units for sku, units in left(order).items()):
        return unpaid(order)
    prices = {item.sku: item.price for item in order.items}
    goods = sum((prices[sku] * units for sku, units in quantities.items()), Decimal(0))
    return min(payable(goods + _tax(order, goods), coin(order)), unpaid(order))


def unpaid(order: Order) -> Decimal:
    """What could still be paid back: the total without what is promised already."""
    promised = sum((each.amount for each in order.settlements), Decimal(0))
    return max(order.totals.total - promised, Decimal(0))


def coin(order: Order) -> Decimal:
    """What is paid back is a multiple of this: the smallest amount that the order could be charged in."""
    return order.totals.coin or Decimal(1).scaleb(-get_currency_precision(order.totals.currency))


def _tax(order: Order, goods: Decimal) -> Decimal:
    """The goods' share of a tax that came on top, not yet rounded."""
    totals = order.totals
    taxed = totals.goods + (totals.delivery if totals.delivery_taxed else 0)
    return Decimal(0) if totals.tax_included or not taxed else totals.tax * goods / taxed


def _units(order: Order, quantities: Mapping[str, int], *, handed_in: bool = False) -> Iterator[Units]:
    """Where the units go: to the locations they came from, in the order of the parcels.

    What was ``handed_in`` after it was collected is at the store that it had been brought to.
    """
    wanted = {sku: units for sku, units in quantities.items() if units}
    back = _already_back(order)
    for parcel in order.parcels:
        for sku, sent in parcel.quantities.items():
            known = back.get((parcel.location, sku), 0)
            units = min(sent - min(known, sent), wanted.get(sku, 0))
            back[parcel.location, sku] = known - min(known, sent)
            if units:
                wanted[sku] -= units
                store = parcel.brought_to if handed_in else ""
                yield Units(location=parcel.location, sku=sku, quantity=units, handed_in=store)


def _sorted_out(back: Iterator[Units], unsellable: Mapping[str, int]) -> Iterator[Units]:
    """Each line in two: what can be sold again, and what cannot."""
    spoilt = dict(unsellable)
    for each in back:
        bad = min(spoilt.get(each.sku, 0), each.quantity)
        spoilt[each.sku] = spoilt.get(each.sku, 0) - bad
        for units, sellable in ((each.quantity - bad, True), (bad, False)):
            if units:
                yield each.model_copy(update={"quantity": units, "sellable": sellable})


def _already_back(order: Order) -> dict[tuple[str, str], int]:
    back: dict[tuple[str, str], int] = {}
    for each in (units for settled in order.settlements for units in settled.units):
        back[each.location, each.sku] = back.get((each.location, each.sku), 0) + each.quantity
    return back
