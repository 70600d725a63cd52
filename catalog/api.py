"""What the catalogue promises other apps."""

from catalog.addresses import Addresses
from catalog.by_sku import cards, names
from catalog.changes import BEGINNING, Changes, Traits, changes, known, latest, some_skus, traits
from catalog.facets import Facet, Selection, selection_clauses
from catalog.finding import matched_page
from catalog.models import Picture, Product, Review
from catalog.picture_paths import picture_path
from catalog.requests import search_request
from catalog.results import Card, SearchPage, Sort
from catalog.reviews import UnknownProductError
from catalog.reviews import write as write_review
from catalog.sales import record as record_sales
from catalog.search import stems

__all__ = [
    "BEGINNING",
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
    "traits",
    "write_review",
]
