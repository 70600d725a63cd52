"""Staff see what the model made of the catalogue's pictures, and have the worker make it again."""

import base64
import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as shop
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from hypothesis import given

from catalog.models import Picture
from imagesearch import asides, keyspace, pipeline, tasks, vectors
from imagesearch.asides import Aside
from redismart import orders
from redismart.redis import recorder
from tests.fuzzing import FUZZ, KEYS, root, sent, status
from tests.markup import elements
from tests.pictured import Colours, drawn, made_by, offered, seen, stored
from tests.redis_nodes import RedisNodes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_indexes")]
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
LIST = "/admin/imagesearch/embedding/"
LOST = "0" * 32
QUEUE = "cache:celery:embeddings"
(ADMIN,) = (admin for admin in site._registry.values() if admin.opts.app_label == "imagesearch")


@pytest.fixture(autouse=True)
def _static_files() -> Iterator[None]:
    Path(shop.STATIC_ROOT).mkdir(exist_ok=True)
    orders.try_again()
    with override_settings(STORAGES=shop.STORAGES | PLAIN):
        yield
    orders.try_again()


@pytest.fixture
def colours(monkeypatch: pytest.MonkeyPatch) -> Colours:
    """What the worker has loaded, with two products and a picture that is none."""
    found = Colours()
    monkeypatch.setattr(tasks, "load", lambda _name: found)
    offered("red", "red")
    offered("blue", "blue", "navy", price=None)
    offered("lost", pictures=(Picture(name=LOST, width=10, height=10),))
    pipeline.run(made_by(found))
    return found


@pytest.fixture
def ordered(redis_nodes: RedisNodes) -> Any:
    """What lies in the embeddings worker's queue: names of tasks with what they were given."""

    def read() -> list[tuple[str, dict[str, Any]]]:
        node = next(node for node in redis_nodes.topology.nodes() if node.app == "cache")
        with redis_nodes.operator(node) as operator:
            messages = [json.loads(each) for each in operator.lrange(QUEUE, 0, -1)]
        return [(each["headers"]["task"], json.loads(base64.b64decode(each["body"]))[1]) for each in messages]

    return read


