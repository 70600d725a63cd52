"""Wayfair's annotation data set WANDS: github.com/wayfair/WANDS, ``dataset/product.csv`` (MIT).

Tab-separated with quoted fields: ``product_id``, ``product_name``, ``product_class`` (several joined by
"|"), ``category hierarchy`` (names joined by " / ", top first; its documentation writes
``category_hierarchy``), ``product_description``, ``product_features`` ("name:value" joined by "|", names
repeated, some empty), ``rating_count`` and ``review_count`` (written as 15.0), ``average_rating`` 0 to 5.

It has no prices, brands or pictures.
"""

from collections.abc import Mapping
from typing import Any

NAME = "wands"
CLASS = "Class"


def recognises(record: Mapping[str, Any]) -> bool:
    """The names of its key columns."""
    return {"product_id", "product_name"} <= record.keys()


def adapt(record: Mapping[str, Any]) -> dict[str, Any]:
    """The row."""
    path = str(record.get("category hierarchy") or record.get("category_hierarchy") or "")
    classes = [name.strip() for name in str(record.get("product_class") or "").split("|") if name.strip()]
    return {
        "sku": record.get("product_id"),
        "name": record.get("product_name"),
        "description": record.get("product_description"),
        "categories": [name.strip() for name in path.split(" / ") if name.strip()] or classes[:1],
        "rating": record.get("average_rating"),
        "rating_count": record.get("rating_count"),
        "attributes": _features(str(record.get("product_features") or ""))
        | ({CLASS: ", ".join(classes)} if classes else {}),
    }


def _features(joined: str) -> dict[str, str]:
    """Features by name, the values of a repeated one joined."""
    found: dict[str, list[str]] = {}
    for feature in joined.split("|"):
        name, _, value = (part.strip() for part in feature.partition(":"))
        if name and value:
            values = found.setdefault(name, [])
            if value not in values:
                values.append(value)
    return {name: ", ".join(values) for name, values in found.items()}
