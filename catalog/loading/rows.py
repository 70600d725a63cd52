"""One row of RedisMart's own format, checked: see docs/loading.md for its columns. Pure.

Adapters bring every other format into this one, so whatever is loaded passes here.
"""

import hashlib
import math
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from catalog.loading import amounts
from catalog.models import CATEGORY_LEVELS, AttributeValue, slug_paths
from catalog.pricing import Pricing
from redismart.loading import cleaning

LONGEST_DESCRIPTION = 50_000
LONGEST_CATEGORY = 100
MOST_CATEGORIES = 20
LONGEST_SLUG = 300
MOST_ATTRIBUTES = 200
LONGEST_ATTRIBUTE_NAME = 100
LONGEST_ATTRIBUTE = 20_000
LARGEST_INTEGER = 2**63 - 1
LARGEST_NUMBER = 1e300
MOST_PICTURES = 50
MOST_REVIEWS = 1_000
DEEPER_LEVELS = "Product type"
"""The attribute that keeps category levels below the third, so that they can still be searched."""


def _line(value: Any) -> Any:
    return cleaning.line(value) if isinstance(value, str) else value


def _paragraphs(value: Any) -> Any:
    return cleaning.paragraphs(value) if isinstance(value, str) else value


def _identifier(value: Any) -> Any:
    return cleaning.key(_line(value))


def _written(value: Any) -> Any:
    """A time as text: a bare number could be seconds, milliseconds or a year."""
    if not isinstance(value, str):
        raise ValueError("must be a time in ISO 8601 with a zone, such as 2026-03-01T09:30:00Z")  # noqa: TRY004
    return value.strip()


def _whole(value: Any) -> Any:
    """Counts that a spreadsheet wrote as ``15.0``."""
    if isinstance(value, str) and value.strip().endswith(".0"):
        return value.strip()[:-2]
    return value


# The limits stand before the cleaning, so that they apply to what it leaves.
Key = Annotated[str, StringConstraints(min_length=1, max_length=cleaning.LONGEST_KEY), BeforeValidator(cleaning.key)]
Identifier = Annotated[str, StringConstraints(max_length=cleaning.LONGEST_KEY), BeforeValidator(_identifier)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=500), BeforeValidator(_line)]
Line = Annotated[str, StringConstraints(max_length=200), BeforeValidator(_line)]
Author = Annotated[str, StringConstraints(max_length=100), BeforeValidator(_line)]
Level = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_CATEGORY), BeforeValidator(_line)]
Paragraphs = Annotated[str, StringConstraints(max_length=10_000), BeforeValidator(_paragraphs)]
Time = Annotated[AwareDatetime, BeforeValidator(_written)]
Count = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=10**12)]


class ReviewRow(BaseModel):
    """A review as it stands in its product's row."""

    model_config = ConfigDict(frozen=True)

    author: Author = ""
    stars: int = Field(ge=1, le=5)
    title: Line = ""
    text: Paragraphs = ""
    created: Time | None = None

    @property
    def digest(self) -> str:
        """Identifies the review among those of its product."""
        content = "\0".join((self.author, str(self.stars), self.title, self.text))
        return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


