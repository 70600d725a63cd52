"""What the catalogue promises other apps."""

from catalog.addresses import Addresses
from catalog.by_sku import cards, names
from catalog.changes import BEGINNING, Changes, Traits, changes, known, latest, some_skus, traits
from catalog.facets import PRODUCT_FACETS, Facet, Selection, selection_clauses
from catalog.finding import matched_page
from catalog.models import Picture, Product, Review
from catalog.picture_paths import picture_path
from catalog.requests import search_request
from catalog.results import Card, SearchPage, Sort
from catalog.reviews import UnknownProductError
from catalog.reviews import write as write_review
from catalog.sales import record as record_sales
from catalog.search import stems
from catalog.stocked import Stocked
from catalog.stocked import tell as tell_stock

__all__ = [
    "BEGINNING",
    "PRODUCT_FACETS",
    "Addresses",
    "Card",
    "Changes",
    "Facet",
    "Picture",
    "Product",
    "Review",
    "SearchPage",
    "Selection",
    "Sort",
    "Stocked",
    "Traits",
    "UnknownProductError",
    "cards",
    "changes",
    "known",
    "latest",
    "matched_page",
    "names",
    "picture_path",
    "record_sales",
    "search_request",
    "selection_clauses",
    "some_skus",
    "stems",
    "tell_stock",
    "traits",
    "write_review",
]
