"""The optimiser's page: what to order, move and mark down, what was looked for in vain; and one press to do it."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from inventory import advice_forms, places
from inventory.access import staff_only
from inventory.advice_forms import ACTIONS
from inventory.changes import StockError
from inventory.fence import StockUnavailableError
from inventory.optimising import finding
from inventory.optimising.finding import COLUMNS, SORTS, Found, Summary
from inventory.permissions import CHANGE_STOCK, VIEW_BOARD
from inventory.places import Known
from redismart.redis import connections
from redismart.web import charts, tables

CHART_DAYS = 56
CHART_WIDTH, CHART_HEIGHT = 560.0, 120.0


@require_safe
@staff_only(VIEW_BOARD)
def optimise_page(request: HttpRequest) -> HttpResponse:
    """One kind of proposals, a page of them."""
    return _page(request)


@require_safe
@staff_only(VIEW_BOARD)
def missed_page(request: HttpRequest) -> HttpResponse:
    """What shoppers looked for and did not find."""
    context = _common(request, places.lately()) | {"summary": finding.summary()}
    return render(request, "optimise_missed.html", context)


@require_safe
@staff_only(VIEW_BOARD)
def optimise_file(request: HttpRequest) -> HttpResponseBase:
    """All proposals that are wanted, as CSV, sent as they are read."""
    wanted = advice_forms.wanted(request.GET)
    name = f"{wanted.kind}-{connections.topology().region}"
    return tables.download(finding.every(wanted=wanted), header=COLUMNS[wanted.kind], name=name)


@require_POST
@staff_only(CHANGE_STOCK)
def act(request: HttpRequest) -> HttpResponse:
    """Make a transfer, note an order, set a reorder point; then back to where it was pressed."""
    kind = ACTIONS.get(request.POST.get("action", ""))
    if kind is None:
        raise Http404("There is no such action.")
    form = kind(request.POST)
    if not form.is_valid():
        return _page(
            request, problem=" ".join(str(each) for found in form.errors.values() for each in found), status=422
        )
    try:
        messages.success(request, form.carry_out(who=request.user.get_username()))
    except (StockError, StockUnavailableError) as error:
        return _page(request, problem=str(error), status=409)
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    back = request.POST.get("back", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return reverse("optimise")


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    found, known = finding.find(wanted=advice_forms.wanted(request.GET)), places.lately()
    context = _common(request, known) | {
        "found": found,
        "summary": found.summary,
        "sorts": SORTS[found.wanted.kind],
        "problem": problem,
        "locations": _locations(found, known),
    }
    return render(request, "optimise.html", context, status=status)


def _common(request: HttpRequest, known: Known) -> dict[str, object]:
    return {
        "places": known.names,
        "here": connections.topology().region,
        "may_change": request.user.has_perm(CHANGE_STOCK),
        "messages": messages.get_messages(request),
        "days_chart": days_chart,
        "spans": charts.spans,
    }


def _locations(found: Found, known: Known) -> list[str]:
    """The region's own, by name."""
    here, names = connections.topology().region, known.names
    own = (location.id for location in known.locations.values() if location.region == here)
    return sorted({*own, *filter(None, [found.wanted.location])}, key=lambda each: names[each].casefold())


def days_chart(summary: Summary) -> dict[str, object] | None:
    """Units sold a day over the last weeks; None while there are none."""
    if not summary.days:
        return None
    last = max(map(int, summary.days))
    days = range(last - CHART_DAYS + 1, last + 1)
    units = [summary.days.get(str(day), 0) for day in days]
    drawn = charts.bars(units, width=CHART_WIDTH, height=CHART_HEIGHT)
    dates = [datetime.fromordinal(day) for day in days]
    return {"bars": list(zip(dates, units, drawn.bars, strict=True)), "top": drawn.top, "total": sum(units)}
