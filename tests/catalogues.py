"""Catalogues to test on: real products, generated ones with awkward values, and single ones."""

import gzip
import random
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from catalog import operations
from catalog.models import Category, Product
from catalog.pricing import Pricing
from redismart.redis import searched

PRODUCTS_PER_TRIP = 500
LEVELS = 3

AWKWARD_BRANDS = (
    "Smith, Jones & Sons",
    'The "Quoted" Company',
    "O'Neill",
    "A|B",
    "{Curly}",
    "$p0",
    "*star*",
    "%percent%",
    "back\\slash",
    "\\|",
    "\\\\",
    "ends with\\",
    "Ünïcödé",
    "日本製",
    "العربية",
    "😀 Toys",
    "@handle:{x}",
    "-minus",
    "~",
    "acme",
    "ACME",
    "Acme",
    "<b>bold</b>",
    "&amp;",
    "(parens) [brackets]",
    "inf",
    "null",
    "a" * 200,
)
PLAIN_BRANDS = tuple(f"Brand {number}" for number in range(70))
CATEGORIES = (
    ("Audio", "Headphones", "In-ear"),
    ("Audio", "Headphones", "Over-ear"),
    ("Audio", "Speakers"),
    ("Home & Garden", "Tools, Hand & Power"),
    ("Home & Garden",),
    ("Bücher", "Romane"),
    ("玩具", "积木"),
    ("Toys & Games", 'Puzzles "3D"'),
)
ADJECTIVES = ["red", "blue", "small", "large", "wireless", "wooden", "foldable", "bright", "quiet", "heavy"]
NOUNS = ["lamp", "chair", "speaker", "headphones", "drill", "puzzle", "novel", "kettle", "bottle", "backpack"]


def product(sku: str, *, name: str = "Thing", **facts: Any) -> Product:
    """A product with what matters to a test; the shop's currency unless another is named."""
    return Product(sku=sku, name=name, **{"currency": Pricing.current().currency, **facts})


def generated(count: int, *, seed: int = 7) -> list[Product]:
    """Products of skewed brands and categories, the same for every run; some lack price, rating, brand or category."""
    chance = random.Random(seed)
    return [_generated(number, chance) for number in range(count)]


def _generated(number: int, chance: random.Random) -> Product:
    brands = AWKWARD_BRANDS if chance.random() < 0.5 else PLAIN_BRANDS
    facts: dict[str, Any] = {
        "brand": brands[int(len(brands) * chance.random() ** 2)],
        "categories": CATEGORIES[int(len(CATEGORIES) * chance.random() ** 1.5)],
        "price": Decimal(chance.choice(("9.99", "10", "24.99", "25", "99.99", "1999.99", "12345.67")))
        + chance.randrange(9),
        "rating": round(chance.random() * 5, 1),
        "description": " ".join(chance.choices(NOUNS + ADJECTIVES, k=12)),
        "popularity": float(chance.randrange(10_000)),
    }
    known = {name: value for name, value in facts.items() if name == "description" or chance.random() < 0.9}
    # A currency without a rate: such prices compare with no other.
    currency = {"currency": "XAU"} if chance.random() < 0.05 else {}
    name = f"{chance.choice(ADJECTIVES)} {chance.choice(NOUNS)} {number}"
    return product(f"generated-{number}", name=name, **known, **currency)


def real(folder: Path) -> list[Product]:
    """The products of the real data set, brands in one spelling each."""
    with gzip.open(folder / "products" / "products.jsonl.gz") as lines:
        rows = [{name: value for name, value in orjson.loads(line).items() if value is not None} for line in lines]
    spelling = operations.spellings(brands=[row["brand"] for row in rows if row.get("brand")])
    return [_real(row, spelling) for row in rows]


def _real(row: dict[str, Any], spelling: dict[str, str]) -> Product:
    kept = ("description", "rating", "rating_count", "popularity", "attributes", "currency")
    facts = {name: row[name] for name in kept if name in row}
    facts |= {name: str(row[name]) for name in ("price", "list_price") if name in row}
    return product(
        row["id"],
        name=row["name"][:500],
        mpn=row.get("sku", ""),
        brand=spelling.get(row.get("brand", ""), ""),
        categories=tuple(row.get("categories", ())[:LEVELS]),
        **facts,
    )


def fill(products: Sequence[Product]) -> None:
    """Create the indexes and store the products with their categories."""
    for document in searched.documents():
        searched.ensure(document)
    for start in range(0, len(products), PRODUCTS_PER_TRIP):
        operations.save_products(products=products[start : start + PRODUCTS_PER_TRIP])
    operations.save_categories(categories=categories_of(products), overwrite=False)


def categories_of(products: Iterable[Product]) -> list[Category]:
    """Every category that the products name, parents included."""
    paths = {product.categories[:level] for product in products for level in range(1, len(product.categories) + 1)}
    return [Category.at(path) for path in sorted(paths)]
