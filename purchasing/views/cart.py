"""The cart: its page, and what changes it. Every form works without scripts; htmx swaps the part that changes."""

from collections.abc import Callable
from functools import partial, wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from purchasing import access, cart_page, carts
from purchasing.forms import cart as forms
from purchasing.models import Cart
from purchasing.stored import ConflictError
from purchasing.templating import know_units
from redismart.web.methods import read_only

View = Callable[[HttpRequest], HttpResponse]
UNPROCESSABLE, CONFLICT, TOO_MANY = 422, 409, 429
STATUSES = {carts.StaleError: CONFLICT, carts.CrowdError: TOO_MANY}


@read_only
def page(request: HttpRequest) -> HttpResponse:
    """The cart, with a warning at each line that is no longer as it was."""
    account = access.user_id(request)
    # What sign-in takes over; again, should it have had to wait.
    taken_over = bool(account) and access.take_over(request, user=account)
    response = _shown(request, _cart(request))
    if taken_over:
        access.keep(request, response, cart=access.cart_id(request))
    return response


def changing(view: View) -> View:
    """A change of the cart; what cannot be done is told on its page. Who only opens the address sees the cart."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return redirect("cart")
        try:
            return view(request)
        except ConflictError:
            return _refused(request, "Your cart is being changed elsewhere too: try again.", CONFLICT)
        except carts.CartError as error:
            return _refused(request, str(error), STATUSES.get(type(error), UNPROCESSABLE))

    return guarded


@changing
def add(request: HttpRequest) -> HttpResponse:
    """Put units into the cart."""
    told = forms.told(forms.Put, request.POST)
    cart_id = access.cart_to_fill(request)
    allowed = partial(access.may_begin, request)
    added = carts.add(cart_id=cart_id, sku=told["sku"], quantity=told["quantity"], may_begin=allowed)
    know_units(request, added.cart.units)
    response = _said(request, f"Added to your cart: {added.card.name}.")
    access.keep(request, response, cart=cart_id)
    return response


@changing
def change(request: HttpRequest) -> HttpResponse:
    """Have another quantity of a line."""
    told = forms.told(forms.Change, request.POST)
    seen, sku, quantity = told["seen"], told["sku"], told["quantity"]
    cart = carts.set_quantity(cart_id=_known(request), sku=sku, quantity=quantity, seen=seen)
    return _changed(request, cart, "Your cart is changed.")


@changing
def remove(request: HttpRequest) -> HttpResponse:
    """Have none of a line."""
    told = forms.told(forms.Line, request.POST)
    return _changed(request, carts.remove(cart_id=_known(request), sku=told["sku"]), "Removed from your cart.")


@changing
def acknowledge(request: HttpRequest) -> HttpResponse:
    """The shopper has seen the new prices."""
    return _changed(request, carts.acknowledge(cart_id=_known(request)), "The new prices hold from now on.")


def _known(request: HttpRequest) -> str:
    """The visitor's cart. Raises ``CartError`` when there is none: nothing is made of a stranger's request."""
    found = access.cart_id(request)
    if not found:
        raise carts.CartError("Your cart is empty: put something in first. Your browser must accept cookies for that.")
    return found


def _cart(request: HttpRequest) -> Cart | None:
    found = access.cart_id(request)
    return carts.cart_of(cart_id=found) if found else None


def _changed(request: HttpRequest, cart: Cart, said: str) -> HttpResponse:
    """The cart after a change; its cookie and itself live on from now."""
    if _is_part(request):
        response = _shown(request, cart, said=said)
    else:
        messages.success(request, said)
        response = redirect("cart")
    access.keep(request, response, cart=cart.cart_id)
    return response


def _is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for what is on the cart's page."""
    return bool(request.htmx) and request.htmx.target == "cart"  # type: ignore[attr-defined]


def _said(request: HttpRequest, said: str, problem: str = "") -> HttpResponse:
    """The answer to a button on another page: a word beside it, and the header's count."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "_cart_added.html", {"said": said, "problem": problem})
    messages.success(request, said)
    return redirect("cart")


def _refused(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    part = _is_part(request)
    if request.htmx and not part:  # type: ignore[attr-defined]
        return _said(request, "", problem)
    return _shown(request, _cart(request), problem=problem, status=200 if part else status)


def _shown(
    request: HttpRequest, cart: Cart | None, *, said: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    """The page, or with htmx its part; without a cart it costs no round trip."""
    found = cart_page.page_of(cart=cart) if cart else None
    know_units(request, cart.units if cart else 0)
    part = _is_part(request)
    context = {"page": found, "said": said, "problem": problem, "part": part}
    if part:
        return render(request, "_cart.html", context, status=status)
    return render(request, "cart.html", context | {"messages": messages.get_messages(request)}, status=status)
