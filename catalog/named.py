"""Products by their names alone, for those who work with stock: descriptions say what goes with what."""

from catalog import keyspace, search
from catalog.models import Product
from catalog.search import Text
from redismart.redis import replies
from redismart.redis.clauses import Params


def skus(*, text: str, most: int) -> list[str]:
    """SKUs of products whose names have every word of a text, or words that begin so; the best match first."""
    words, params = Text.parse(text).words, Params()
    if not words:
        return []
    query = f"@name:({' '.join(search.begun(word, params) for word in words)})"
    told = ("RETURN", 1, "sku", "LIMIT", 0, most, *params.arguments())
    found = Product.db().execute_command("FT.SEARCH", keyspace.PRODUCT_INDEX, query, *told)
    return [row["sku"] for row in replies.hits(found).rows if "sku" in row]
