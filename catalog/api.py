"""What the catalogue promises other apps."""

from catalog.models import Picture, Product, Review
from catalog.operations import save_reviews
from catalog.queries import cards, names
from catalog.results import Card

__all__ = ["Card", "Picture", "Product", "Review", "cards", "names", "save_reviews"]
