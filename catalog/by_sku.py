"""Facts about products whose SKUs are known, in one round trip however many there are."""

from collections.abc import Iterable, Sequence

import orjson

from catalog import commands, facets, keyspace
from catalog.models import Picture, Product
from catalog.results import Card, cards_of
from redismart.redis import replies
from redismart.redis.batch import Batch, Reply
from redismart.redis.clauses import Params, tag_any


def prices(*, skus: Sequence[str]) -> dict[str, float]:
    """What products cost, in the shop's currency, by SKU. One round trip."""
    found = Product.db().execute_command("JSON.MGET", *map(keyspace.product, skus), "$.x.cost") if skus else []
    costs = {sku: orjson.loads(each) for sku, each in zip(skus, found, strict=True) if each}
    return {sku: float(cost[0]) for sku, cost in costs.items() if cost and cost[0] is not None}


def names(*, skus: Sequence[str]) -> dict[str, str]:
    """What products are called, in one round trip; those that the shop does not have are left out."""
    keys = [keyspace.product(sku) for sku in skus]
    found = Product.db().execute_command("JSON.MGET", *keys, "$.name") if keys else []
    return {sku: orjson.loads(name)[0] for sku, name in zip(skus, found, strict=True) if name}


def cards(*, skus: Sequence[str]) -> dict[str, Card]:
    """Products as lists show them, in one round trip; those that the shop does not have are left out."""
    batch = Batch.reading(Product.app)
    found = ask_cards(batch, skus)
    batch.run()
    return {card.sku: card for card in found.value}


def load_marks(*, skus: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The digest of its row, and when it was created (ISO 8601), for each of the SKUs that the shop has."""
    if not skus:
        return {}
    keys = [keyspace.product(sku) for sku in skus]
    replied = Product.db().execute_command("JSON.MGET", *keys, '$["digest","created"]')
    return {sku: tuple(orjson.loads(marks)) for sku, marks in zip(skus, replied, strict=True) if marks is not None}


def pictures(*, skus: Sequence[str]) -> dict[str, tuple[Picture, ...]]:
    """The pictures of those of the SKUs that the shop has."""
    if not skus:
        return {}
    replied = Product.db().execute_command("JSON.MGET", *map(keyspace.product, skus), "$.pictures[*]")
    return {
        sku: tuple(map(Picture.model_validate, orjson.loads(found)))
        for sku, found in zip(skus, replied, strict=True)
        if found is not None
    }


def known(*, skus: Sequence[str]) -> set[str]:
    """Those of the SKUs that the shop has. One round trip."""
    batch = Batch.reading(Product.app)
    asked = {sku: batch.add("EXISTS", keyspace.product(sku), parse=bool) for sku in skus}
    batch.run()
    return {sku for sku, there in asked.items() if there.value}


def meant(*, name: str) -> tuple[list[str], list[str]]:
    """The SKUs, two at most, that are a name in another case, and those that carry it as their part number."""
    batch = Batch.reading(Product.app)
    spelt, carried = (_ask_tagged(batch, field, name) for field in ("sku", "mpn"))
    batch.run()
    return [card.sku for card in spelt.value], [card.sku for card in carried.value]


def ask_cards(batch: Batch, skus: Sequence[str]) -> Reply[tuple[Card, ...]]:
    if not skus:
        return Reply.known(())
    keys = [keyspace.product(sku) for sku in skus]
    return batch.add("JSON.MGET", *keys, "$.card", parse=_cards_by_key)


def _ask_tagged(batch: Batch, tag: str, value: str) -> Reply[tuple[Card, ...]]:
    params = Params()
    text = facets.TextClause(tag_any(tag, [value], params), tuple(params.values))
    return batch.add(*commands.hits(text, {}, order=None, limit=2), parse=lambda reply: cards_of(replies.hits(reply)))


def _cards_by_key(reply: Iterable[str | None]) -> tuple[Card, ...]:
    found = (orjson.loads(stored) for stored in reply if stored is not None)
    return Card.readable(orjson.dumps(cards[0]) for cards in found if cards)
