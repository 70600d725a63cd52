"""What the catalogue promises other apps."""

from catalog.models import Picture, Product, Review
from catalog.queries import cards, names
from catalog.results import Card
from catalog.reviews import UnknownProductError
from catalog.reviews import write as write_review
from catalog.sales import record as record_sales

__all__ = [
    "Card",
    "Picture",
    "Product",
    "Review",
    "UnknownProductError",
    "cards",
    "names",
    "record_sales",
    "write_review",
]
