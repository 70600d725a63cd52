"""What somebody has damaged of one SKU in Redis takes neither the optimiser nor a page of others with it."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from inventory import fence, keyspace
from inventory.optimising import finding
from inventory.optimising.kinds import Kind
from tests.integration.inventory.test_optimise_pages import _shop, optimise, stocked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_shop")]
__all__ = ["_shop"]
BAD, OTHERS = "sku0", ("sku1", "sku2")
BUCKET = keyspace.bucket_of(BAD)
REORDER = keyspace.advice(BAD, f"{Kind.REORDER}:s1")
PAGES = (
    *("/inventory/optimise/", "/inventory/optimise/?kind=transfer", "/inventory/optimise/?kind=slow"),
    *("/optimise/file/", "/inventory/", "/admin/", "/admin/inventory/stock/", "/admin/inventory/stock/export.csv"),
    "/admin/inventory/link/",
)
ITEM = (f"/inventory/{BAD}/", f"/admin/inventory/stock/s1_3A{BAD}/change/")
TEXTS = (
    (keyspace.demand(BAD), ("garbage", "1|s1|AAAA", "x|s1,s2|", "740000|s1,s2|")),
    (keyspace.advised(BAD), ("{", "[]", '{"reorder:s1": 5}')),
)
FIELDS = (
    (keyspace.levels(BAD), ("oh|s1", "av|us|s1")),
    (keyspace.plan(BAD), ("point|s1", "ordered|s1")),
    (keyspace.item(BAD, "s1"), ("h:us",)),
    (keyspace.OPTIMISED, ("at", "kinds", "days", "classes", "cuts")),
    (REORDER, ("units", "value", "cover", "rate")),
    (keyspace.sold_days(BUCKET), ("x",)),
    (keyspace.learned(BUCKET), ("us",)),
    (keyspace.link("eu"), ("contact", "items")),
)
HASHES = [key for key, _names in FIELDS]
Harm = tuple[str, ...]
"""A command of Redis."""


def texts() -> list[Harm]:
    return [("SET", key, text) for key, bad in TEXTS for text in bad]


def fields() -> list[Harm]:
    return [("HSET", key, field, "bad") for key, named in FIELDS for field in named]


def lacking() -> list[Harm]:
    gone = {keyspace.OPTIMISED: "seconds", keyspace.projection(BAD, "s1"): "sku", REORDER: "id"}
    return [("HDEL", key, field) for key, field in gone.items()]


def replaced() -> list[Harm]:
    others = [keyspace.revenue(BUCKET), keyspace.projection(BAD, "s1")]
    keys = [key for key in (*HASHES, *others) if key != keyspace.link("eu")]
    return [("SET", key, "x") for key in keys]


@pytest.mark.parametrize("harm", [*texts(), *fields(), *lacking(), *replaced()], ids=lambda harm: " ".join(harm[:3]))
def test_others_are_advised_and_shown_as_ever(harm: Harm) -> None:
    node = fence.node("us")
    for sku in (BAD, *OTHERS):
        stocked(sku, {"s1": 3, "s2": 100})
    optimise()
    node.execute_command(*harm)
    root = Client()
    root.force_login(User.objects.create_superuser("root", password=None))
    for page in PAGES:
        answer = root.get(page)
        assert answer.status_code == 200, page
        if answer.streaming:
            b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    for page in ITEM:
        assert root.get(page).status_code in (200, 302, 503), page
    for sku in OTHERS:
        node.zadd(keyspace.due(keyspace.bucket_of(sku)), {sku: 0})
    node.zadd(keyspace.due(BUCKET), {BAD: 0})
    optimise()
    for sku in (BAD, *OTHERS):
        due = node.zscore(keyspace.due(keyspace.bucket_of(sku)), sku)
        assert due is not None
        assert due > 0, f"{sku} was not looked at."
    assert finding.summary().at > 0, "What it comes to is told again."
