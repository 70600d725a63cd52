"""The SKUs of a file of products, for stock and sales to be made up of."""

from pathlib import Path

import orjson

from redismart.loading.problems import LoadError


def of_products(path: Path) -> list[str]:
    """One product a line, as JSON with a ``sku``. Raises ``LoadError``."""
    try:
        found = [orjson.loads(line)["sku"] for line in path.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise LoadError(f"{path} cannot be read ({error.strerror}): name a file of products.") from None
    except (ValueError, TypeError, KeyError):
        raise LoadError(f"{path} is no file of products: one a line as JSON, each with a sku.") from None
    if not found:
        raise LoadError(f"{path} is no file of products: it has none.")
    return found
