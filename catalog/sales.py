"""Popularity follows sales, and forgets them as ``redismart.redis.fading`` does."""

import time
from collections.abc import Mapping, Sequence

import orjson

from catalog import keyspace
from catalog.models import Product
from redismart.redis.fading import weight

FOLLOW_SECONDS = 86_400
"""How often the popularity of what is not sold any more sinks."""

NEGLIGIBLE_UNITS = 0.01
PER_TRIP = 500


def record(*, units: Mapping[str, int], now: float | None = None) -> None:
    """Count units sold, by SKU; popularity follows when ``follow`` runs next."""
    moment = time.time() if now is None else now
    pipeline = Product.db().pipeline()
    for sku, count in units.items():
        pipeline.hincrbyfloat(keyspace.SALES, sku, count * weight(moment))
        pipeline.zadd(keyspace.SALES_DUE, {sku: moment})
    pipeline.execute()


def follow(*, now: float | None = None) -> int:
    """Bring the popularity of what was sold up to date; returns of how many products. Safe to repeat, and to leave."""
    moment = time.time() if now is None else now
    followed = 0
    while due := Product.db().zrangebyscore(keyspace.SALES_DUE, "-inf", moment, start=0, num=PER_TRIP):
        followed += _followed(due, moment)
    return followed


def _followed(skus: Sequence[str], now: float) -> int:
    client = Product.db()
    weighed = client.hmget(keyspace.SALES, skus)
    products = Product.find_many(skus)
    pipeline = client.pipeline()
    for sku, stored, product in zip(skus, weighed, products, strict=True):
        sold = float(stored or 0) / weight(now)
        if product is not None:
            for name, value in product.ranking(sold if sold > NEGLIGIBLE_UNITS else 0.0).items():
                # Only this: whatever else the product has may be changing at this moment.
                pipeline.execute_command("JSON.SET", keyspace.product(sku), f"$.x.{name}", orjson.dumps(value), "XX")
        if product is None or sold <= NEGLIGIBLE_UNITS:
            pipeline.hdel(keyspace.SALES, sku)
            pipeline.zrem(keyspace.SALES_DUE, sku)
        else:
            pipeline.zadd(keyspace.SALES_DUE, {sku: now + FOLLOW_SECONDS})
    pipeline.execute()
    return sum(product is not None for product in products)
