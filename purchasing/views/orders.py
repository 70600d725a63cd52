"""The history of orders, and one order: for its account, and for whoever has its link."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from purchasing import bouncing, orders, progress, refunds, return_time, returning
from purchasing.forms.addresses import country_names
from purchasing.forms.returns import ReturnForm
from purchasing.models import Order, Status, now
from purchasing.orders import OrderError, UnknownOrderError
from redismart.web.methods import read_only
from redismart.web.templating import remembered_locale

LAST_PAGE = 10_000
GUEST = "guest"


@read_only
@login_required
def history(request: HttpRequest) -> HttpResponse:
    """An account's orders, the latest first."""
    asked = request.GET.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= len(str(LAST_PAGE)) else 1
    page = orders.of_user(user=str(request.user.pk), page=min(max(number, 1), LAST_PAGE))
    return render(request, "orders.html", {"page": page, "title_of": progress.title})


@read_only
@login_required
def account_order(request: HttpRequest, number: str) -> HttpResponse:
    """An order of the account that is signed in; everybody else's are not there."""
    try:
        order = orders.find_of_user(number=number, user=str(request.user.pk))
    except UnknownOrderError as error:
        raise Http404(str(error)) from error
    return _page(request, order)


@read_only
def order(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """The order that a link leads to."""
    return _page(request, _linked(number, token))


@require_POST
def cancel(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Cancel an order while nothing of it is sent."""
    found = _linked(number, token)
    try:
        cancelled = orders.cancel(number=found.number, who=_who(request))
    except OrderError as error:
        return _page(request, orders.find(number=number), problem=str(error), status=409)
    messages.success(request, f"Order {number} is cancelled; your money is on its way back.")
    return _own_page(request, cancelled)


@require_POST
def ask_return(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Ask to send units back, line by line; the staff go on once they are there."""
    found = _linked(number, token)
    form = ReturnForm(request.POST, order=found)
    if not form.is_valid():
        return _page(request, found, form=form, problem="Nothing was asked for: see below.", status=422)
    step, quantities = form.cleaned_data["step"], form.quantities()
    try:
        asked = returning.request(number=number, step=step, quantities=quantities, who=_who(request))
    except OrderError as error:
        return _page(request, orders.find(number=number), problem=str(error), status=409)
    messages.success(request, "Your return is noted. You are paid back as soon as the goods are here.")
    return _own_page(request, asked)


def _linked(number: str, token: str) -> Order:
    try:
        return orders.find_by_token(number=number, token=token)
    except UnknownOrderError as error:
        raise Http404(str(error)) from error


def _page(
    request: HttpRequest, order: Order, *, form: ReturnForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    returnable = order.status in returning.RETURNABLE and any(refunds.returnable(order).values())
    late = return_time.is_over(order, now=now())
    context = {
        "order": order,
        "title": progress.title(order),
        "steps": progress.timeline(order),
        "promised": progress.promised(order),
        "returns": [(each, refunds.senders(order, each.quantities)) for each in order.returns],
        "names": {item.sku: item.name for item in order.items},
        "cancellable": order.status is Status.PLACED,
        "return_form": (form or ReturnForm(order=order)) if returnable and not late else None,
        "return_until": return_time.last_day(order) if returnable else None,
        "return_late": late,
        "owed": sum(each.amount for each in order.settlements if not each.paid and not each.bounced),
        "bounced": bouncing.amount(order),
        "countries": dict(country_names(remembered_locale(request))),
        "own": _is_own(request, order),
        "problem": problem,
        "messages": messages.get_messages(request),
    }
    response = render(request, "order.html", context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _is_own(request: HttpRequest, order: Order) -> bool:
    return bool(order.buyer.user) and request.user.is_authenticated and order.buyer.user == str(request.user.pk)


def _own_page(request: HttpRequest, order: Order) -> HttpResponse:
    """Back to the page of the account, or of the link, by which the order was reached."""
    if _is_own(request, order):
        return redirect("account_order", order.number)
    return redirect("order", order.number, order.token)


def _who(request: HttpRequest) -> str:
    return request.user.get_username() if request.user.is_authenticated else GUEST
