"""Every address of the shop is either for shoppers or keeps out whoever may not be there, new ones too."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import URLResolver, get_resolver

from tests.redis_nodes import RedisNodes

STAFF = ("admin/", "inventory/", "board/", "optimise/")
EVERYBODY = (
    "healthz", "readyz", "metrics", "debug/explain/", "favicon.ico", "about/", "media/", "cart/", "checkout/",
    "payments/stripe/", "account/", "order/", "watching/", "watch/", "image-search/", "similar/", "search/",
    "categories/", "category/", "place/", "product/", "robots.txt", "suggest/",
)  # fmt: skip
OWN = re.compile(r"admin/((login|logout|password_change|password_change/done|jsi18n)/)?$")
"""What each of the staff may see: the way in and out, and a first page of what one may do."""

EXAMPLES = {
    "object_path": "1/1",
    "object_id": "lamp",
    "sku": "lamp",
    "action": "cut",
    "id": "1",
    "content_type_id": "1",
    "app_label": "auth",
}
SIGN_IN = re.compile(r"/(admin/login|account/sign-in)/")
REGEX = {"^(?P<app_label>": "auth/", "(?P<url>.*)$": "nothing"}


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        route = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from routes(each, route)
        else:
            yield route


def address(route: str) -> str:
    """An address that the route leads to."""
    for start, example in REGEX.items():
        if start in route:
            return f"/{route[: route.index(start)]}{example}"
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: EXAMPLES[found[1]], route)


ROUTES = list(routes(get_resolver()))
GUARDED = [address(route) for route in ROUTES if route.startswith(STAFF) and not OWN.match(route)]


def test_each_address_is_known_to_be_for_shoppers_or_for_staff() -> None:
    unknown = [route for route in ROUTES if route and not route.startswith((*STAFF, *EVERYBODY))]
    assert unknown == [], "Say for whom they are: STAFF or EVERYBODY."


@pytest.fixture(autouse=True)
def _static_files(search_indexes: RedisNodes, db: None) -> Iterator[None]:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES=settings.STORAGES | plain):
        yield


def answers(client: Client, *, follow: bool) -> Iterator[tuple[str, str, Any]]:
    for path in GUARDED:
        for method in ("get", "post"):
            yield path, method, getattr(client, method)(path, {"post": "yes"}, follow=follow)


def test_a_clerk_without_permission_is_kept_out_everywhere() -> None:
    clerk = Client()
    clerk.force_login(User.objects.create_user("sam", is_staff=True))
    let_in = [
        (path, method, answer.status_code)
        for path, method, answer in answers(clerk, follow=True)
        # Of what is not there Django says so on the first page.
        if answer.status_code not in (403, 404, 405) and answer.redirect_chain[-1:] != [("/admin/", 302)]
    ]
    assert let_in == []


@pytest.mark.parametrize("who", ["stranger", "shopper"])
def test_shoppers_and_strangers_are_sent_to_sign_in_or_away(who: str) -> None:
    client = Client()
    if who == "shopper":
        client.force_login(User.objects.create_user("ada"))
    let_in = [
        (path, method, answer.status_code)
        for path, method, answer in answers(client, follow=False)
        if answer.status_code not in (302, 403, 404, 405)
        or (answer.status_code == 302 and not SIGN_IN.match(answer["Location"]))
    ]
    assert let_in == []
