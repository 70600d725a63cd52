"""Vectors follow the catalogue: each picture once, whatever breaks off, comes late, or is no picture."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from numpy.typing import NDArray
from PIL import Image
from redis.lock import Lock

from catalog import api as catalog
from catalog import keyspace as catalogue_keys
from catalog import operations
from catalog.models import Picture, Product
from imagesearch import alone as alone_module
from imagesearch import asides, keyspace, pipeline, queries, vectors
from imagesearch.alone import BusyError, alone
from imagesearch.pipeline import Phase, Progress
from imagesearch.vectors import Space, Tuning
from tests.pictured import Colours, drawn, held, made_by, offered, seen, stored
from tests.redis_nodes import RedisNodes

PATIENCE_SECONDS = 60.0
pytestmark = pytest.mark.usefixtures("search_indexes")


@pytest.fixture
def colours() -> Colours:
    return Colours()


def skus(found: queries.Found) -> list[str]:
    return [each.sku for each in found.close]


def test_what_is_there_is_gone_over_and_what_comes_is_followed(colours: Colours) -> None:
    offered("red", "red")
    offered("blue", "blue", "navy")
    offered("plain")
    taken = pipeline.run(made_by(colours))
    assert (taken.made, taken.set_aside, len(held(colours))) == (3, 0, 3)
    assert skus(queries.find(vector=seen(colours, "red"))) == ["red"]
    offered("crimson", "#f00008")
    assert pipeline.run(made_by(colours)).made == 1
    assert skus(queries.find(vector=seen(colours, "red"))) == ["red", "crimson"]


def test_a_product_whose_document_is_damaged_is_passed_over(colours: Colours) -> None:
    offered("red", "red")
    Product.db().execute_command("JSON.SET", catalogue_keys.product("broken"), "$", '{"name": "Kettle"}')
    pipeline.run(made_by(colours))
    assert skus(queries.find(vector=seen(colours, "red"))) == ["red"]


def test_nothing_is_made_twice(colours: Colours) -> None:
    offered("red", "red")
    pipeline.run(made_by(colours))
    offered("red", "red", name="Redder")
    offered("twin", "red")
    taken = pipeline.run(made_by(colours))
    assert (taken.made, taken.copied, len(colours.seen)) == (0, 1, 1)
    shop = made_by(colours)
    shop.begin_anew()
    assert (pipeline.run(shop).made, len(colours.seen)) == (0, 1)
    assert set(skus(queries.find(vector=seen(colours, "red")))) == {"red", "twin"}


def test_what_a_picture_is_filtered_by_follows_its_product(colours: Colours) -> None:
    offered("red", "red", brand="Old", price=None)
    pipeline.run(made_by(colours))
    offered("red", "red", brand="New")
    pipeline.run(made_by(colours))
    (found,) = vectors.of_products(made_by(colours).space, ["red"])
    assert (found.fields["brand"], found.fields["cost"], len(colours.seen)) == ("New", "20", 1)
    offered("red", "red", brand="New", price=None)
    pipeline.run(made_by(colours))
    assert "cost" not in vectors.of_products(made_by(colours).space, ["red"])[0].fields


def test_pictures_and_products_that_are_gone_vanish(colours: Colours) -> None:
    offered("red", "red", "blue")
    offered("green", "green")
    pipeline.run(made_by(colours))
    offered("red", "blue")
    operations.delete_products(skus=["green"])
    assert pipeline.run(made_by(colours)).removed == 2
    assert skus(queries.find(vector=seen(colours, "red"))) == []
    assert skus(queries.find(vector=seen(colours, "blue"))) == ["red"]
    assert len(held(colours)) == 1


def test_changes_that_are_no_longer_known_have_everything_looked_at(colours: Colours) -> None:
    for colour in ("red", "green", "blue"):
        offered(colour, colour)
    pipeline.run(made_by(colours))
    offered("navy", "navy")
    operations.delete_products(skus=["green"])
    Product.db().xtrim(catalogue_keys.CHANGES, maxlen=0, approximate=False)
    offered("teal", "teal")
    Product.db().xtrim(catalogue_keys.CHANGES, maxlen=1, approximate=False)
    pipeline.run(made_by(colours))
    assert {keyspace.sku_of(key) for key in held(colours)} == {"red", "blue", "navy", "teal"}
    assert len(colours.seen) == 5


def test_a_catalogue_that_was_wiped_is_followed_anew(colours: Colours, redis_nodes: RedisNodes) -> None:
    offered("red", "red")
    pipeline.run(made_by(colours))
    Product.db().delete(catalogue_keys.CHANGES, catalogue_keys.product("red"))
    offered("blue", "blue")
    pipeline.run(made_by(colours))
    pipeline.run(made_by(colours))
    assert {keyspace.sku_of(key) for key in held(colours)} == {"blue"}


@pytest.mark.parametrize("fails", range(1, 30, 2))
def test_a_step_that_breaks_off_anywhere_is_made_again(
    colours: Colours, fails: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        offered(f"red-{number}", f"#f0000{number}")
    left, execute = [fails], type(vectors.client()).execute_command

    def breaking(self: object, *command: object, **options: object) -> object:
        left[0] -= 1
        if not left[0]:
            raise SystemExit
        return execute(self, *command, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(type(vectors.client()), "execute_command", breaking)
        try:
            pipeline.run(made_by(colours))
        except SystemExit:
            vectors.client().delete(keyspace.lock(colours.fingerprint))
    pipeline.run(made_by(colours))
    assert (len(held(colours)), Space.active()) == (5, made_by(colours).space)
    assert len(queries.find(vector=seen(colours, "#f00000")).close) == 5


def test_told_to_stop_it_leaves_the_rest_of_a_step_to_whoever_goes_on(colours: Colours) -> None:
    every = pipeline.AT_ONCE
    for number in range(3 * every):
        offered(f"red-{number}", f"#f000{number:02x}")
    stopped = made_by(colours, goes_on=lambda: len(colours.seen) < every)
    taken = pipeline.run(stopped)
    assert (taken.made, taken.left, len(held(colours)), Space.active()) == (every, 2 * every, every, None)
    taken = pipeline.run(made_by(colours))
    assert (taken.made, taken.left, len(colours.seen)) == (2 * every, 0, 3 * every)
    assert Space.active() == stopped.space
    offered("late", "blue")
    assert pipeline.run(made_by(colours, goes_on=lambda: False)).made == 0
    assert pipeline.run(made_by(colours)).made == 1


def test_told_to_stop_while_it_makes_some_anew_it_keeps_the_others(colours: Colours) -> None:
    skus_of_all = [f"red-{number}" for number in range(2 * pipeline.AT_ONCE)]
    for number, sku in enumerate(skus_of_all):
        offered(sku, f"#f000{number:02x}")
    pipeline.run(made_by(colours))
    before = held(colours)
    enough = len(colours.seen) + pipeline.AT_ONCE
    taken = made_by(colours, goes_on=lambda: len(colours.seen) < enough).make_again(skus_of_all)
    assert (taken.made, taken.left, taken.removed) == (pipeline.AT_ONCE, pipeline.AT_ONCE, 0)
    assert held(colours) == before


def test_pictures_that_are_none_are_set_aside_and_leave_the_others_alone(colours: Colours) -> None:
    broken, lost, refused = stored(drawn("red")), stored(drawn("green")), stored(drawn("blue", size=(31, 17)))
    colours.refused = {(31, 17)}
    _file(broken).write_bytes(b"RIFF no picture")
    _file(lost).unlink()
    offered("three", pictures=(broken, lost, refused))
    offered("good", "yellow")
    taken = pipeline.run(made_by(colours))
    assert (taken.made, taken.set_aside) == (1, 3)
    reasons = asides.every(colours.fingerprint)
    assert reasons[lost.name] == "its file is not there"
    assert "this size is refused" in reasons[refused.name]
    assert set(reasons) == {broken.name, lost.name, refused.name}
    colours.refused = set()
    assert asides.forget(colours.fingerprint) == 3
    shop = made_by(colours)
    shop.begin_anew()
    assert (pipeline.run(shop).made, len(asides.every(colours.fingerprint))) == (1, 2)


def _file(picture: Picture) -> Path:
    path: Path = settings.MEDIA_ROOT / catalog.picture_path(picture.name, "large")
    return path


def test_another_model_is_made_beside_the_old_one_and_then_takes_its_place() -> None:
    old, new = Colours("old"), Colours("new")
    for colour in ("red", "blue"):
        offered(colour, colour)
    pipeline.run(made_by(old))
    shop = made_by(new)
    shop.step()
    assert Space.active() == made_by(old).space
    assert skus(queries.find(vector=seen(old, "red"))) == ["red"]
    pipeline.run(shop)
    assert (Space.active(), held(old)) == (shop.space, set())
    assert skus(queries.find(vector=seen(new, "red"))) == ["red"]
    assert Progress.read(old.fingerprint) is None


def test_two_never_take_a_step_at_once(colours: Colours) -> None:
    offered("red", "red")
    with alone(colours.fingerprint, 1.0), pytest.raises(BusyError):
        made_by(colours, patience=0.0).step()
    assert colours.seen == []


def test_a_step_that_takes_long_keeps_others_off_and_one_that_was_killed_does_not(
    colours: Colours, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = threading.Event()
    reacquire = Lock.reacquire

    def noted(lock: Lock) -> bool:
        done = reacquire(lock)
        kept.set()
        return bool(done)

    monkeypatch.setattr(alone_module, "LOCK_SECONDS", 30.0)
    monkeypatch.setattr(Lock, "reacquire", noted)
    monkeypatch.setattr(alone_module, "KEEP_SECONDS", 0.1)
    offered("red", "red")
    with alone(colours.fingerprint, 1.0):
        # As long ago as if its time were over soon.
        assert vectors.client().pexpire(keyspace.lock(colours.fingerprint), 20_000)
        kept.clear()
        assert kept.wait(PATIENCE_SECONDS)
        assert vectors.client().pttl(keyspace.lock(colours.fingerprint)) > 20_000
        with pytest.raises(BusyError):
            made_by(colours, patience=0.5).step()
    killed = vectors.client().lock(keyspace.lock(colours.fingerprint), timeout=0.3)
    assert killed.acquire()
    assert pipeline.run(made_by(colours, patience=30.0)).made == 1


def test_who_was_stopped_for_so_long_that_another_went_on_stores_nothing(
    colours: Colours, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered("red", "red")
    encode = colours.encode

    def stopped(*, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        vectors.client().set(keyspace.lock(colours.fingerprint), "another")
        return encode(pictures=pictures)

    with monkeypatch.context() as patch:
        patch.setattr(colours, "encode", stopped)
        with pytest.raises(BusyError):
            made_by(colours).step()
    assert held(colours) == set()
    assert vectors.client().get(keyspace.lock(colours.fingerprint)) == "another"
    vectors.client().delete(keyspace.lock(colours.fingerprint))
    assert pipeline.run(made_by(colours)).made == 1


@pytest.mark.parametrize(
    "damage",
    [
        ("HDEL", "sku"),
        ("HDEL", "picture"),
        ("HDEL", "vector"),
        ("HDEL", "brand", "category"),
        ("HSET", "vector", "junk"),
    ],
    ids=" ".join,
)
def test_a_damaged_vector_stops_nobody_and_is_made_anew(colours: Colours, damage: tuple[str, ...]) -> None:
    offered("red", "red")
    offered("crimson", "#f00008")
    pipeline.run(made_by(colours))
    (key,) = (key for key in held(colours) if keyspace.sku_of(key) == "red")
    vectors.client().execute_command(damage[0], key, *damage[1:])
    assert "crimson" in skus(queries.find(vector=seen(colours, "red")))
    assert "red" not in queries.similar(skus=["crimson"]).get("red", ())
    offered("red", "red", brand="Other")
    shop = made_by(colours)
    pipeline.run(shop)
    shop.begin_anew()
    pipeline.run(shop)
    assert skus(queries.find(vector=seen(colours, "red"))) == ["red", "crimson"]
    assert len(held(colours)) == 2


def test_from_many_vectors_on_the_index_is_approximate(colours: Colours) -> None:
    for number in range(6):
        offered(f"red-{number}", f"#f0000{number}")
    tuning = Tuning(hnsw_from=5)
    pipeline.run(made_by(colours, tuning=tuning))
    facts = str(vectors.client().execute_command("FT.INFO", keyspace.index(colours.fingerprint)))
    assert "HNSW" in facts
    assert len(queries.find(vector=seen(colours, "#f00000")).close) == 6


def test_an_empty_shop_is_ready_at_once(colours: Colours) -> None:
    assert pipeline.run(made_by(colours)).products == 0
    progress = Progress.read(colours.fingerprint)
    assert progress is not None
    assert (progress.phase, queries.ready()) == (Phase.DONE, 0)
    offered("red", "red")
    assert pipeline.run(made_by(colours)).made == 1
