"""Items by what people type: a part of their SKU, or words of what their product is called. Pure."""

from collections.abc import Sequence

from redismart.redis.clauses import Params, any_of, tag_any

SHORTEST = 2
"""Characters: RediSearch looks for no shorter parts of words."""


def too_short(text: str) -> bool:
    """Whether there is a text, but nothing is looked for by it."""
    return 0 < len(text) < SHORTEST


def clause(text: str, named: Sequence[str], params: Params) -> str:
    """Of an index with a tag ``sku``, and the same folded as ``text``; ``named`` are SKUs of products called so."""
    part = f"@text:{{*{params.add(text)}*}}"
    return any_of([part, tag_any("sku", named, params)]) if named else part
