"""The pages on which to ask to be told when a product is back."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from catalog.api import Card, cards
from inventory.api import StockUnavailableError, all_locations
from purchasing import access, confirming, tasks, watching
from purchasing.confirming import ExpiredError, UnknownLinkError
from purchasing.forms.watching import WatchForm
from purchasing.watching import TooManyError, Watcher
from redismart.web import limits

DAY = 86_400
MOST_OF_A_VISITOR, MOST_OF_AN_ADDRESS = 50, 10
OFTEN = "That is a lot of wishes for one day. Please try again tomorrow."
NOT_SENT = "The e-mail could not be sent just now. Nothing is lost: try again in a minute."
CONFLICT, GONE, UNPROCESSABLE, TOO_MANY, UNAVAILABLE = 409, 410, 422, 429, 503


@require_http_methods(["GET", "HEAD", "POST"])
def watch(request: HttpRequest, sku: str) -> HttpResponse:
    """Ask for an address. One's own account's is noted at once, any other gets a link first: its owner decides."""
    product, form = _product(sku), _form(request)
    if request.method != "POST" or not form.is_valid():
        return _page(request, product, form, status=UNPROCESSABLE if form.errors else 200)
    buyer, typed = access.buyer(request), form.cleaned_data
    watcher = Watcher(sku, typed["email"], typed["location"], buyer.locale)
    own = bool(buyer.user) and watcher.email.casefold() == buyer.email.casefold()
    if _too_often(request, "" if own else watcher.email):
        return _page(request, product, form, OFTEN, status=TOO_MANY)
    if _is_in_stock(watcher):
        return _page(request, product, form, in_stock=True, status=CONFLICT)
    return _noted(request, product, form, watcher) if own else _asked(request, product, form, watcher)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the e-mail. It asks once more, by a button: programs that look through mail follow links as well."""
    try:
        watcher = confirming.watcher_of(token)
    except ExpiredError as error:
        return render(request, "watch_gone.html", {"product": _product(error.watcher.sku)}, status=GONE)
    except UnknownLinkError as error:
        raise Http404(str(error)) from error
    return _confirmed(request, _product(watcher.sku), watcher)


def _confirmed(request: HttpRequest, product: Card, watcher: Watcher) -> HttpResponse:
    context = {"product": product, "email": watcher.email, "in_stock": _is_in_stock(watcher), "problem": ""}
    if request.method != "POST" or context["in_stock"]:
        return render(request, "watch_confirm.html", context)
    try:
        watching.watch(watcher)
    except TooManyError as error:
        return render(request, "watch_confirm.html", context | {"problem": str(error)}, status=CONFLICT)
    return _done(request, product, watcher)


def _noted(request: HttpRequest, product: Card, form: WatchForm, watcher: Watcher) -> HttpResponse:
    try:
        watching.watch(watcher)
    except TooManyError as error:
        return _page(request, product, form, str(error), status=CONFLICT)
    return _done(request, product, watcher)


def _asked(request: HttpRequest, product: Card, form: WatchForm, watcher: Watcher) -> HttpResponse:
    if not tasks.order_confirmation(watcher):
        return _page(request, product, form, NOT_SENT, status=UNAVAILABLE)
    hours = confirming.LINK_SECONDS // 3_600
    return render(request, "watch_asked.html", {"product": product, "email": watcher.email, "hours": hours})


def _done(request: HttpRequest, product: Card, watcher: Watcher) -> HttpResponse:
    """They are told: the same words whether they were to be already or not."""
    return render(request, "watched.html", {"product": product, "email": watcher.email})


def _too_often(request: HttpRequest, email: str) -> bool:
    """Anybody may type anybody's address: it must not get more mail than its owner may want."""
    visitor = access.too_often(request, "watch", most=MOST_OF_A_VISITOR, seconds=DAY)
    if visitor or not email:
        return visitor
    return limits.too_often("watched", email.casefold(), most=MOST_OF_AN_ADDRESS, seconds=DAY)


def _is_in_stock(watcher: Watcher) -> bool:
    """Whether nobody has to wait. What cannot be known now is waited for: they are told in half a minute."""
    try:
        return watching.in_stock(watcher.place)
    except StockUnavailableError:
        return False


def _product(sku: str) -> Card:
    found = cards(skus=[sku])
    if sku not in found:
        raise Http404(f"There is no product {sku!r}.")
    return found[sku]


def _form(request: HttpRequest) -> WatchForm:
    places = sorted(((place.id, f"{place.name}, {place.city}") for place in all_locations()), key=lambda each: each[1])
    start = {"email": access.buyer(request).email, "location": request.GET.get("at", "")}
    return WatchForm(request.POST if request.method == "POST" else None, places=places, initial=start)


def _page(
    request: HttpRequest, product: Card, form: WatchForm, problem: str = "", *, in_stock: bool = False, status: int
) -> HttpResponse:
    if problem:
        form.add_error(None, problem)
    own = access.buyer(request).email
    context = {"product": product, "form": form, "in_stock": in_stock, "own": own}
    return render(request, "watch.html", context, status=status)
