"""The catalogue's documents."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, Field, StringConstraints
from redis_om import Field as KeyField
from slugify import slugify

from catalog import facets, keyspace, search
from catalog.picture_paths import Size, picture_path
from catalog.pricing import Pricing
from redismart.redis.documents import Document
from redismart.redis.indexes import Index, exact_tags, folded_tag, full_text, number, tag

CATEGORY_LEVELS = 3
LONGEST_SLUG = 300
"""Letters of a category's slug path, all levels together."""

Amount = Annotated[Decimal, Field(ge=0, max_digits=14, allow_inf_nan=False)]
Term = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
]
"""A word or a few, as people type them."""

AttributeValue = str | bool | int | float


class Picture(BaseModel):
    """A stored picture: its name, the pixels of its largest size, and its alternative text."""

    name: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    alt: str = ""

    def path(self, size: Size) -> str:
        """Where one size lies under ``/media/``."""
        return picture_path(self.name, size)


class Rated(BaseModel):
    """The mean of some ratings, 0 to 5 stars, and how many there were."""

    rating: float | None = Field(default=None, ge=0, le=5, allow_inf_nan=False)
    count: int = Field(default=0, ge=0)


class Product(Document, index=True):
    """One thing that is sold, under one SKU.

    Amounts are exact decimals in ``currency``. ``rating`` is the mean of ``rating_count`` ratings, 0 to 5
    stars; ``loaded`` is what it was before buyers reviewed. ``popularity`` only ever compares products; sales here add
    to it (``catalog.sales``). ``digest`` identifies the row it was loaded from.
    """

    app: ClassVar[str] = "catalog"

    sku: str = KeyField(primary_key=True, min_length=1, max_length=200)
    mpn: str = Field(default="", max_length=200)
    name: str = Field(min_length=1, max_length=500)
    description: str = Field(default="", max_length=50_000)
    brand: str = Field(default="", max_length=200)
    categories: tuple[str, ...] = Field(default=(), max_length=CATEGORY_LEVELS)
    price: Amount | None = None
    list_price: Amount | None = None
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    rating: float | None = Field(default=None, ge=0, le=5, allow_inf_nan=False)
    rating_count: int = Field(default=0, ge=0)
    loaded: Rated | None = None
    popularity: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    attributes: dict[str, AttributeValue] = Field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = Field(default_factory=lambda: datetime.now(UTC))
    digest: str = ""

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.PRODUCT

    search_index: ClassVar[Index] = Index(
        alias=keyspace.PRODUCT_INDEX,
        prefix=keyspace.product(""),
        score_field="$.x.rank",
        stopwords=search.STOPWORDS,
        fields=(
            full_text("$.name", "name", weight=search.NAME_WEIGHT),
            full_text("$.brand", "brand_text", weight=search.BRAND_WEIGHT),
            full_text("$.categories[*]", "category_text", weight=search.CATEGORY_WEIGHT),
            full_text("$.x.words", "words", weight=search.WORDS_WEIGHT),
            full_text("$.description", "description", weight=search.DESCRIPTION_WEIGHT),
            folded_tag("$.sku", "sku"),
            folded_tag("$.mpn", "mpn"),
            *(tag(f"$.x.{name}", name) for name in (*facets.Facet, facets.JOINT_FIELD, "sample")),
            exact_tags("$.x.paths[*]", "paths"),
            exact_tags(f"$.x.{facets.PLACES_FIELD}[*]", facets.PLACES_FIELD),
            number("$.x.cost", "cost"),
            number("$.x.liked", "liked"),
            number("$.x.popularity", "popularity"),
            # Any measure of the first picture does: it is there only where there is a picture.
            number("$.pictures[0].width", "pictured"),
            number("$.x.created", "created"),
        ),
    )

    @property
    def category_slugs(self) -> tuple[str, ...]:
        """Slug paths of the product's categories, top first: ``audio``, ``audio/headphones``."""
        return slug_paths(self.categories)

    @classmethod
    def index_created(cls, name: str) -> None:
        """Give a new index the shop's synonyms, which RediSearch keeps in indexes only."""
        groups = SynonymGroup.find_many(sorted(cls.db().smembers(keyspace.SYNONYM_NAMES)))
        cls.apply_synonyms(name, [group for group in groups if group is not None])

    @classmethod
    def apply_synonyms(cls, index: str, groups: Sequence["SynonymGroup"]) -> None:
        """Put groups of synonyms to work in an index, which scans its documents again after the last."""
        pipeline = cls.db().pipeline()
        for position, group in enumerate(groups, start=1):
            scan = () if position == len(groups) else ("SKIPINITIALSCAN",)
            pipeline.execute_command("FT.SYNUPDATE", index, group.name, *scan, *search.inflected(group.terms))
        pipeline.execute()

    def projection(self) -> dict[str, Any]:
        """What the index and the result lists read: facet values under ``x``, the card under ``card``."""
        return {"x": self._indexed(Pricing.current()), "card": self._card()}

    def ranking(self, sold: float = 0.0) -> dict[str, float]:
        """How much the product counts in lists, when about so many of it were sold here lately."""
        popularity = self.popularity + sold
        words = len(self.name.split()) + len(self.description.split())
        rank = search.static_rank(words=words, popularity=popularity, rating=self.rating, ratings=self.rating_count)
        return {"rank": rank, "popularity": popularity}

    def _indexed(self, pricing: Pricing) -> dict[str, Any]:
        slugs = self.category_slugs
        category = slugs[0] if slugs else facets.NO_CATEGORY
        sub = slugs[1] if len(slugs) > 1 else f"{category}/{facets.OTHER_SUB}"
        cost = pricing.comparable(self.price, self.currency)
        price, rating = pricing.bands.key_for(cost), facets.rating_key(self.rating)
        return {
            "paths": slugs,
            "category": category,
            "sub": sub,
            "brand": self.brand or facets.NO_BRAND,
            "price": price,
            "rating": rating,
            "joint": facets.joint_key(sub=sub, price=price, rating=rating),
            "sample": facets.sample_key(self.sku),
            # Until somebody tells how much there is of it.
            **facets.stocked(()),
            "words": search.indexed_words(self.attributes, self.mpn),
            **self.ranking(),
            "created": int(self.created.timestamp()),
            **({} if cost is None else {"cost": float(cost)}),
            **({} if self.rating is None else {"liked": search.mean_rating(self.rating, self.rating_count)}),
        }

    def _card(self) -> dict[str, Any]:
        picture = self.pictures[0].model_dump() if self.pictures else None
        return {
            "sku": self.sku,
            "name": self.name,
            "brand": self.brand,
            "price": None if self.price is None else str(self.price),
            "list_price": None if self.list_price is None else str(self.list_price),
            "currency": self.currency,
            "rating": self.rating,
            "rating_count": self.rating_count,
            "category": self.categories[0] if self.categories else "",
            "picture": picture,
        }


