"""The page on which a buyer reviews a product of an order."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from catalog.api import UnknownProductError
from purchasing import orders, reviewing
from purchasing.forms.reviews import ReviewForm
from purchasing.models import Order
from purchasing.orders import UnknownOrderError


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, number: str, token: str, sku: str) -> HttpResponse:
    """Ask for stars and words, then go back to the order."""
    order = _order(number, token, sku)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        context = {"order": order, "form": form, "item": next(item for item in order.items if item.sku == sku)}
        return render(request, "review.html", context, status=422 if form.errors else 200)
    try:
        reviewing.review(order=order, sku=sku, **form.cleaned_data)
    except UnknownProductError as error:
        raise Http404(str(error)) from error
    messages.success(request, "Thank you: your review is on the product's page.")
    return redirect("order", number, token)


def _order(number: str, token: str, sku: str) -> Order:
    try:
        order = orders.find_by_token(number=number, token=token)
    except UnknownOrderError as error:
        raise Http404(str(error)) from error
    if not reviewing.may_review(order, sku):
        raise Http404(f"Order {number} has no {sku!r} to review.")
    return order
