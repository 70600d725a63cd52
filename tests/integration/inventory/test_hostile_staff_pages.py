"""Whatever is sent to the live board, an item's page or the optimiser breaks none of them, and changes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.admin.utils import quote
from django.test import override_settings
from django.urls import NoReverseMatch, reverse
from hypothesis import given
from hypothesis import strategies as st

from inventory import operations, places, queries
from inventory.advice_forms import ACTIONS
from inventory.forms import KINDS
from inventory.optimising import policy, recording, running
from inventory.optimising.days import Places
from inventory.replication import links
from inventory.replication.recovery import open_region
from inventory.results import Operation, SoldDay
from inventory.templating import stock_item_url
from redismart.loading import cleaning
from tests.fuzzing import FUZZ, KEYS, TEXTS, root, sent, status
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import REGIONS, RedisNodes

pytestmark = pytest.mark.django_db
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
SEEN = ("kind", "page", "class", "q", "location", "sort", "low", "action", "x")
PRESSED = ("sku", "location", "source", "target", "proposal", "units", "back")
TYPED = ("operation", "location", "target", "why", "quantity", "counted", "by", "observed", "observed_at")
NUMBERS = TEXTS | st.integers().map(str)


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes, placed: Store) -> Iterator[None]:
    for location in ("s1", "s2"):
        placed(location, name=location)
    open_region(REGIONS[0])
    today = datetime.now(UTC).date()
    sold = [SoldDay("s1", "lamp", (today - timedelta(days=ago)).toordinal(), 4) for ago in range(1, 61)]
    here = Places({location.id: location for location in places.all_locations()}, REGIONS[0])
    recording.record(rows=sold, regions={REGIONS[0]: here}, policy=policy.current())
    for location, units in {"s1": 1, "s2": 300}.items():
        operations.receive(sku="lamp", location=location, quantity=units, operation=Operation(f"in:{location}"))
    assert running.run(region=REGIONS[0], policy=policy.current()) is not None
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN):
        yield


@given(query=sent(SEEN))
@FUZZ
def test_no_address_breaks_a_page(query: dict[str, str]) -> None:
    client = root()
    for name in ("board", "board_ticket", "optimise", "optimise_missed", "optimise_file"):
        assert status(client.get(reverse(name), query)) == 200
    assert status(client.get(stock_item_url("lamp"), query)) == 200
    assert status(client.get(stock_item_url("lamp"), query, headers={"HX-Request": "true"})) == 200


@given(action=st.sampled_from(sorted(ACTIONS)) | TEXTS, pressed=sent(PRESSED, NUMBERS), query=sent(SEEN))
@FUZZ
def test_nothing_pressed_at_the_optimiser_breaks_it(
    action: str, pressed: dict[str, str], query: dict[str, str]
) -> None:
    """A press needs a proposal that stands: none that is made up moves a unit."""
    plausible = {"sku": "lamp", "location": "s1", "source": "s2", "target": "s1", "proposal": "0" * 32}
    for form in (pressed, plausible | pressed):
        answer = root().post(reverse("optimise_act"), {**form, "action": action}, query_params=query)
        assert status(answer) in (302, 404, 409, 422)
        assert answer.status_code != 302 or answer["Location"].startswith("/")
        assert not answer.headers.get("Location", "").startswith("//")
    stocked = queries.levels(skus=["lamp"])["lamp"].locations
    assert (stocked["s1"].on_hand, stocked["s2"].on_hand) == (1, 300)


@given(peer=TEXTS, action=TEXTS, query=sent(SEEN))
@FUZZ
def test_no_drill_that_makes_no_sense_cuts_a_link(peer: str, action: str, query: dict[str, str]) -> None:
    for told in ({"peer": peer, "action": "cut"}, {"peer": REGIONS[1], "action": action}):
        assert status(root().post(reverse("board_drill"), told, query_params=query)) == 404
    assert not links.cut_peers(REGIONS[0])


@given(
    action=st.sampled_from(sorted(KINDS)) | TEXTS,
    typed=sent(TYPED, NUMBERS),
    sku=st.just("lamp") | TEXTS.filter(cleaning.is_key),
)
@FUZZ
def test_nothing_typed_breaks_an_items_page(action: str, typed: dict[str, str], sku: str) -> None:
    plausible = {"operation": uuid4().hex, "location": "s1", "why": "x", "quantity": "1", "counted": "1", "by": "1"}
    for form in (typed, plausible | typed):
        assert status(root().post(stock_item_url(sku), {**form, "action": action})) in (200, 302, 404, 422)


@given(sku=TEXTS)
@FUZZ
def test_no_sku_breaks_an_items_page(sku: str) -> None:
    client = root()
    address = stock_item_url(sku) if cleaning.is_key(sku) else f"/inventory/{sku}/"
    assert status(client.get(address)) in (200, 301, 302, 404)
    assert status(client.post(address, {"action": "receive"})) in (200, 301, 302, 404, 405, 422)


LISTS = {"location": ["delete_chosen", "export_chosen"], "stock": ["export_chosen"]}


@given(
    model=st.sampled_from(sorted(LISTS)),
    chosen=st.lists(TEXTS, max_size=3),
    told=sent(["select_across", "index", "confirmed", "expected", "after", "press", "x"]),
    query=sent(["q", "p", "o", "location", "region", "kind", "on_hand_from"]),
    number=st.integers(0, 1),
)
@FUZZ
def test_no_action_breaks_a_list(
    model: str, chosen: list[str], told: dict[str, str], query: dict[str, str], number: int
) -> None:
    client, actions = root(), LISTS[model]
    for form in (told, {"confirmed": "yes", "expected": "9", **told}, {"select_across": "1", **told}):
        pressed = {"action": actions[number % len(actions)], "_selected_action": chosen, **form}
        answer = client.post(reverse(f"admin:inventory_{model}_changelist"), pressed, query_params=query)
        # Where it would lead back to an address that no server takes.
        assert status(answer) in (200, 302, 400)
    assert queries.levels(skus=["lamp"])["lamp"].locations["s2"].on_hand == 300


@given(peer=KEYS, action=KEYS)
@FUZZ
def test_no_link_that_is_none_breaks_the_drill(peer: str, action: str) -> None:
    client = root()
    for key, step in ((f"{REGIONS[0]}:{peer}", "cut"), (peer, "cut"), (f"{REGIONS[0]}:{REGIONS[1]}", quote(action))):
        try:
            address = reverse("admin:inventory_link_drill", args=[quote(key), step])
        except NoReverseMatch:
            continue
        for answer in (client.get(address), client.post(address)):
            assert status(answer) in (200, 301, 302, 403, 404)
    assert not links.cut_peers(REGIONS[0])
