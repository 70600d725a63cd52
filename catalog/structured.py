"""A product in the words of schema.org, for search engines. Source: https://schema.org/Product. Pure."""

from typing import Any

from catalog.models import Product
from catalog.queries import ProductPage

LONGEST_DESCRIPTION = 5_000


def structured_data(page: ProductPage, *, address: str) -> dict[str, Any]:
    """JSON-LD of a product page; what the shop does not know is left out."""
    product = page.product
    facts = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "sku": product.sku,
        "mpn": product.mpn,
        "url": address,
        "description": product.description[:LONGEST_DESCRIPTION],
        "brand": {"@type": "Brand", "name": product.brand} if product.brand else None,
        "category": " > ".join(product.categories),
        "offers": _offer(product, address),
        "aggregateRating": _rating(product),
    }
    return {name: value for name, value in facts.items() if value}


def _offer(product: Product, address: str) -> dict[str, str] | None:
    if product.price is None:
        return None
    return {"@type": "Offer", "price": str(product.price), "priceCurrency": product.currency, "url": address}


def _rating(product: Product) -> dict[str, Any] | None:
    """Search engines refuse a rating without a count."""
    if product.rating is None or not product.rating_count:
        return None
    return {
        "@type": "AggregateRating",
        "ratingValue": product.rating,
        "ratingCount": product.rating_count,
        "worstRating": 0,
    }
