"""Measures the staff's list of products beside the bare search that a page of it makes."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.test.utils import modify_settings
from django.urls import reverse

from bench import measuring
from bench.browser import Browser
from bench.replay import BareRedis, Recording, record
from bench.results import Row
from bench.timings import summary
from redismart.backoffice.admin import DocumentAdmin
from redismart.backoffice.searching import DEEPEST
from redismart.redis.topology import LOOPBACK

NAME = "admin list"
DEBUG_VIEW = "redismart.web.debug_view.debug_view"
PAGES: tuple[dict[str, str], ...] = (
    {},
    {"p": "2"},
    {"o": "5"},
    {"o": "-6"},
    {"q": "lamp"},
    {"q": "wood table"},
    {"price_from": "20", "price_to": "60"},
    {"q": "chair", "stars_from": "4", "o": "5"},
)
"""The newest, a later page, by price, by rating, by words, by filters, and all of these together."""


def measure(*, products: int, seconds: float) -> Row:
    """One member of staff who looks at one page of the list after the other, on a running web server."""
    client = _staff()
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}
    last = min(products, DEEPEST) // DocumentAdmin.list_per_page
    addresses = [_address(query) for query in (*PAGES, {"p": str(last)})]
    # It would take what is recorded for itself.
    with modify_settings(MIDDLEWARE={"remove": [DEBUG_VIEW]}):
        recordings = record(addresses, client=client)
    with Browser(settings.WEB_PORT) as browser, BareRedis({"catalog"}) as bare:

        def look(address: str) -> int:
            return browser.get(address, headers)

        # Each process of the web server has to have read its templates.
        sizes = [look(address) for _visit in range(2) for address in addresses]
        took, bare_took = measuring.alternating(
            look, lambda address: bare.replay(recordings[address]), addresses, seconds=seconds
        )
    size = sum(sizes) // len(sizes)
    return Row(products, 1, NAME, summary(took), summary(bare_took), size, _trips(list(recordings.values())))


def _staff() -> Client:
    user, _made = User.objects.get_or_create(username="bench", defaults={"is_staff": True, "is_superuser": True})
    client = Client(raise_request_exception=False, SERVER_NAME=LOOPBACK)
    client.force_login(user)
    return client


def _address(query: dict[str, str]) -> str:
    listed = reverse("admin:catalog_product_changelist")
    return f"{listed}?{urlencode(query)}" if query else listed


def _trips(recordings: list[Recording]) -> tuple[int, ...]:
    most = max(recordings, key=len)
    return tuple(len(trip.commands) for trip in most)
