"""Where the goods go, and the units set aside for it: stages OPEN and HELD.

The hold is named in the record before it is asked for. So a crash leaves a hold that the record knows, which is given
back; a second press asks for the same hold, which is one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from inventory import api as inventory
from inventory.api import Hold, HoldEndedError, Line, Operation, ShortError, StockUnavailableError
from purchasing import totals
from purchasing.checkout import pricing, records
from purchasing.checkout.records import CheckoutError, recorded
from purchasing.models import Address, Checkout, Fulfilment, Parcel, Stage, units_of
from purchasing.stored import ATTEMPTS

OVER = "The time for which we kept your items is over, and nothing was charged."
TOO_LATE = "Choose again how you want to get your items."


@dataclass(frozen=True, slots=True)
class Choice:
    """Where the goods go: what the shopper has chosen of what was offered."""

    fulfilment: Fulfilment
    method: str
    address: Address | None
    parcels: tuple[Parcel, ...]
    delivery_cost: Decimal

    @property
    def lines(self) -> tuple[Line, ...]:
        """The units to set aside, in the order in which a hold has them."""
        units: Counter[tuple[str, str]] = Counter()
        for parcel in self.parcels:
            for sku, quantity in parcel.quantities.items():
                units[parcel.location, sku] += quantity
        return tuple(Line(location, sku, count) for (location, sku), count in sorted(units.items()))


def choose(*, checkout_id: str, choice: Choice, now: int) -> Checkout:
    """See ``purchasing.checkout.choose``."""
    for _attempt in range(ATTEMPTS):
        checkout = Checkout.read(checkout_id)
        _require_choice(checkout, choice)
        if now > checkout.priced + records.PRICES_HOLD:
            _renew(checkout, now)
            continue
        if checkout.hold and not _is_of_use(checkout, choice, now):
            let_go(_opened(checkout, now, ""))
            continue
        if chosen := _chosen(checkout, choice, now):
            return chosen if chosen.stage is Stage.HELD else _hold(chosen)
    raise CheckoutError("This checkout is changed from elsewhere all the time: try again in a moment.")


def rest(checkout: Checkout, now: int) -> Checkout:
    """OPEN, or ENDED: give back a hold that nobody waits for; end what nobody came back to."""
    if checkout.stage is Stage.OPEN and now < checkout.due:
        return checkout
    if checkout.hold:
        return let_go(checkout)
    if checkout.stage is Stage.OPEN:
        return records.moved(checkout, stage=Stage.ENDED, problem="This checkout was left for too long: begin again.")
    return checkout


def keep(checkout: Checkout, now: int) -> Checkout:
    """HELD: nothing, until its time is over."""
    return checkout if now < checkout.expires else over(checkout, now)


def over(checkout: Checkout, now: int) -> Checkout:
    """The hold has ended before all was paid: the shopper chooses again. What was paid must be let go before."""
    return _opened(checkout, now, OVER)


def give_up(*, checkout_id: str) -> Checkout:
    """End a checkout that is not being paid; one that is goes on."""
    for _attempt in range(ATTEMPTS):
        checkout = Checkout.read(checkout_id)
        if checkout.stage not in (Stage.OPEN, Stage.HELD):
            return checkout
        if ended := recorded(checkout, stage=Stage.ENDED, problem="This checkout was given up.", due=records.clock()):
            return ended
    raise CheckoutError("This checkout is changed from elsewhere all the time: try again in a moment.")


def let_go(checkout: Checkout) -> Checkout:
    """Give a hold back, and record that; changes nothing in a stage in which it is needed."""
    if not checkout.hold or checkout.stage not in (Stage.OPEN, Stage.ENDED):
        return checkout
    inventory.release(hold=Hold.decoded(checkout.hold), who=checkout.checkout_id)
    # Before that, the shopper's own units would have been counted as gone.
    problem = f"{OVER} {_still_there(checkout)}" if checkout.problem == OVER else checkout.problem
    return records.moved(checkout, hold="", expires=0, due=records.clock() + records.IDLE, problem=problem)


def _renew(checkout: Checkout, now: int) -> None:
    """Present prices from now on. Where they differ, what was chosen at the old ones holds no more: raises for that."""
    items, told = pricing.present(checkout)
    if not told:
        recorded(checkout, items=items, priced=now)
        return
    due = now if checkout.hold else checkout.due
    changes = {"stage": Stage.OPEN, "items": items, "priced": now, "totals": None, "expires": 0, "due": due}
    if opened := recorded(checkout, **changes, problem=told):
        let_go(opened)
        raise CheckoutError(told)


def _require_choice(checkout: Checkout, choice: Choice) -> None:
    if checkout.stage not in (Stage.OPEN, Stage.HELD):
        raise CheckoutError("This checkout is already being paid: look at it again.")
    sent = Counter[str]()
    for line in choice.lines:
        sent[line.sku] += line.quantity
    if units_of(checkout.items) != sent:
        raise CheckoutError("What would be sent is not what is bought: choose again.")


def _is_of_use(checkout: Checkout, choice: Choice, now: int) -> bool:
    """Whether the hold that is there, or was begun, is of just these units."""
    lasts = checkout.stage is Stage.OPEN or now < checkout.expires
    return lasts and Hold.decoded(checkout.hold).lines == choice.lines


def _opened(checkout: Checkout, now: int, problem: str) -> Checkout:
    """Open for another choice; due at once, since a hold may have to be given back."""
    return records.moved(checkout, stage=Stage.OPEN, payment=None, expires=0, due=now, problem=problem)


def _chosen(checkout: Checkout, choice: Choice, now: int) -> Checkout | None:
    cost = totals.totals_of(
        items=checkout.items,
        delivery=choice.delivery_cost,
        address=choice.address,
        country=choice.address.country if choice.address else "",
    )
    changes = {
        "fulfilment": choice.fulfilment,
        "method": choice.method,
        "address": choice.address,
        "parcels": choice.parcels,
        "totals": cost,
        "problem": "",
    }
    if checkout.stage is Stage.HELD:
        return recorded(checkout, **changes)
    holds = checkout.holds if checkout.hold else checkout.holds + 1
    planned = Hold(f"{checkout.checkout_id}-{holds}", checkout.region, choice.lines, 0)
    return recorded(checkout, **changes, holds=holds, hold=planned.encoded(), due=now + records.HOLDING)


def _hold(chosen: Checkout) -> Checkout:
    """Set aside what is planned. Raises ``ShortError``."""
    planned = Hold.decoded(chosen.hold)
    operation = Operation(planned.hold_id, who=chosen.checkout_id, why="checkout", region=planned.region)
    try:
        held = inventory.hold(lines=planned.lines, operation=operation)
    except ShortError:
        _without_hold(chosen)
        raise
    except HoldEndedError as error:
        _without_hold(chosen)
        raise CheckoutError(TOO_LATE) from error
    return _kept(chosen, held)


def _kept(chosen: Checkout, held: Hold) -> Checkout:
    """The checkout with its hold. One that it does not know any more, since others have changed it, is given back."""
    known = True
    while known and chosen.stage is Stage.OPEN:
        changes = {"hold": held.encoded(), "expires": held.expires, "due": held.expires}
        if kept := recorded(chosen, stage=Stage.HELD, **changes):
            return kept
        chosen = Checkout.read(chosen.checkout_id)
        known = bool(chosen.hold) and Hold.decoded(chosen.hold).hold_id == held.hold_id
    if not known:
        inventory.release(hold=held, who=chosen.checkout_id)
    return chosen


def _without_hold(chosen: Checkout) -> None:
    recorded(chosen, hold="", due=records.clock() + records.IDLE)


def _still_there(checkout: Checkout) -> str:
    """What could be held again, as far as is known now."""
    try:
        levels = inventory.totals(skus=[item.sku for item in checkout.items])
    except StockUnavailableError:
        return TOO_LATE
    fewer = [(item.name, levels[item.sku].total) for item in checkout.items if levels[item.sku].total < item.quantity]
    return " ".join((*_fewer(fewer), TOO_LATE)) if fewer else f"All of them are still available. {TOO_LATE}"


def _fewer(fewer: Sequence[tuple[str, int]]) -> Iterable[str]:
    for name, left in fewer:
        yield f"Of {name} only {left} {'is' if left == 1 else 'are'} left." if left else f"{name} is sold out."
