"""The checkout's pages: one address for its current step, whichever that is."""

import time
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from purchasing import access, checkout, progress
from purchasing.carts import CartError
from purchasing.forms import paying as forms
from purchasing.forms.addresses import country_names
from purchasing.forms.paying import PayForm
from purchasing.models import Checkout, Order, Stage
from purchasing.payments import testing
from purchasing.stored import ConflictError
from purchasing.views.whereto import where_to
from redismart.web.templating import remembered_locale

OVER = (Stage.PLACED, Stage.ENDED)
CONFLICT, GONE, UNPROCESSABLE, TOO_MANY = 409, 410, 422, 429
MOST_DECLINED, HOUR = 20, 3_600
TOO_OFTEN = (
    "Too many cards were declined from where you are. Nothing was charged: please try again in an hour. "
    "If many share your network, sign in: then only your own are counted."
)
LOOK_AGAIN_SECONDS = "3"
STRIPE = "https://js.stripe.com"
# Stripe's script and frames, which take the card, come from Stripe; without its keys nothing may.
POLICY = {"script-src": STRIPE, "frame-src": STRIPE, "connect-src": "https://api.stripe.com"} if settings.STRIPE else {}


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """To the checkout of what is in the cart now; who only opens the address gets to one that was begun."""
    if not (cart_id := access.cart_id(request)):
        return redirect("cart")
    if request.method != "POST":
        found = checkout.current(cart_id=cart_id)
        return redirect("checkout", found.checkout_id) if found and found.stage not in OVER else redirect("cart")
    try:
        entered = checkout.enter(cart_id=cart_id, buyer=access.buyer(request))
    except (CartError, ConflictError) as error:
        messages.error(request, str(error))
        return redirect("cart")
    return redirect("checkout", entered.checkout_id)


@require_http_methods(["GET", "HEAD", "POST"])
@csp_update(POLICY)  # type: ignore[arg-type]
def step(request: HttpRequest, checkout_id: str) -> HttpResponse:
    """The current step; from paying back to where the goods go by ``?how=``."""
    found = checkout.advance(checkout_id=checkout_id, found=_own(request, checkout_id))
    chooses = request.method == "POST" or "how" in request.GET
    if found.stage is Stage.OPEN or (found.stage is Stage.HELD and chooses):
        return where_to(request, found)
    if request.method == "POST":
        return redirect("checkout", checkout_id)
    return _shown(request, found)


@require_POST
@csp_update(POLICY)  # type: ignore[arg-type]
def pay(request: HttpRequest, checkout_id: str) -> HttpResponse:
    """Pay what the page showed; pressed again, it leads to what the first press came to."""
    found = _own(request, checkout_id)
    provider = request.POST.get("provider", "")
    if provider not in settings.PAYMENTS_OFFERED:
        raise Http404("There is no such way to pay.")
    form = forms.FORMS[provider](request.POST)
    if found.stage is not Stage.HELD:
        return redirect("checkout", checkout_id)
    if not form.is_valid():
        return _pay_page(request, found, form, status=UNPROCESSABLE)
    if access.has_often(request, "declined", most=MOST_DECLINED):
        return _pay_page(request, found, form, TOO_OFTEN, status=TOO_MANY)
    return _paid(request, found, form, provider)


@require_POST
def give_up(request: HttpRequest, checkout_id: str) -> HttpResponse:
    """Free the units, and go back to the cart."""
    _own(request, checkout_id)
    ended = checkout.give_up(checkout_id=checkout_id)
    return redirect("cart") if ended.stage is Stage.ENDED else redirect("checkout", checkout_id)


def _refused(request: HttpRequest, checkout_id: str, provider: str, problem: str) -> HttpResponse:
    """What would be paid now, and why nothing was; or where it is by now."""
    found = Checkout.read(checkout_id)
    if found.stage is not Stage.HELD:
        return redirect("checkout", checkout_id)
    form = forms.blank(found, provider, request.POST.get("email", ""))
    return _pay_page(request, found, form, problem, status=CONFLICT)


def _paid(request: HttpRequest, found: Checkout, form: PayForm, provider: str) -> HttpResponse:
    told = {"email": form.cleaned_data["email"], "agreed": form.cleaned_data["seen"]}
    try:
        after = checkout.pay(checkout_id=found.checkout_id, provider=provider, source=form.told, **told)
    except ConflictError as error:
        return _refused(request, found.checkout_id, provider, str(error))
    if after.stage is Stage.HELD:
        access.too_often(request, "declined", most=MOST_DECLINED, seconds=HOUR)
    return redirect("checkout", found.checkout_id)


def _own(request: HttpRequest, checkout_id: str) -> Checkout:
    """The visitor's own checkout, of their account once they have signed in; everybody else's are not there."""
    found = Checkout.get_or_none(checkout_id)
    mine = found and (_of_account if found.buyer.user else _of_cart)(request, found)
    if not found or not mine:
        raise Http404("There is no such checkout: begin again from your cart.")
    return checkout.adopt(found, buyer=access.buyer(request))


def _of_account(request: HttpRequest, found: Checkout) -> bool:
    """Its pages show the account's addresses: the cart's cookie, which a sign-out leaves, does not open them."""
    return found.buyer.user == access.user_id(request)


def _of_cart(request: HttpRequest, found: Checkout) -> bool:
    return access.owns(request, cart=found.cart_id)


def _done_page(request: HttpRequest, found: Checkout, order: Order) -> HttpResponse:
    context: dict[str, Any] = {"checkout": found, "order": order}
    context |= {"promised": progress.promised(order), "store": progress.store(order)}
    return render(request, "checkout_done.html", context)


def _shown(request: HttpRequest, found: Checkout) -> HttpResponse:
    if found.stage is Stage.HELD:
        offered = settings.PAYMENTS_OFFERED
        return _pay_page(request, found, forms.blank(found, offered[0]) if offered else None, found.problem)
    if found.stage is Stage.PLACED:
        return _done_page(request, found, Order.read(found.number))
    if found.stage is Stage.ENDED:
        return render(request, "checkout_ended.html", {"checkout": found}, status=GONE)
    response = render(request, "checkout_waiting.html", {"checkout": found})
    response.headers["Refresh"] = LOOK_AGAIN_SECONDS
    return response


def _pay_page(
    request: HttpRequest, found: Checkout, form: PayForm | None, problem: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "checkout": found,
        "form": form,
        "problem": problem,
        "provider": next((name for name, kind in forms.FORMS.items() if type(form) is kind), ""),
        "left": max(found.expires // 1000 - int(time.time()), 0),
        "countries": dict(country_names(remembered_locale(request))),
        "cards": testing.CARDS,
        "publishable_key": settings.STRIPE.get("publishable_key", ""),
    }
    return render(request, "checkout_pay.html", context, status=status)
