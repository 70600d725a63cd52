"""Amazon Berkeley Objects: amazon-berkeley-objects.s3.amazonaws.com (CC BY 4.0).

``listings/metadata/listings_*.json.gz``: JSON lines. Texts are lists of {``language_tag``, ``value``}:
``item_name``, ``brand``, ``bullet_point``, ``product_description`` (HTML), ``color``, ``material``,
``style``, ``pattern``, ``fabric_type``, ``finish_type``, ``item_shape``, ``model_name``, ``model_number``.
``product_type`` is a text or a list of {``value``}. ``node`` is a list of {``node_id``, ``node_name``} (its
documentation writes ``path``), "/Categories/Baby Products/…". ``item_weight`` is a list with a
``normalized_value`` {``unit``, ``value``}, ``item_dimensions`` has one each for height, length, width.
``main_image_id`` and ``other_image_id`` name pictures by the ``image_id`` of ``images.csv``
(``image_id``, ``height``, ``width``, ``path``).

A listing is unique by ``item_id`` and ``domain_name`` together. It has no prices or ratings.
"""

from collections.abc import Iterator, Mapping
from typing import Any

NAME = "abo"
MAIN_DOMAIN = "amazon.com"
PREFERRED = ("en_US", "en_GB", "en_CA", "en_IN", "en_AU")
ROOTS = frozenset({"Categories", "Categorías", "Catégories", "Kategorien", "Categorie", "カテゴリー別", "Self Service"})
SIDES = ("height", "length", "width")
TEXTS = {
    "color": "Colour",
    "material": "Material",
    "style": "Style",
    "pattern": "Pattern",
    "fabric_type": "Fabric",
    "finish_type": "Finish",
    "item_shape": "Shape",
    "model_name": "Model name",
    "model_year": "Model year",
}


def recognises(record: Mapping[str, Any]) -> bool:
    """Its key, and names by language."""
    return "item_id" in record and isinstance(record.get("item_name", []), list)


def adapt(record: Mapping[str, Any]) -> dict[str, Any]:
    """The row, in English where there is any, else in the listing's own language."""
    details = [_text(record, "product_description"), *_texts(record, "bullet_point")]
    return {
        "sku": _sku(record),
        "mpn": _text(record, "model_number"),
        "name": _text(record, "item_name"),
        "description": "\n\n".join(detail for detail in details if detail),
        "brand": _text(record, "brand"),
        "categories": _categories(record),
        "attributes": dict(_attributes(record)),
        "pictures": _pictures(record) or None,
    }


def _sku(record: Mapping[str, Any]) -> Any:
    domain = record.get("domain_name")
    return record.get("item_id") if domain in (None, "", MAIN_DOMAIN) else f"{record.get('item_id')}@{domain}"


def _values(record: Mapping[str, Any], field: str) -> list[tuple[str, str]]:
    """(language, value) pairs of a field, whatever its form."""
    held = record.get(field)
    entries = held if isinstance(held, list) else [held]
    pairs = [
        (entry.get("language_tag", ""), entry.get("value")) if isinstance(entry, Mapping) else ("", entry)
        for entry in entries
    ]
    return [
        (str(language), str(value)) for language, value in pairs if isinstance(value, str | int | float) and str(value)
    ]


def _texts(record: Mapping[str, Any], field: str) -> list[str]:
    """The values of a field in its best language, each once."""
    values = _values(record, field)
    best = min((language for language, _ in values), key=_distance, default="")
    return list(dict.fromkeys(value for language, value in values if language == best))


def _text(record: Mapping[str, Any], field: str) -> str | None:
    return next(iter(_texts(record, field)), None)


def _distance(language: str) -> tuple[int, str]:
    if language in PREFERRED:
        return PREFERRED.index(language), language
    return (len(PREFERRED) if language.startswith("en") else len(PREFERRED) + 1), language


def _categories(record: Mapping[str, Any]) -> list[str]:
    """The listing's place in the category tree, or its product type in words."""
    nodes = record.get("node")
    for node in nodes if isinstance(nodes, list) else []:
        path = (node.get("node_name") or node.get("path")) if isinstance(node, Mapping) else None
        names = [name.strip() for name in str(path or "").split("/") if name.strip()]
        if names and names[0] in ROOTS:
            names = names[1:]
        if names:
            return names
    kind = _text(record, "product_type")
    return [kind.replace("_", " ").capitalize()] if kind else []


def _attributes(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field, label in TEXTS.items():
        if value := _text(record, field):
            yield label, value
    weights = record.get("item_weight")
    if isinstance(weights, list) and weights and (weight := _measure(weights[0])):
        yield "Weight", weight
    dimensions = record.get("item_dimensions")
    if isinstance(dimensions, Mapping):
        sizes = {side: _measure(dimensions.get(side)) for side in SIDES}
        yield from ((side.capitalize(), size) for side, size in sizes.items() if size)


def _measure(held: Any) -> str:
    """A measure in its normal unit: ``1.45 pounds``."""
    if not isinstance(held, Mapping):
        return ""
    measure = held.get("normalized_value")
    measure = measure if isinstance(measure, Mapping) else held
    value, unit = measure.get("value"), measure.get("unit")
    return f"{float(value):.4g} {unit}" if isinstance(value, int | float) and unit else ""


def _pictures(record: Mapping[str, Any]) -> list[str]:
    others = record.get("other_image_id")
    names = [record.get("main_image_id"), *(others if isinstance(others, list) else [])]
    return list(dict.fromkeys(name for name in names if isinstance(name, str) and name))
