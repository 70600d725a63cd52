"""The shop with its step "where to" for any checkout, whoever began it."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from purchasing.models import Checkout
from purchasing.views.whereto import where_to


def step(request: HttpRequest, checkout_id: str) -> HttpResponse:
    return where_to(request, Checkout.read(checkout_id))


urlpatterns = [path("checkout/<str:checkout_id>/", step, name="checkout"), path("", include("redismart.urls"))]
