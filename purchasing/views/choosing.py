"""What both ways to get the goods have in common: the page, and how a choice is handed on or refused."""

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from inventory.api import Hold, Line, ShortError
from purchasing import access, checkout
from purchasing.checkout import CheckoutError, Choice
from purchasing.delivery import DeliveryOption, PickupOption
from purchasing.forms.addresses import country_names
from purchasing.models import Checkout, Stage
from redismart.web.templating import remembered_locale

OK, CONFLICT, UNPROCESSABLE, TOO_MANY = 200, 409, 422, 429
MOST_HOLDS, HOLDS_SECONDS = 100, 900
"""What a visitor may set aside, and within which time: goods must not be kept from others without end."""
SECOND_MS = 1_000
FASTER = "Somebody was faster, and there is no longer enough of everything. Here is what can be had now."
TOO_OFTEN = (
    "A lot was set aside from where you are just now. Please try again in a quarter of an hour. "
    "If many share your network, sign in: then only what you set aside is counted."
)
CHANGED = "This has changed meanwhile. Here is what holds now: choose again."

Option = TypeVar("Option", DeliveryOption, PickupOption)


class ChoiceError(Exception):
    """A choice that cannot be taken: the page says why, and what there is instead."""

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(problem)
        self.status = status


def as_seen(option: Option | None, sent: str | None, *, otherwise: str) -> Option:
    """What was chosen of what there is now, if it is still what the visitor was shown.

    Raises ``ChoiceError``: for what is not there it says what to do ``otherwise``.
    """
    if option is None:
        raise ChoiceError(otherwise, UNPROCESSABLE)
    if sent != seen(option):
        raise ChoiceError(CHANGED, CONFLICT)
    return option


def hand_on(request: HttpRequest, found: Checkout, choice: Choice) -> HttpResponse:
    """Set the units aside, and go on to the next step.

    Raises ``ChoiceError`` when somebody was faster with the goods or with this checkout, and for who holds a lot.
    """
    if access.too_often(request, "holds", most=MOST_HOLDS, seconds=HOLDS_SECONDS):
        raise ChoiceError(TOO_OFTEN, TOO_MANY)
    try:
        checkout.choose(checkout_id=found.checkout_id, choice=choice)
    except ShortError as error:
        raise ChoiceError(FASTER, CONFLICT) from error
    except CheckoutError as error:
        raise ChoiceError(str(error), CONFLICT) from error
    return redirect("checkout", found.checkout_id)


def page(
    request: HttpRequest, found: Checkout, context: Mapping[str, Any], refused: ChoiceError | None = None
) -> HttpResponse:
    """The step, with what is wrong when a choice was refused."""
    shown: dict[str, Any] = {"checkout": found, "seen": seen, "names": {item.sku: item.name for item in found.items}}
    # Why somebody is here again comes before what the page finds by itself.
    problem = str(refused or "") if request.method == "POST" else found.problem or str(refused or "")
    shown |= {"units": sum(item.quantity for item in found.items)}
    shown |= {"goods": sum((item.price * item.quantity for item in found.items), Decimal(0))}
    shown |= {"countries": country_names(remembered_locale(request)), "problem": problem}
    status = refused.status if refused and request.method == "POST" else OK
    return render(request, "checkout_where.html", shown | dict(context), status=status)


def seen(option: DeliveryOption | PickupOption) -> str:
    """What a visitor was shown of an option: cost, day and parcels. A form sends it back."""
    cost = option.cost if isinstance(option, DeliveryOption) else 0
    day = option.promised.date().isoformat() if option.promised else ""
    return f"{cost}|{day}|{len(option.parcels)}"


def held(found: Checkout) -> tuple[Line, ...]:
    """The units that this checkout holds: who comes back to choose anew may have them."""
    lasts = found.stage is Stage.HELD and found.hold and found.expires > time.time() * SECOND_MS
    return Hold.decoded(found.hold).lines if lasts else ()