class Category(Document, index=True):
    """A node of the category tree, known by its slug path (``audio/headphones``)."""

    app: ClassVar[str] = "catalog"

    slug: str = KeyField(primary_key=True, min_length=1, max_length=LONGEST_SLUG)
    path: tuple[str, ...] = Field(min_length=1, max_length=CATEGORY_LEVELS)
    picture: Picture | None = None
    description: str = Field(default="", max_length=2_000)
    position: int = 1_000

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.CATEGORY

    search_index: ClassVar[Index] = Index(
        alias=keyspace.CATEGORY_INDEX,
        prefix=f"{keyspace.PREFIX}:{keyspace.CATEGORY}:",
        fields=(tag("$.slug", "slug"), full_text("$.path[*]", "name", weight=1), number("$.position", "position")),
    )

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def parent(self) -> str:
        """The slug path of the category above; empty at the top."""
        return self.slug.rpartition("/")[0]

    @classmethod
    def at(cls, path: tuple[str, ...]) -> Self:
        """A plain category at a path of names."""
        return cls(slug=slug_paths(path)[-1], path=path)


class Review(Document, index=True):
    """What one shopper says of one product. ``verified``: one who bought it here; ``hidden``: by staff."""

    app: ClassVar[str] = "catalog"

    review_id: str = KeyField(primary_key=True, min_length=1, max_length=300)
    sku: str = Field(min_length=1, max_length=200)
    author: str = Field(default="", max_length=100)
    stars: int = Field(ge=1, le=5)
    title: str = Field(default="", max_length=200)
    text: str = Field(default="", max_length=10_000)
    verified: bool = False
    hidden: bool = False
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.REVIEW

    search_index: ClassVar[Index] = Index(
        alias=keyspace.REVIEW_INDEX,
        prefix=f"{keyspace.PREFIX}:{keyspace.REVIEW}:",
        fields=(
            tag("$.sku", "sku"),
            number("$.x.created", "created"),
            number("$.stars", "stars"),
            number("$.x.verified", "verified"),
            number("$.x.hidden", "hidden"),
            full_text("$.text", "text", weight=1),
        ),
    )

    def projection(self) -> dict[str, Any]:
        return {"x": {"created": int(self.created.timestamp()), "verified": int(self.verified), **self.moderated()}}

    def moderated(self) -> dict[str, int]:
        """What the index knows of moderation: nothing of what is shown, as of reviews that older releases stored."""
        return {"hidden": 1} if self.hidden else {}


class SynonymGroup(Document, index=True):
    """Words that mean the same to a shopper; searching one finds all."""

    app: ClassVar[str] = "catalog"

    name: str = KeyField(primary_key=True, pattern=r"^[a-z0-9-]{1,60}$")
    terms: tuple[Term, ...] = Field(min_length=2, max_length=50)

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.SYNONYMS


@lru_cache(maxsize=20_000)
def slug_paths(names: tuple[str, ...]) -> tuple[str, ...]:
    """Slug paths of a category path: ``("Audio", "Headphones")`` gives ``audio``, ``audio/headphones``.

    Names that differ only in case or punctuation share a slug, and so are one category. Remembered: a shop has
    thousands of products for each of its categories.
    """
    slugs = [slugify(name, allow_unicode=True) or "other" for name in names[:CATEGORY_LEVELS]]
    return tuple("/".join(slugs[: level + 1]) for level in range(len(slugs)))
