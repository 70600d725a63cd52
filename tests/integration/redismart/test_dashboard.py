"""The admin's first page: how the shop does, for those who may know, in one round trip a node, whatever is away."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.contrib.admin import site
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from catalog import missed
from imagesearch import keyspace as image_keys
from imagesearch.vectors import Space
from inventory import operations, placing
from inventory.optimising import policy, running
from inventory.replication import links
from inventory.results import Operation
from purchasing.models import Status
from redismart import names
from redismart.backoffice import dashboard
from redismart.backoffice.dashboard import Figure, Shown, Tile, Way
from redismart.redis import connections, recorder
from tests import placed_orders, stores
from tests.redis_nodes import REGIONS, RedisNodes

HERE, THERE = REGIONS[:2]
NOWHERE = "redis://127.0.0.1:1/0"
NAMES = ["sales", "orders", "low", "replication", "missed", "embeddings"]
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes) -> Iterator[None]:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN):
        yield


@pytest.fixture
def _reached_again() -> Iterator[None]:
    yield
    connections.configure(settings.TOPOLOGY)


class Everybody:
    def has_perm(self, perm: str) -> bool:
        return bool(perm)


def tiles() -> dict[str, Shown]:
    return {shown.tile.name: shown for shown in dashboard.shown(user=Everybody())}


def figure(name: str) -> Figure:
    shown = tiles()[name]
    assert shown.figure is not None, shown.problem
    return shown.figure


def page_of(*permissions: str, root: bool = False) -> str:
    user = User.objects.create_user("sam", is_staff=True, is_superuser=root)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    answer = client.get("/admin/")
    assert answer.status_code == 200
    return answer.content.decode()


def shown_in(page: str) -> list[str]:
    return re.findall(r'data-tile="(\w+)"', page)


def test_who_may_all_sees_all_in_order_and_an_empty_shop_is_no_error() -> None:
    assert shown_in(page_of(root=True)) == NAMES


@pytest.mark.parametrize(
    ("permissions", "seen"), [((), []), (("view_board",), ["low", "replication"]), (("view_product",), ["missed"])]
)
def test_a_tile_is_hidden_from_those_who_may_not(permissions: tuple[str, ...], seen: list[str]) -> None:
    page = page_of(*permissions)
    assert shown_in(page) == seen
    assert ("/optimise/missed/" in page) is False


def test_every_page_of_the_admin_wears_the_shops_colours() -> None:
    User.objects.create_superuser("root")
    client = Client()
    assert "backoffice/theme" in client.get("/admin/login/").content.decode()
    client.force_login(User.objects.get(username="root"))
    assert "backoffice/theme" in client.get("/admin/").content.decode()
    for model in site._registry:
        page = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        told = page.content.decode()
        # After Django's own of the page: of rules that are as particular as each other the last one holds.
        assert told.index("css/base") < told.index("backoffice/theme"), model


def test_an_empty_list_says_so_and_leads_back() -> None:
    User.objects.create_superuser("root")
    client = Client()
    client.force_login(User.objects.get(username="root"))
    assert "There are no orders yet." in client.get("/admin/purchasing/order/").content.decode()
    narrowed = client.get("/admin/purchasing/order/", {"q": "nobody"}).content.decode()
    assert 'No orders are like that. <a href="/admin/purchasing/order/">Show all</a>' in narrowed


def test_who_may_work_in_the_shop_comes_after_the_shop() -> None:
    page = page_of(root=True)
    names = re.findall(r'<a href="[^"]*" class="section"[^>]*>\s*([^<]*?)\s*</a>', page)
    assert names[-1] == "Staff and groups"
    assert len(names) > 3


def test_sales_are_those_of_today_by_currency_without_the_cancelled() -> None:
    today = datetime.now(UTC)
    totals = placed_orders.order().totals
    euros = totals.model_copy(update={"currency": "EUR", "total": Decimal("20.10")})
    placed_orders.placed("US-000001")
    placed_orders.placed("US-000002")
    placed_orders.placed("US-000003", totals=euros)
    placed_orders.placed("US-000004", status=Status.CANCELLED)
    placed_orders.placed("US-000005", placed=today - timedelta(days=1))
    sales = figure("sales")
    assert (sales.value, sales.told) == ("3", "orders since 00:00 UTC")
    assert sales.lines == (("USD", "$209.00"), ("EUR", "€20.10"))


def test_sales_in_one_currency_are_told_in_money() -> None:
    assert (figure("sales").value, figure("sales").told) == ("0", "orders since 00:00 UTC")
    placed_orders.placed("US-000001")
    assert (figure("sales").value, figure("sales").told) == ("$104.50", "in 1 order since 00:00 UTC")
    placed_orders.placed("US-000002")
    sales = figure("sales")
    assert (sales.value, sales.told) == ("$209.00", "in 2 orders since 00:00 UTC")
    assert sales.lines == (("An order, on average", "$104.50"),)


def test_orders_to_handle_are_told_by_what_is_to_be_done() -> None:
    for number, status in enumerate(Status, start=1):
        placed_orders.placed(f"US-{number:06d}", status=status)
    orders = figure("orders")
    assert orders.value == "3"
    assert orders.lines == (("to pack", "1"), ("to hand out", "1"), ("to take back", "1"))


def test_before_a_model_has_seen_the_pictures_no_failures_are_claimed() -> None:
    embeddings = figure("embeddings")
    assert (embeddings.value, embeddings.alarming) == ("not yet", False)


def test_every_tile_leads_to_a_list_of_what_it_counts() -> None:
    placed_orders.placed("US-000001")
    placed_orders.placed("US-000002", placed=datetime.now(UTC) - timedelta(days=2))
    placed_orders.placed("US-000003", status=Status.READY)
    User.objects.create_superuser("root")
    client = Client()
    client.force_login(User.objects.get(username="root"))
    counted = {}
    for name, shown in tiles().items():
        assert shown.ways or name == "embeddings", name
        for label, address in shown.ways:
            answer = client.get(address)
            assert answer.status_code == 200, address
            counted[label] = answer.context["cl"].result_count if "purchasing" in address else None
    assert (counted["Today's orders"], counted["To pack"], counted["To hand out"]) == (2, 2, 1)


def test_low_stock_is_what_is_under_its_reorder_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    placing.store(locations={"s1": stores.location("s1", name="North", region=HERE)})
    operations.receive(sku="lamp", location="s1", quantity=3, operation=Operation("1"))
    assert figure("low").value == "0"
    days = [datetime.now(UTC).date() - timedelta(days=ago) for ago in range(2, 60)]
    history = tmp_path / "sold.csv"
    history.write_text("date,sku,location,units\n" + "\n".join(f"{day},lamp,s1,4" for day in days))
    call_command("load_sales_history", history, stdout=StringIO())
    assert running.run(region=HERE, policy=policy.current()) is not None
    low = figure("low")
    assert (low.value, low.alarming) == ("1", True)
    assert low.lines == (("lamp", "North"), ("Items with nothing left", "0"))
    monkeypatch.setattr(names, "_providers", [lambda skus: dict.fromkeys(skus, "Desk lamp")])
    assert figure("low").lines[0] == ("Desk lamp", "North")
    operations.count(sku="lamp", location="s1", counted=0, operation=Operation("2"))
    assert figure("low").lines[-1] == ("Items with nothing left", "1")


def test_replication_counts_the_links_that_are_alive() -> None:
    assert figure("replication").alarming
    links.cut(region=HERE, peer=THERE)
    said = dict(figure("replication").lines)[f"{HERE} to {THERE}"]
    assert re.fullmatch(rf"cut in {HERE}, \d+\.\d s", said)


def test_searches_in_vain_are_told_with_how_many_looked() -> None:
    for visitor in ("a", "b", "c"):
        missed.note(text="Flying carpet", visitor=visitor)
    missed.note(text="Only once", visitor="a")
    found = figure("missed")
    assert found.value == "1"
    assert found.lines == (("flying carpet", "3"),)


def test_pictures_set_aside_are_told_once_a_model_is_in_use() -> None:
    assert figure("embeddings").value == "not yet"
    client = connections.client("imagesearch")
    space = Space("tiny", "f00", 2, 0.5)
    client.execute_command(
        *("FT.CREATE", image_keys.index("f00"), "ON", "HASH", "PREFIX", 1, image_keys.vectors("f00")),
        *("SCHEMA", "sku", "TAG"),
    )
    client.set(image_keys.ACTIVE, orjson.dumps({"model": "tiny", "fingerprint": "f00", "dimension": 2, "cut": 0.5}))
    assert figure("embeddings").value == "0"
    client.hset(image_keys.set_aside(space.fingerprint), "a.jpg", "is damaged")
    found = figure("embeddings")
    assert (found.value, found.alarming) == ("1", True)


def test_each_node_is_asked_once() -> None:
    tiles()
    with recorder.recording() as recorded:
        tiles()
    nodes = [trip.node.split(" ")[0] for trip in recorded.trips]
    # Which model is in use must be known before its pictures are counted.
    assert sorted(nodes) == ["catalog", "imagesearch", "inventory", "purchasing"]


@pytest.mark.parametrize("app", ["catalog", "inventory", "purchasing", "imagesearch"])
@pytest.mark.usefixtures("_reached_again")
def test_a_node_that_is_away_takes_only_its_own_tiles(app: str) -> None:
    own = [name for name, shown in tiles().items() if shown.tile.app == app]
    node = f"{app}-{HERE}" if app == "inventory" else app
    connections.configure(dataclasses.replace(settings.TOPOLOGY, external={node: NOWHERE}))
    page = page_of(root=True)
    assert shown_in(page) == NAMES
    assert page.count("data-problem") == len(own)
    assert f"The node of {app} does not answer now" in page


def test_an_index_that_is_missing_is_told_on_its_tile() -> None:
    client = connections.client("purchasing")
    (index,) = client.execute_command("FT._LIST")
    client.execute_command("FT.DROPINDEX", index)
    page = page_of(root=True)
    assert "create_indexes" in page
    assert shown_in(page) == NAMES


@pytest.fixture
def _extra() -> Iterator[None]:
    known = dict(dashboard._tiles)
    yield
    dashboard._tiles.clear()
    dashboard._tiles.update(known)


def broken(error: Exception) -> Callable[[Any], Callable[[], Figure]]:
    def figure() -> Figure:
        raise error

    return lambda _batch: figure


@pytest.mark.usefixtures("_extra")
def test_what_a_tile_says_is_no_markup_and_a_way_to_nowhere_is_left_out() -> None:
    ways = (Way("Nowhere", "no_such_view"), Way("Home", "home", "a=<b>"))
    said = Figure("<script>alert(1)</script>", "<b>", (("<i>", "<u>"),))
    dashboard.register(Tile("mine", "<em>", "catalog", "any.thing", lambda _batch: lambda: said, ways))
    page = page_of(root=True)
    assert "<script>alert(1)" not in page
    assert "Nowhere" not in page
    assert tiles()["mine"].ways == (("Home", "/?a=<b>"),)
