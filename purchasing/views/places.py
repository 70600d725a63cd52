"""Where a shopper is: said once, it is the place that products and the checkout reckon with."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from inventory import api as inventory
from inventory.api import StockUnavailableError
from purchasing import whereabouts
from purchasing.towns import TownsUnavailableError

UNPROCESSABLE, UNAVAILABLE = 422, 503
UNKNOWN = "We know no such place. Try a larger town near by, or the town with its state or country."
NOTHING = "Type a town or a postcode."
LONGEST_TYPED = 100


@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest) -> HttpResponse:
    """Ask for it, note it in a cookie, and go back to where the shopper came from."""
    if request.method != "POST":
        return _page(request)
    if "forget" in request.POST:
        return whereabouts.forget(redirect(_back(request)))
    try:
        found = whereabouts.asked(request.POST, stores=inventory.all_locations())
    except (StockUnavailableError, TownsUnavailableError):
        return render(request, "503.html", status=UNAVAILABLE)
    return _noted(request, found) if found else _page(request, refused=True)


def _noted(request: HttpRequest, found: whereabouts.Whereabouts) -> HttpResponse:
    response = redirect(_back(request))
    whereabouts.remember(response, found, secure=request.is_secure())
    return response


def _page(request: HttpRequest, *, refused: bool = False) -> HttpResponse:
    typed = request.POST.get("place", "")[:LONGEST_TYPED]
    problem = (UNKNOWN if typed.strip() else NOTHING) if refused else ""
    known = whereabouts.remembered(request)
    context: dict[str, Any] = {"back": _back(request), "typed": typed, "problem": problem, "known": known}
    context |= {"by_browser": whereabouts.BY_BROWSER, "others": whereabouts.namesakes(known) if known else ()}
    return render(request, "place.html", context, status=UNPROCESSABLE if refused else 200)


def _back(request: HttpRequest) -> str:
    """A page of this shop, whatever somebody has written into the address."""
    asked = (request.POST if request.method == "POST" else request.GET).get("next", "")
    own = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if own else reverse("home")
