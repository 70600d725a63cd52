"""Checkout's first step: where the goods go. Delivered to an address, or collected at a store near a place.

The page that shows the current step of a checkout calls ``where_to`` once it knows that the visitor may see it.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from inventory.api import StockUnavailableError
from purchasing.models import Checkout, Fulfilment
from purchasing.towns import TownsUnavailableError
from purchasing.views import collecting, delivering

COLLECT = "collect"
UNAVAILABLE = 503


def where_to(request: HttpRequest, found: Checkout) -> HttpResponse:
    """Show the step, or take the choice; nothing is chosen that the visitor has not seen as it is."""
    collects = _how(request, found) == COLLECT
    try:
        if request.method == "POST":
            return (collecting.choice if collects else delivering.choice)(request, found)
        return collecting.shown(request, found) if collects else delivering.shown(request, found)
    except (StockUnavailableError, TownsUnavailableError):
        return render(request, "503.html", status=UNAVAILABLE)


def _how(request: HttpRequest, found: Checkout) -> str:
    """What the form or the address says, else what was chosen before."""
    before = "deliver" if found.fulfilment in (None, Fulfilment.DELIVERY) else COLLECT
    asked = request.POST if request.method == "POST" else request.GET
    return asked.get("how", before)
