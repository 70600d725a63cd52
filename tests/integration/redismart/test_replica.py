"""A region reads the catalogue from a replica of its own, and from the primary while that is away."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from django.conf import settings

from catalog import branches, finding, operations, queries
from catalog.models import Product
from catalog.results import SearchRequest
from catalog.search import Text
from redismart.redis import binaries, connections, recorder, replicas
from redismart.redis.server import Stack
from redismart.redis.topology import embedded_replicas
from tests import catalogues
from tests.redis_nodes import RedisNodes

PATIENCE_SECONDS = 150.0


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def eu(redis_nodes: RedisNodes) -> Iterator[Stack]:
    """This process in region eu, with a replica that has not started."""
    topology = replace(redis_nodes.topology, region="eu", replicas=True)
    stack = Stack(topology=topology, folder=settings.VAR / "replica", binaries=binaries.packaged())
    connections.configure(topology)
    replicas.forget()
    yield stack
    stack.stop()
    replicas.forget()
    connections.configure(redis_nodes.topology)


def start_replica(stack: Stack) -> None:
    (node,) = (
        each
        for each in embedded_replicas(regions=stack.topology.regions, base_port=stack.topology.base_port)
        if each.region == "eu"
    )
    stack.start_node(node)
    stack.wait_for(node)


def price() -> Decimal | None:
    page = queries.product_page(sku="1")
    assert page is not None
    return page.product.price


def nodes_asked() -> set[str]:
    with recorder.recording() as recorded:
        finding.search_page(request=SearchRequest(text=Text.parse("thing")))
    return {trip.node.rpartition(":")[2] for trip in recorded.trips}


def port_of(stack: Stack) -> str:
    return connections.topology().replica_url("catalog").rpartition(":")[2].partition("/")[0]


def test_pages_and_searches_read_the_replica_and_see_what_the_primary_was_told(eu: Stack) -> None:
    catalogues.fill([catalogues.product("1", price=Decimal("5"))])
    start_replica(eu)
    wait_until(lambda: nodes_asked() == {port_of(eu)})
    assert price() == Decimal("5")
    operations.save_products(products=[catalogues.product("1", price=Decimal("6"))])
    wait_until(lambda: price() == Decimal("6"))


def test_without_its_replica_a_region_reads_the_primary(eu: Stack) -> None:
    catalogues.fill([catalogues.product("1", price=Decimal("5"))])
    assert price() == Decimal("5")
    start_replica(eu)
    wait_until(lambda: nodes_asked() == {port_of(eu)})
    eu.stop()
    assert price() == Decimal("5")
    assert finding.search_page(request=SearchRequest(text=Text.parse("thing")))[0].total == 1


def test_a_replica_that_has_not_indexed_all_is_not_read(eu: Stack) -> None:
    catalogues.fill(catalogues.generated(300))
    found = finding.search_page(request=SearchRequest(text=Text.parse("")))[0].total
    start_replica(eu)
    totals = set()

    def read_from_the_replica() -> bool:
        totals.add(finding.search_page(request=SearchRequest(text=Text.parse("")))[0].total)
        return nodes_asked() == {port_of(eu)}

    wait_until(read_from_the_replica)
    assert totals == {found}


def test_a_category_that_was_moved_is_led_to_from_the_replica(eu: Stack) -> None:
    catalogues.fill([catalogues.product("1", categories=("Audio", "Headphones"))])
    start_replica(eu)
    wait_until(lambda: nodes_asked() == {port_of(eu)})
    branches.move(slug="audio", to=("Sound",), seconds=60)
    wait_until(lambda: "audio" not in queries.categories().categories)
    with recorder.recording() as recorded:
        page, tree = finding.search_page(request=SearchRequest(text=Text.parse(""), within="audio/headphones"))
    assert {trip.node.rpartition(":")[2] for trip in recorded.trips} == {port_of(eu)}
    assert page.moved_to == "sound/headphones"
    assert page.moved_to in tree.categories


def test_writes_go_to_the_primary(eu: Stack) -> None:
    catalogues.fill([])
    start_replica(eu)
    operations.save_products(products=[catalogues.product("2")])
    assert Product.find_many(["2"])[0] is not None
