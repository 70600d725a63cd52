"""Makes a catalogue of any size out of a real one, so that big shops can be measured honestly.

``python -m bench.synthesise SOURCE COUNT [--seed N] [--output FILE]`` writes JSON lines in RedisMart's own
format: first the real products, then new ones recombined from them. Words, brands, categories, prices
and lengths keep the distributions of the source; only combinations are new. The same source, count and
seed give the same bytes. The source is held in memory, what is made streams out.
"""

import argparse
import gzip
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

SEED = 20_240_601
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
PRICE_SPREAD = 0.35
"""Standard deviation of the logarithm of a price around that of the product it comes from."""

COPIED = ("currency", "rating", "rating_count", "color", "source")

Product = dict[str, Any]


def synthesised(source: Path, *, count: int, seed: int = SEED) -> Iterator[bytes]:
    """``count`` JSON lines: the source's own products, then new ones with SKUs of their own."""
    real = _read(source)
    for product in real[:count]:
        yield orjson.dumps(product) + b"\n"
    maker = _Maker(real, random.Random(seed))
    for number in range(len(real), count):
        yield orjson.dumps(maker.make(number)) + b"\n"


def _read(source: Path) -> list[Product]:
    with gzip.open(source, "rb") if source.suffix == ".gz" else source.open("rb") as file:
        return [orjson.loads(line) for line in file if line.strip()]


class _Maker:
    """Recombines products with others of their category."""

    def __init__(self, real: Sequence[Product], chance: random.Random) -> None:
        self._real = real
        self._chance = chance
        self._by_category: dict[tuple[str, ...], list[Product]] = defaultdict(list)
        for product in real:
            self._by_category[tuple(product.get("categories") or ())[:2]].append(product)

    def make(self, number: int) -> Product:
        """A new product: the kind of thing one is, by the brand of another, described by both."""
        base = self._chance.choice(self._real)
        other, third = (self._chance.choice(self._siblings(base)) for _ in range(2))
        popularity = (third.get("attributes") or {}).get("popularity")
        return {
            "id": f"synthetic:{number:08d}",
            "sku": f"{self._chance.randrange(36**6):06X}-{number % 1000:03d}",
            "name": self._name(base, other),
            "brand": other.get("brand"),
            "description": self._description(base, other),
            "categories": base.get("categories"),
            "price": self._price(base),
            "attributes": {
                **(base.get("attributes") or {}),
                **({} if popularity is None else {"popularity": popularity}),
            },
            **{field: (third if field.startswith("rating") else base).get(field) for field in COPIED},
        }

    def _siblings(self, product: Product) -> list[Product]:
        return self._by_category[tuple(product.get("categories") or ())[:2]]

    def _name(self, base: Product, other: Product) -> str:
        """The other's brand before the base's name, with a few of the other's words in it."""
        words = [word for word in base["name"].split() if word != base.get("brand")]
        borrowed = other["name"].split()
        cut = self._chance.randint(1, max(1, len(words) - 1))
        start = self._chance.randrange(len(borrowed)) if borrowed else 0
        mixed = [*words[:cut], *borrowed[start : start + self._chance.randint(1, 3)], *words[cut:]]
        return " ".join([other.get("brand") or "", *mixed]).strip()[:250]

    def _description(self, base: Product, other: Product) -> str:
        """Sentences of both, about as many as the base has."""
        own, borrowed = (SENTENCE_END.split(product.get("description") or "") for product in (base, other))
        pool = own[: (len(own) + 1) // 2] + borrowed[len(borrowed) // 2 :]
        self._chance.shuffle(pool)
        return " ".join(pool[: max(len(own), 1)])

    def _price(self, base: Product) -> str | None:
        if base.get("price") is None:
            return None
        price = max(float(base["price"]) * self._chance.lognormvariate(0, PRICE_SPREAD), 0.5)
        return f"{price:.0f}.99" if price >= 2 else f"{price:.2f}"  # noqa: PLR2004


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.synthesise", description="Make a catalogue of any size out of a real one."
    )
    parser.add_argument("source", type=Path, help="JSON lines in RedisMart's own format, gzip or not")
    parser.add_argument("count", type=int, help="how many products to write")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--output", type=Path, help="file to write (default: standard output)")
    options = parser.parse_args(arguments)
    lines = synthesised(options.source, count=options.count, seed=options.seed)
    if options.output is None:
        sys.stdout.buffer.writelines(lines)
        return
    with options.output.open("wb") as file:
        file.writelines(lines)


if __name__ == "__main__":
    main()
