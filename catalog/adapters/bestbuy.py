"""Best Buy's open data set: github.com/BestBuyAPIs/open-data-set, ``products.json`` (CC0).

One JSON array of objects: ``sku`` int, ``name``, ``type`` ("HardGood", "Software" …), ``price`` number
in USD, ``upc`` digits as text, ``category`` list of {``id``, ``name``} from the top down, ``shipping``
number or "", ``description``, ``manufacturer``, ``model``, ``url``, ``image`` address of a picture.

The picture is looked up by the last part of its address, so a folder of downloaded pictures fits.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

NAME = "bestbuy"
CURRENCY = "USD"
ATTRIBUTES = {"type": "Kind", "upc": "UPC", "shipping": "Shipping"}


def recognises(record: Mapping[str, Any]) -> bool:
    """The key ``category`` as a list of objects; the own format has ``categories``."""
    return {"sku", "name", "category"} <= record.keys() and isinstance(record["category"], list)


def adapt(record: Mapping[str, Any]) -> dict[str, Any]:
    """The row."""
    return {
        "sku": record.get("sku"),
        "mpn": record.get("model"),
        "name": record.get("name"),
        "description": record.get("description"),
        "brand": record.get("manufacturer"),
        "categories": _names(record.get("category")),
        "price": record.get("price"),
        "currency": CURRENCY,
        "attributes": {label: record.get(field) for field, label in ATTRIBUTES.items()},
        "pictures": _pictures(record.get("image")) or None,
    }


def _names(levels: Any) -> list[Any]:
    return [level.get("name") for level in levels if isinstance(level, Mapping)] if isinstance(levels, list) else []


def _pictures(address: Any) -> list[str]:
    if not isinstance(address, str):
        return []
    try:
        name = PurePosixPath(urlsplit(address).path).name
    except ValueError:
        return []
    return [name] if name else []
