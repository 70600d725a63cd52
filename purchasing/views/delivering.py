"""Delivered to an address: what that costs, when it is there, and in how many parcels."""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from purchasing import addressbooks, delivery
from purchasing.addressbooks import AddressError
from purchasing.checkout import Choice
from purchasing.delivery import DeliveryError, DeliveryOption, NotEnoughError
from purchasing.forms.addresses import AddressForm
from purchasing.models import Address, AddressBook, Checkout, Fulfilment, units_of
from purchasing.stored import ConflictError
from purchasing.views import choosing
from purchasing.views.choosing import CONFLICT, UNPROCESSABLE, ChoiceError
from redismart.web.templating import remembered_locale

CHOOSE_METHOD = "Choose how it should be delivered."
CORRECT_ADDRESS = "Look at the address again: some of it is missing or cannot be right."
NOT_ENOUGH = "Not all of it can be delivered now."
MOST_DIGITS = 2


def shown(request: HttpRequest, found: Checkout) -> HttpResponse:
    """The address that is known already, with the ways to deliver there."""
    saved = _saved(found)
    known = _known(request, found, saved)
    form = AddressForm(initial=known.model_dump() if known else _likely(request))
    context: dict[str, Any] = {"how": "deliver", "form": form, "saved": saved, "chosen": known, "options": []}
    try:
        return choosing.page(request, found, context | ({"options": _options(found, known)} if known else {}))
    except ChoiceError as error:
        return choosing.page(request, found, context | _short(error), error)


def choice(request: HttpRequest, found: Checkout) -> HttpResponse:
    """An address that was typed, and then a method."""
    form = AddressForm(request.POST)
    context: dict[str, Any] = {"how": "deliver", "form": form, "saved": _saved(found), "options": []}
    try:
        address = _typed(form)
        context |= {"chosen": address, "options": _options(found, address), "new": address not in context["saved"]}
        if request.POST.get("action") != "deliver":
            return choosing.page(request, found, context)
        return _handed_on(request, found, address, _wanted(request.POST, context["options"]))
    except ChoiceError as error:
        return choosing.page(request, found, context | _short(error), error)


def _handed_on(request: HttpRequest, found: Checkout, address: Address, option: DeliveryOption) -> HttpResponse:
    chosen = Choice(Fulfilment.DELIVERY, option.method, address, option.parcels, option.cost)
    next_page = choosing.hand_on(request, found, chosen)
    _keep(request.POST, found, address)
    return next_page


def _keep(posted: QueryDict, found: Checkout, address: Address) -> None:
    """Put it into the account's book, if that is wished; a full book keeps nobody from buying."""
    if found.buyer.user and posted.get("keep"):
        with suppress(AddressError, ConflictError):
            addressbooks.add(user=found.buyer.user, address=address)


def _options(found: Checkout, address: Address) -> list[DeliveryOption]:
    goods = sum((item.price * item.quantity for item in found.items), Decimal(0))
    try:
        wanted = units_of(found.items)
        return delivery.options(quantities=wanted, address=address, goods=goods, own=choosing.held(found))
    except NotEnoughError as error:
        raise ChoiceError(NOT_ENOUGH, CONFLICT) from error
    except DeliveryError as error:
        raise ChoiceError(str(error), UNPROCESSABLE) from error


def _wanted(posted: QueryDict, options: Sequence[DeliveryOption]) -> DeliveryOption:
    method = posted.get("method")
    option = next((each for each in options if each.method == method), None)
    return choosing.as_seen(option, posted.get(f"seen-{method}"), otherwise=CHOOSE_METHOD)


def _short(error: ChoiceError) -> dict[str, NotEnoughError]:
    return {"short": error.__cause__} if isinstance(error.__cause__, NotEnoughError) else {}


def _typed(form: AddressForm) -> Address:
    if not form.is_valid():
        raise ChoiceError(CORRECT_ADDRESS, UNPROCESSABLE)
    try:
        return form.address()
    except ValueError as error:
        raise ChoiceError(str(error), UNPROCESSABLE) from error


def _known(request: HttpRequest, found: Checkout, saved: Sequence[Address]) -> Address | None:
    """The saved address that the page's own link names by its number, else the one chosen before, else the first."""
    number = request.GET.get("address", "")
    if number.isdecimal() and len(number) <= MOST_DIGITS and int(number) < len(saved):
        return saved[int(number)]
    before = found.address if found.fulfilment == Fulfilment.DELIVERY else None
    return before or next(iter(saved), None)


def _saved(found: Checkout) -> tuple[Address, ...]:
    """The account's addresses; none for a guest."""
    book = AddressBook.get_or_none(found.buyer.user) if found.buyer.user else None
    return book.addresses if book else ()


def _likely(request: HttpRequest) -> dict[str, str]:
    """The country of the visitor's language, when it names one."""
    return {"country": remembered_locale(request).partition("_")[2][-2:]}