def signed_in(group: str = "Catalogue editor") -> Client:
    call_command("create_groups", verbosity=0)
    user = User.objects.create_user(f"sam-{uuid4().hex}", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def listed(client: Client, **query: str) -> list[str]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return re.findall(r'field-product">(?:<a[^>]*>)?([^<]+)<', answer.content.decode())


def pk(colour: str, sku: str) -> str:
    return f"{stored(drawn(colour)).name}:{sku}"


def test_without_a_model_the_list_says_so() -> None:
    client = signed_in()
    assert "No model has seen the whole catalogue yet" in client.get(LIST).content.decode()
    for address in ("export.csv", "set-aside/"):
        assert client.get(f"{LIST}{address}").status_code == 302
    assert client.get(f"{LIST}x%3Ay/change/").status_code == 302


@pytest.mark.usefixtures("colours")
def test_the_list_tells_of_each_picture_and_how_far_the_model_is() -> None:
    client = signed_in()
    assert listed(client) == ["blue", "blue", "red"]
    assert listed(client, o="-2") == ["red", "blue", "blue"]
    assert listed(client, q="re") == ["red"]
    assert listed(client, q=pk("navy", "blue").partition(":")[0]) == ["blue"]
    assert listed(client, sold="yes") == ["red"]
    assert listed(client, q="nothing") == []
    page = client.get(LIST).content.decode()
    assert re.findall(r'data-figure="(\w+)"[^>]*>(\w+)<', page) == [("made", "3"), ("aside", "1"), ("behind", "0")]
    offered("green", "green")
    assert 'data-figure="behind">1<' in client.get(LIST).content.decode()
    answer = client.get(f"{LIST}export.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    assert [row["sku"] for row in rows] == ["blue", "blue", "red"]


@pytest.mark.usefixtures("colours")
def test_those_set_aside_say_why_and_of_which_product() -> None:
    answer = signed_in().get(f"{LIST}set-aside/")
    assert [each["data-aside"] for each in elements(answer, "data-aside")] == [LOST]
    page = answer.content.decode()
    assert "its file is not there" in page
    assert 'href="/product/lost/"' in page


MANY = 3_000


def set_aside(colours: Colours, many: int) -> set[str]:
    """Made-up names of pictures, each of a product that the shop does not have."""
    asides.note(colours.fingerprint, [Aside(f"{number:032x}", "is damaged", f"sku-{number}") for number in range(many)])
    return set(asides.every(colours.fingerprint))


def test_pages_lead_to_every_picture_set_aside_and_read_few_of_them_at_once(colours: Colours) -> None:
    every, client, seen_so_far = set_aside(colours, MANY), signed_in(), set[str]()
    address, pages = f"{LIST}set-aside/", 0
    while address:
        answer = client.get(address)
        rows = {each["data-aside"] for each in elements(answer, "data-aside")}
        assert len(rows) < 3 * asides.PER_PAGE
        seen_so_far |= rows
        pages += 1
        address = next((f"{LIST}set-aside/{each['href']}" for each in elements(answer, "data-more")), "")
        assert [each["href"] for each in elements(answer, "data-first")] == (["?"] if pages > 1 else [])
    assert seen_so_far == every
    assert pages > 3


def test_one_set_aside_is_found_by_its_name_and_by_its_product_without_reading_the_others(colours: Colours) -> None:
    set_aside(colours, MANY)
    client = signed_in()

    def found(text: str) -> list[str]:
        with recorder.recording() as recorded:
            answer = client.get(f"{LIST}set-aside/", {"q": text})
        asked = [command[0] for trip in recorded.trips for command in trip.commands]
        assert not {"HSCAN", "HGETALL", "HVALS"}.intersection(asked)
        return [each["data-aside"] for each in elements(answer, "data-aside")]

    assert found("lost") == [LOST]
    assert found(f"  {7:032x} ") == [f"{7:032x}"]
    assert found("red") == []
    assert "No picture of that name" in client.get(f"{LIST}set-aside/?q=red").content.decode()


@pytest.mark.usefixtures("colours")
@pytest.mark.parametrize("after", ["-1", "one", "9" * 25, "18446744073709551616", "²", ""])
def test_a_cursor_that_is_none_begins_at_the_first(after: str) -> None:
    answer = signed_in().get(f"{LIST}set-aside/", {"after": after})
    assert [each["data-aside"] for each in elements(answer, "data-aside")] == [LOST]


@pytest.mark.usefixtures("colours")
def test_chosen_ones_are_made_again_after_a_question(ordered: Any) -> None:
    client = signed_in()
    chosen = [pk("blue", "blue"), pk("navy", "blue")]
    asked = {"action": "make_again", "_selected_action": chosen}
    answer = client.post(LIST, asked)
    assert "data-confirm-action" in answer.content.decode()
    assert ordered() == []
    sent = {each["name"]: each["value"] for each in elements(answer, "value") if each.get("type") == "hidden"}
    client.post(LIST, sent | asked | {"confirmed": "yes"})
    assert ordered() == [("imagesearch.tasks.make_again", {"skus": ["blue"]})]
    assert LogEntry.objects.count() == 2


def test_the_worker_makes_them_anew_and_a_damaged_vector_is_mended(colours: Colours) -> None:
    key = keyspace.vector(colours.fingerprint, *pk("red", "red").split(":"))
    (good,) = vectors.raw([("HGET", key, vectors.VECTOR)])
    vectors.client().hset(key, vectors.VECTOR, seen(colours, "blue").values)
    tasks.make_again(skus=["red", "gone"])
    assert vectors.raw([("HGET", key, vectors.VECTOR)]) == [good]
    tasks.make_again(skus=["blue", "lost"])
    assert vectors.total(made_by(colours).space) == 3
    assert asides.count(colours.fingerprint) == 1


def test_a_picture_that_fails_now_is_set_aside_and_found_no_more(colours: Colours) -> None:
    colours.refused.add((64, 64))
    tasks.make_again(skus=["red"])
    assert [each.sku for each in vectors.of_products(made_by(colours).space, ["red"])] == []
    assert {each.sku for each in asides.some(colours.fingerprint)[1]} == {"red", "lost"}


def test_all_that_were_set_aside_are_tried_again(colours: Colours, ordered: Any) -> None:
    client = signed_in()
    assert client.post(f"{LIST}set-aside/").status_code == 302
    assert ordered() == [("imagesearch.tasks.retry_set_aside", {})]
    tasks.retry_set_aside()
    assert asides.count(colours.fingerprint) == 0
    assert pipeline.run(made_by(colours)).set_aside == 1


def test_one_picture_has_a_page(colours: Colours, ordered: Any) -> None:
    del colours
    client = signed_in()
    page = f"{LIST}{quote(pk('red', 'red'))}/change/"
    assert 'href="/product/red/"' in client.get(page).content.decode()
    assert client.post(page).status_code == 302
    assert ordered() == [("imagesearch.tasks.make_again", {"skus": ["red"]})]
    aside = f"{LIST}{quote(f'{LOST}:lost')}/change/"
    assert "set aside: its file is not there" in client.get(aside).content.decode()
    assert client.get(f"{LIST}{quote(pk('red', 'blue'))}/change/").status_code == 302


# --- Who may, and what may be sent ---


def addresses() -> Iterator[str]:
    for pattern in ADMIN.get_urls():
        if pattern.name:
            told = {name: quote(f"{LOST}:lost") for name in pattern.pattern.converters}
            yield reverse(f"admin:{pattern.name}", kwargs=told)


EVERY = list(addresses())


def client_of(*permissions: str, is_staff: bool = True) -> Client:
    user = User.objects.create_user(f"pat-{uuid4().hex}", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.usefixtures("colours")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", EVERY)
def test_staff_without_permission_is_kept_out(address: str, method: str, ordered: Any) -> None:
    for client in (
        client_of(),
        client_of("view_product", "change_product", "view_order"),
        signed_in("Shopper support"),
    ):
        assert getattr(client, method)(address, {"post": "yes"}).status_code == 403
    for client in (Client(), client_of("view_embedding", "change_embedding", is_staff=False)):
        assert getattr(client, method)(address)["Location"].startswith("/admin/login/")
    assert ordered() == []


@pytest.mark.usefixtures("colours")
def test_who_may_only_look_orders_nothing(ordered: Any) -> None:
    client = client_of("view_embedding")
    for address in (*EVERY, f"{LIST}{quote(pk('red', 'red'))}/change/"):
        client.post(address, {"action": "make_again", "_selected_action": pk("red", "red"), "confirmed": "yes"})
    assert ordered() == []
    assert "data-retry" not in client.get(f"{LIST}set-aside/").content.decode()


@pytest.mark.usefixtures("colours")
@given(
    query=sent(["q", "p", "o", "sold", "after", "x"]),
    key=KEYS,
)
@FUZZ
def test_no_address_breaks_it(query: dict[str, str], key: str) -> None:
    client = root()
    for page in ("", "export.csv", "set-aside/"):
        assert status(client.get(f"{LIST}{page}", query)) in (200, 302, 400)
    for page in ("change", "history", "delete"):
        address = reverse(f"admin:imagesearch_embedding_{page}", args=[quote(key)])
        assert client.get(address).status_code in (200, 302, 403, 404)
    for action in (key, "make_again"):
        chosen = {"action": action, "_selected_action": key, "confirmed": "yes", "expected": "1"}
        assert client.post(LIST, chosen).status_code in (200, 302)
