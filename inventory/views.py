"""The inventory's pages: the live board, and one item with its ledger."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory import board, forms, places, queries
from inventory.access import staff_only
from inventory.changes import StockError
from inventory.fence import StockUnavailableError
from inventory.forms import KINDS, StockForm
from inventory.live import addresses
from inventory.permissions import CHANGE_STOCK, DRILL, VIEW_BOARD
from inventory.replication import links, reading
from inventory.templating import stock_item_url
from redismart.loading import cleaning
from redismart.redis import connections

if TYPE_CHECKING:
    from inventory.optimising.looking import Outlook


@require_safe
@staff_only(VIEW_BOARD)
def board_page(request: HttpRequest) -> HttpResponse:
    """Items by location and region, links and events: whole without scripts, alive with them."""
    here = connections.topology().region
    page, names = board.find(wanted=forms.wanted(request.GET)), places.names()
    context = {
        "page": page,
        "locations": sorted(page.locations, key=lambda each: names[each].casefold()),
        "links": links.links_of(here),
        "events": board.events(),
        "stream": addresses.stream_url(request, page.items),
    } | _common(request, names)
    return addresses.allow(request, render(request, "board.html", context))


@require_safe
@staff_only(VIEW_BOARD)
def ticket(request: HttpRequest) -> HttpResponse:
    """A new ticket for a board whose last one is no longer good."""
    page = board.find(wanted=forms.wanted(request.GET))
    return JsonResponse({"stream": addresses.stream_url(request, page.items)})


@require_POST
@staff_only(DRILL)
def drill(request: HttpRequest) -> HttpResponse:
    """Cut one link of this region, or heal it."""
    here = connections.topology().region
    form = forms.Drill(request.POST)
    if not form.is_valid() or form.cleaned_data["peer"] not in reading.peers_of(here):
        raise Http404("There is no such link.")
    peer = form.cleaned_data["peer"]
    if form.cleaned_data["action"] == "cut":
        links.cut(region=here, peer=peer)
        done = "is cut: nothing goes either way"
    else:
        links.heal(region=here, peer=peer)
        done = f"is still cut in {peer}" if peer in links.cut_peers(here) else "is healing"
    messages.success(request, f"The link between {here} and {peer} {done}.")
    shown = request.GET.urlencode()
    return redirect(f"{reverse('board')}{'?' if shown else ''}{shown}")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(VIEW_BOARD)
def item(request: HttpRequest, sku: str) -> HttpResponseBase:
    """One item: where it is, what was done to it, and forms to change it."""
    if not cleaning.is_key(sku):
        raise Http404("No item can have such a SKU.")
    if request.method == "POST":
        return change(request, sku)
    return _item(request, sku, _blank(request, sku))


@staff_only(CHANGE_STOCK)
def change(request: HttpRequest, sku: str) -> HttpResponse:
    """Receive, count or move; the page again with what is wrong, or with what was done."""
    kind = KINDS.get(request.POST.get("action", ""))
    if kind is None:
        raise Http404("There is no such change.")
    form = kind(request.POST, sku=sku)
    said = _carried_out(form, request.user.get_username())
    if not said:
        return _item(request, sku, _blank(request, sku) | {kind.action: form}, status=422)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "_stock_done.html", {"sku": sku, "said": said})
    messages.success(request, said)
    return redirect(stock_item_url(sku))


def _carried_out(form: StockForm, who: str) -> str:
    """What was done; empty when nothing was, and the form says why."""
    try:
        return form.carry_out(who=who) if form.is_valid() else ""
    except (StockError, StockUnavailableError) as error:
        form.add_error(None, str(error))
        return ""


def _item(request: HttpRequest, sku: str, shown: dict[str, StockForm], status: int = 200) -> HttpResponse:
    context = {
        "sku": sku,
        "levels": queries.levels(skus=[sku])[sku],
        "forms": shown,
        "open": request.POST.get("action") or request.GET.get("action") or "receive",
    } | _common(request, places.names())
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "_stock_forms.html", context)
    whole = context | {"ledger": queries.ledger(sku=sku), "outlook": _outlook(sku)}
    return render(request, "stock_item.html", whole, status=status)


def _outlook(sku: str) -> list["Outlook"]:
    """What is expected of the item."""
    # Not at the start: it brings scipy, which no other page needs.
    from inventory.optimising import looking, policy

    return looking.outlook(sku=sku, policy=policy.current())


def _blank(request: HttpRequest, sku: str) -> dict[str, StockForm]:
    """Every form, with what is known of the location that the request names."""
    initial = _initial(request, sku)
    return {action: form(sku=sku, initial=initial) for action, form in KINDS.items()}


def _initial(request: HttpRequest, sku: str) -> dict[str, object]:
    location = request.GET.get("location") or request.POST.get("location", "")
    known = queries.levels(skus=[sku])[sku].locations.get(location)
    return {"location": location, "observed": known.on_hand if known else 0, "observed_at": location}


def _common(request: HttpRequest, names: places.Names) -> dict[str, object]:
    return {
        "places": names,
        "here": connections.topology().region,
        "regions": connections.topology().regions,
        "may_change": request.user.has_perm(CHANGE_STOCK),
        "may_drill": request.user.has_perm(DRILL),
        "messages": messages.get_messages(request),
    }
