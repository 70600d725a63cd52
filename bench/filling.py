"""Measures what it takes to put something into a cart: the form's answer beside the bare commands that it needs."""

from itertools import count
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from bench import measuring, pages
from bench.browser import Browser
from bench.replay import BareRedis, Recording, RoundTrip
from bench.results import Row
from bench.timings import summary
from catalog import api as catalog
from catalog import keyspace
from purchasing import carts
from purchasing.access import COOKIE, GUEST
from purchasing.models import Cart, CartLine
from redismart.redis import recorder

NAME = "add to cart"
LINES = 5
"""Products in a cart until the visitor goes on with another one."""

CSRF = "b" * 32
"""Any value does that the cookie and the form both have."""


def measure(*, products: int, seconds: float) -> Row:
    """One visitor who fills one cart after the other, on a running web server."""
    skus = _sold()
    recording = _bare(skus)
    with Browser(settings.WEB_PORT) as browser, BareRedis({"catalog", "purchasing"}) as bare:
        visitor = _Visitor(browser)
        # Each process of the web server has to have read its templates.
        sizes = [visitor.add(sku) for sku in skus]
        took, bare_took = measuring.alternating(visitor.add, lambda _sku: bare.replay(recording), skus, seconds=seconds)
    visitor.check()
    size = sum(sizes) // len(sizes)
    return Row(products, 1, NAME, summary(took), summary(bare_took), size, _trips(skus[0]))


class _Visitor:
    """Puts products into carts by the form that every card has, with htmx."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._added = count()

    def add(self, sku: str) -> int:
        form = urlencode({"sku": sku, "quantity": "1", "csrfmiddlewaretoken": CSRF})
        secret = _secret(next(self._added) // LINES)
        headers = {"Cookie": f"csrftoken={CSRF}; {COOKIE}={secret}", "HX-Request": "true"}
        return self._browser.post(reverse("cart_add"), form.encode(), headers)

    def check(self) -> None:
        """Raises ``RuntimeError`` unless everything is in its cart: htmx is told of a refusal in a whole answer too."""
        added = next(self._added)
        there = sum(carts.units(cart_id=f"{GUEST}{_secret(number)}") for number in range(added // LINES + 1))
        if there != added:
            raise RuntimeError(f"Of {added} units that were put into carts, {there} are there.")


def _secret(number: int) -> str:
    return f"{number:032d}"


def _sold() -> list[str]:
    """Some of the products that can be bought."""
    skus = pages.some_skus()
    found = catalog.cards(skus=skus)
    return [sku for sku in skus if not carts.refusal(found.get(sku))]


def _bare(skus: list[str]) -> Recording:
    """Look a product up; read a cart; store it with its end."""
    lines = tuple(CartLine(sku=sku, quantity=1) for sku in skus[:LINES])
    cart = Cart(cart_id=f"{GUEST}bare", lines=lines).replaced()
    stored = (("JSON.SET", cart.key(), "$", cart.encoded()), ("EXPIRE", cart.key(), cart.keep_seconds))
    return (
        RoundTrip("catalog", (("JSON.MGET", keyspace.product(skus[0]), "$.card"),)),
        RoundTrip("purchasing", (("JSON.GET", cart.key()),)),
        RoundTrip("purchasing", stored),
    )


def _trips(sku: str) -> tuple[int, ...]:
    with recorder.recording() as recorded:
        carts.add(cart_id=f"{GUEST}recorded", sku=sku)
    return tuple(len(trip.commands) for trip in recorded.trips)
