"""What a purchase costs. Pure, in exact decimals: nothing is ever a binary fraction."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from purchasing.models import Address, Item, Totals
from purchasing.taxes import Rules

HUNDRED = Decimal(100)


def totals_of(*, items: Sequence[Item], delivery: Decimal, address: Address | None, country: str) -> Totals:
    """The sums of a purchase that goes to ``address``, or is collected in ``country``.

    A unit costs what the shopper was shown, a whole number of coins; tax is rounded once, for everything. What cannot
    be charged of the sum is let off. Raises ``ValueError`` for items of a currency that the shop does not charge in.
    """
    rules = Rules.current()
    foreign = sorted({item.currency for item in items} - {rules.currency})
    if foreign:
        raise ValueError(f"The shop charges in {rules.currency}, and there are items in {', '.join(foreign)}.")
    goods = sum((rules.rounded(item.price) * item.quantity for item in items), rules.rounded(Decimal(0)))
    sent = rules.rounded(delivery)
    taxed = goods + sent if rules.on_delivery else goods
    rate = rules.rate(country=address.country, state=address.state) if address else rules.rate(country=country)
    tax = rules.rounded(tax_of(taxed, rate, included=rules.included))
    whole = goods + sent if rules.included else goods + sent + tax
    total = payable(whole, rules.coin)
    return Totals(
        currency=rules.currency,
        goods=goods,
        delivery=sent,
        tax=tax,
        total=total,
        tax_included=rules.included,
        delivery_taxed=rules.on_delivery,
        coin=rules.coin,
        rounding=whole - total,
    )


def payable(amount: Decimal, coin: Decimal) -> Decimal:
    """The most of an amount that can be charged or paid back in such coins; all of it where there are none (0)."""
    return (amount / coin).to_integral_value(ROUND_DOWN) * coin if coin else amount


def tax_of(amount: Decimal, rate: Decimal, *, included: bool) -> Decimal:
    """The tax on an amount, not yet rounded; ``rate`` in percent. Included, it is that part of the amount."""
    return amount * rate / (HUNDRED + rate if included else HUNDRED)
