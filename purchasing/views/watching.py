"""The page on which to ask to be told when a product is back."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from catalog.api import Card, cards
from inventory.api import all_locations
from purchasing import access, guarding, watching
from purchasing.forms.watching import WatchForm
from purchasing.watching import TooManyError, Watcher

DAY = 86_400
MOST_OF_A_VISITOR, MOST_OF_AN_ADDRESS = 50, 10


@require_http_methods(["GET", "HEAD", "POST"])
def watch(request: HttpRequest, sku: str) -> HttpResponse:
    """Ask for the address, then say that it is noted: the same words whether it was already or not."""
    product = _product(sku)
    form = _form(request)
    if request.method != "POST" or not form.is_valid():
        return _page(request, product, form, status=422 if form.errors else 200)
    if _too_often(request, form.cleaned_data["email"]):
        form.add_error(None, "That is a lot of wishes for one day. Please try again tomorrow.")
        return _page(request, product, form, status=429)
    locale = access.buyer(request).locale
    try:
        watching.watch(Watcher(sku, form.cleaned_data["email"], form.cleaned_data["location"], locale))
    except TooManyError as error:
        form.add_error(None, str(error))
        return _page(request, product, form, status=409)
    return render(request, "watched.html", {"product": product, "email": form.cleaned_data["email"]})


def _too_often(request: HttpRequest, email: str) -> bool:
    """Anybody may type anybody's address: it must not get more mail than its owner may want."""
    visitor = guarding.too_often("watch", guarding.address_of(request), most=MOST_OF_A_VISITOR, seconds=DAY)
    return guarding.too_often("watched", email.casefold(), most=MOST_OF_AN_ADDRESS, seconds=DAY) or visitor


def _product(sku: str) -> Card:
    found = cards(skus=[sku])
    if sku not in found:
        raise Http404(f"There is no product {sku!r}.")
    return found[sku]


def _form(request: HttpRequest) -> WatchForm:
    places = sorted(((place.id, f"{place.name}, {place.city}") for place in all_locations()), key=lambda each: each[1])
    start = {"email": access.buyer(request).email, "location": request.GET.get("at", "")}
    return WatchForm(request.POST if request.method == "POST" else None, places=places, initial=start)


def _page(request: HttpRequest, product: Card, form: WatchForm, *, status: int) -> HttpResponse:
    return render(request, "watch.html", {"product": product, "form": form}, status=status)