class Row(BaseModel):
    """One product row. Unknown columns are ignored."""

    model_config = ConfigDict(coerce_numbers_to_str=True, frozen=True)

    sku: Key
    mpn: Identifier = ""
    name: Name
    description: str = ""
    brand: Line = ""
    categories: tuple[Level, ...] = Field(default=(), max_length=MOST_CATEGORIES)
    currency: str = Field(default_factory=lambda: Pricing.current().currency, validate_default=True)
    price: Decimal | None = None
    list_price: Decimal | None = None
    rating: float | None = Field(default=None, ge=0, le=5, allow_inf_nan=False)
    rating_count: Count = 0
    popularity: float | None = Field(default=None, ge=0, le=1e15, allow_inf_nan=False)
    attributes: dict[str, AttributeValue] = Field(default_factory=dict)
    pictures: tuple[Annotated[str, Field(min_length=1, max_length=1_000)], ...] | None = Field(
        default=None, max_length=MOST_PICTURES
    )
    """None where the row does not speak of any; an empty list says that there are none."""
    reviews: tuple[ReviewRow, ...] = Field(default=(), max_length=MOST_REVIEWS)
    created: Time | None = None
    updated: Time | None = None

    @field_validator("description", mode="before")
    @classmethod
    def _plain_description(cls, value: Any) -> Any:
        # Twice the room, since markup goes: what is longer is cut, and not worth parsing to its end.
        return cleaning.paragraphs(value[: LONGEST_DESCRIPTION * 2]) if isinstance(value, str) else value

    @field_validator("categories", mode="before")
    @classmethod
    def _named_categories(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise ValueError("must be a list of names, top first")  # noqa: TRY004
        return tuple(name for name in value if name not in ("", None))

    @field_validator("categories", mode="after")
    @classmethod
    def _short_categories(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # A name may get longer on its way into an address: one letter can stand for a whole phrase.
        if value and len(slug_paths(value)[-1]) > LONGEST_SLUG:
            raise ValueError("are too long for an address: shorten their names")
        return value

    @field_validator("currency", mode="before")
    @classmethod
    def _known_currency(cls, value: Any) -> Any:
        code = value.strip().upper() if isinstance(value, str) else value
        if not isinstance(code, str) or amounts.currency_digits(code) is None:
            raise ValueError("is not an ISO 4217 currency code such as USD or EUR")
        return code

    @field_validator("price", "list_price", mode="before")
    @classmethod
    def _exact_amount(cls, value: Any, info: ValidationInfo) -> Decimal:
        amount = amounts.exact(value)
        # Without a valid currency the row is rejected for that; its digits say nothing about the amount.
        currency = info.data.get("currency")
        return amount if currency is None else amounts.in_currency(amount, currency)

    @field_validator("attributes", mode="before")
    @classmethod
    def _plain_attributes(cls, value: Any) -> dict[str, AttributeValue]:
        if not isinstance(value, dict):
            raise ValueError("must be an object of names and values")  # noqa: TRY004
        if len(value) > MOST_ATTRIBUTES:
            raise ValueError(f"has more than {MOST_ATTRIBUTES} entries")
        return {
            _attribute_name(str(name)): _attribute(name, held) for name, held in value.items() if held not in (None, "")
        }

    @property
    def levels(self) -> tuple[str, ...]:
        """The category levels that the shop has pages for."""
        return self.categories[:CATEGORY_LEVELS]

    @property
    def all_attributes(self) -> dict[str, AttributeValue]:
        """The attributes, deeper category levels among them."""
        deeper = self.categories[CATEGORY_LEVELS:]
        return {**self.attributes, DEEPER_LEVELS: " > ".join(deeper)} if deeper else self.attributes

    @property
    def shown_description(self) -> str:
        """The description, cut where it is too long for a page."""
        return self.description[:LONGEST_DESCRIPTION]

    @property
    def former_price(self) -> Decimal | None:
        """The crossed-out price, when it makes the price look reduced."""
        reduced = self.list_price is not None and self.price is not None and self.list_price > self.price
        return self.list_price if reduced else None

    @property
    def notes(self) -> list[tuple[str, object, str]]:
        """What is loaded otherwise than it was written: field, value and what was done."""
        found: list[tuple[str, object, str]] = []
        if len(self.description) > LONGEST_DESCRIPTION:
            found.append(("description", self.description, f"cut to its first {LONGEST_DESCRIPTION} characters"))
        if self.list_price is not None and self.price is not None and self.list_price < self.price:
            found.append(("list_price", str(self.list_price), f"left out: lower than the price of {self.price}"))
        return found

    @property
    def demand(self) -> float:
        """The popularity. Where none is given, the number of ratings stands in: at least as many have bought."""
        return float(self.rating_count) if self.popularity is None else self.popularity

    @property
    def stars(self) -> tuple[float | None, int]:
        """Rating and how many gave one; of the row's reviews when it has no rating of its own."""
        if self.rating is None and self.reviews:
            stars = [review.stars for review in self.reviews]
            return round(sum(stars) / len(stars), 2), len(stars)
        if not self.rating and not self.rating_count:
            return None, 0
        return self.rating, self.rating_count


def read(fields: Mapping[str, Any]) -> Row:
    """A checked row; null and empty fields count as absent. Raises pydantic's ``ValidationError``."""
    return Row.model_validate({name: value for name, value in fields.items() if value is not None and value != ""})


@lru_cache(maxsize=20_000)
def _attribute_name(name: str) -> str:
    text = cleaning.line(name)
    if not text or len(text) > LONGEST_ATTRIBUTE_NAME:
        raise ValueError(f"has a name that is empty or longer than {LONGEST_ATTRIBUTE_NAME} characters")
    return text


def _attribute(name: str, value: Any) -> AttributeValue:
    if isinstance(value, str):
        if len(value) > LONGEST_ATTRIBUTE:
            raise ValueError(f"has a value longer than {LONGEST_ATTRIBUTE} characters ({name})")
        return cleaning.line(value)
    if isinstance(value, Decimal) or (isinstance(value, int) and abs(value) > LARGEST_INTEGER):
        value = float(value)
    if not isinstance(value, bool | int | float):
        raise ValueError(f"has a value that is neither text, number nor true/false ({name})")  # noqa: TRY004
    if (isinstance(value, float) and not math.isfinite(value)) or abs(value) > LARGEST_NUMBER:
        raise ValueError(f"has a value that is not a finite number ({name})")
    return value
