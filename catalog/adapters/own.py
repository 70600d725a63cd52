"""RedisMart's own format, as JSON lines, a JSON array or CSV.

Specification: docs/loading.md. Required are ``sku`` (or ``id``) and ``name``. Where both ``id`` and
``sku`` are given, ``id`` is the unique key and ``sku`` the manufacturer's part number, which
several products may share.

In CSV, categories are joined by " > ", pictures by " | ", and ``attributes`` and ``reviews`` are JSON;
a column ``attributes.NAME`` holds one attribute.
"""

from collections.abc import Mapping
from typing import Any

import orjson

NAME = "own"
CATEGORY_SEPARATOR = ">"
PICTURE_SEPARATOR = "|"
ATTRIBUTE_COLUMN = "attributes."
TELLING = frozenset({"price", "currency", "brand", "categories", "mpn", "rating", "attributes", "pictures", "image"})
LOOSE_ATTRIBUTES = ("color", "colour", "size", "material")
"""Columns of their own in many exports; a shopper searches for them like for any attribute."""


def recognises(record: Mapping[str, Any]) -> bool:
    """A name and a key. An ``id`` alone may be that of anything, such as a category: a product has more to it."""
    return "name" in record and ("sku" in record or ("id" in record and not TELLING.isdisjoint(record)))


def adapt(record: Mapping[str, Any]) -> dict[str, Any]:
    """The row, with the shorthands of the format written out."""
    row = dict(record)
    if row.get("id") not in (None, ""):
        row["mpn"] = row.get("mpn") or row.get("sku")
        row["sku"] = row["id"]
    if isinstance(row.get("categories"), str):
        row["categories"] = _split(row["categories"], CATEGORY_SEPARATOR)
    row["pictures"] = _pictures(row)
    row["reviews"] = _decoded(row.get("reviews"))
    attributes = _decoded(row.get("attributes"))
    row["attributes"] = _with_loose(attributes, row) if isinstance(attributes, dict) or not attributes else attributes
    if row.get("popularity") is None and isinstance(attributes, dict) and _is_number(attributes.get("popularity")):
        row["popularity"] = row["attributes"].pop("popularity")
    return row


def _pictures(row: Mapping[str, Any]) -> Any:
    """All pictures; a lone ``image`` is one. An empty list, or nothing but a separator, says that there are none."""
    pictures = row.get("pictures")
    if pictures in (None, ""):
        image = row.get("image")
        return [image] if isinstance(image, str) and image else image
    return _split(pictures, PICTURE_SEPARATOR) if isinstance(pictures, str) else pictures


def _with_loose(attributes: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(attributes or {})
    for name in LOOSE_ATTRIBUTES:
        if isinstance(row.get(name), str) and row[name]:
            found.setdefault(name, row[name])
    for name, value in row.items():
        if name.startswith(ATTRIBUTE_COLUMN) and value not in (None, ""):
            found.setdefault(name.removeprefix(ATTRIBUTE_COLUMN), value)
    return found


def _decoded(value: Any) -> Any:
    """JSON in a CSV cell; what is no JSON stays as it is and is refused by the row's check."""
    if not isinstance(value, str) or not value.strip():
        return value or None
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _split(joined: str, separator: str) -> list[str]:
    return [part.strip() for part in joined.split(separator) if part.strip()]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
