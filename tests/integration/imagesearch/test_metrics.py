"""Monitors hear how the pictures are getting on, whichever process makes their vectors."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from imagesearch import pipeline
from tests.pictured import Colours, drawn, made_by, offered, stored
from tests.redis_nodes import RedisNodes
from tests.silence import held

pytestmark = pytest.mark.usefixtures("search_indexes")


@pytest.fixture(autouse=True)
def _static_files() -> None:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


def told() -> dict[str, float]:
    response = Client().get("/metrics")
    assert response.status_code == 200
    return dict(_pictures(response.content.decode()))


def _pictures(page: str) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name.startswith("redismart_pictures"):
                name = sample.name.removeprefix("redismart_pictures_").removesuffix("_total")
                yield sample.labels.get("outcome", name), sample.value


def test_they_hear_what_came_of_the_pictures_and_what_is_still_to_do() -> None:
    colours = Colours()
    refused = stored(drawn("blue", size=(31, 17)))
    colours.refused = {(31, 17)}
    offered("red", "red", "green")
    offered("twin", "red")
    offered("odd", pictures=(refused,))
    assert told()["going_over"] == 1
    pipeline.run(made_by(colours))
    found = told()
    assert found.pop("seconds") > 0
    assert found == {
        "made": 2, "copied": 1, "removed": 0, "set_aside": 1,
        "set_aside_now": 1, "found": 3, "backlog": 0, "going_over": 0,
    }  # fmt: skip
    offered("late", "teal")
    offered("later", "navy")
    assert told()["backlog"] == 2
    pipeline.run(made_by(colours))
    assert (told()["backlog"], told()["made"]) == (0, 4)


def test_while_the_node_is_away_the_rest_is_told(redis_nodes: RedisNodes) -> None:
    Client().get("/healthz")
    with held(redis_nodes.folder / "imagesearch"):
        page = Client().get("/metrics").content.decode()
    assert "redismart_requests" in page
    assert dict(_pictures(page)) == {}
