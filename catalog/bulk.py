"""Changes by staff to many products at once: all of a batch in one transaction, and none of them twice."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from redis.exceptions import WatchError

from catalog import keyspace, operations, stocked
from catalog.models import Product
from redismart.redis.editing import BusyError

ATTEMPTS = 5
ATTEMPTS_ALONE = 60
"""Of one product: many may review it at the same moment, and each has to count."""

MOST_STEPS, STEP_SECONDS = 10, 0.002
PRESS_SECONDS = 86_400
"""So long is remembered what a press has done: it may be repeated after a machine has died in the middle."""

HUNDRED = Decimal(100)
GONE = "is not there, or cannot be read"

Change = Callable[[Sequence[Product]], Sequence[Product]]
"""Gets products, gives back those it has changed."""


@dataclass(frozen=True, slots=True)
class Repricing:
    """A change of prices by so many percent, rounded to what each currency's coins allow.

    ``strike``: show the price of before struck out, where the new one is lower.
    """

    percent: Decimal
    digits: Callable[[str], int]
    strike: bool = False

    def of(self, product: Product) -> Product | None:
        """The product at its new price; None when it has none to change, or none that changes."""
        if product.price is None:
            return None
        step = Decimal(1).scaleb(-self.digits(product.currency))
        price = (product.price * (HUNDRED + self.percent) / HUNDRED).quantize(step, ROUND_HALF_UP)
        if price == product.price:
            return None
        before = product.price if self.strike and product.list_price is None else product.list_price
        listed = before if before is not None and before > price else None
        values = product.model_dump(exclude={"pk"}) | {"price": price, "list_price": listed}
        repriced: Product = Product.model_validate(values | {"updated": datetime.now(UTC)})
        return repriced


def reprice(*, skus: Sequence[str], by: Repricing, press: str) -> Mapping[str, str]:
    """Change prices; the same ``press`` changes none twice. Returns why products were left, by SKU.

    Raises ``BusyError``.
    """
    left: dict[str, str] = {}

    def changed(products: Sequence[Product]) -> list[Product]:
        left.update(_not_priced(products, by))
        return [new for product in products if product.sku not in left for new in [by.of(product)] if new is not None]

    done = set(change_products(skus=skus, change=changed, press=press))
    rest = [sku for sku in skus if sku not in done]
    there = {product.sku for product in Product.find_readable([sku for sku in rest if sku not in left])}
    return {sku: left.get(sku, "nothing to change" if sku in there else GONE) for sku in rest}


def reindex(*, skus: Sequence[str]) -> list[str]:
    """Work out anew what indexes and lists read of products, and tell other apps. Returns the SKUs there are."""
    return change_products(skus=skus, change=lambda products: products)


def change_products(*, skus: Sequence[str], change: Change, press: str = "", watched: Sequence[str] = ()) -> list[str]:
    """Change products in a transaction, those left out that ``press`` has changed before. Returns the SKUs changed.

    ``change`` may read other keys, and raise: it is asked again when any of those ``watched`` is another since.
    When others keep changing some of them, halves are tried, down to one. Raises ``BusyError`` with what was done.
    """
    if not skus:
        return []
    for attempt in range(ATTEMPTS if len(skus) > 1 else ATTEMPTS_ALONE):
        try:
            return _changed(skus, change, press, watched)
        except WatchError:
            # Who waits a different time each does not meet the same others again.
            time.sleep(random.uniform(0, min(attempt, MOST_STEPS) * STEP_SECONDS))
    if len(skus) == 1:
        raise BusyError(f"Too many change {skus[0]!r} at this moment: try again.")
    return _in_halves(skus, change, press, watched)


def _in_halves(skus: Sequence[str], change: Change, press: str, watched: Sequence[str]) -> list[str]:
    done: list[str] = []
    for half in (skus[: len(skus) // 2], skus[len(skus) // 2 :]):
        try:
            done += change_products(skus=half, change=change, press=press, watched=watched)
        except BusyError as error:
            raise BusyError(str(error), done=[*done, *error.done]) from None
    return done


def _changed(skus: Sequence[str], change: Change, press: str, watched: Sequence[str]) -> list[str]:
    done = keyspace.pressed(press)
    with Product.db().pipeline(transaction=True) as pipeline:
        pipeline.watch(*map(keyspace.product, skus), *([done] if press else []), *watched)
        before = pipeline.smismember(done, list(skus)) if press else [0] * len(skus)
        waiting = [sku for sku, already in zip(skus, before, strict=True) if not already]
        stored = pipeline.execute_command("JSON.MGET", *map(keyspace.product, waiting), "$") if waiting else []
        products = Product.readable(stored, read=Product.from_path_reply, keys=waiting)
        changed = list(change(products))
        if not changed:
            return []
        told = stocked.known(skus=[product.sku for product in changed])
        pipeline.multi()
        for product in changed:
            product.save(pipeline=pipeline)
            # Its popularity is that of before any sale again.
            pipeline.zadd(keyspace.SALES_DUE, {product.sku: 0}, xx=True)
            operations.announce(pipeline, product.sku, "saved")
        stocked.keep(pipeline, told)
        if press:
            pipeline.sadd(done, *(product.sku for product in changed))
            pipeline.expire(done, PRESS_SECONDS)
        pipeline.incr(keyspace.VERSION)
        pipeline.execute()
        return [product.sku for product in changed]


def _not_priced(products: Sequence[Product], by: Repricing) -> dict[str, str]:
    """Products whose price cannot be changed so, with why."""
    reasons: dict[str, str] = {}
    for product in products:
        if product.price is None:
            reasons[product.sku] = "has no price"
            continue
        try:
            by.of(product)
        except ValueError:
            reasons[product.sku] = "the new price would be too high"
    return reasons
