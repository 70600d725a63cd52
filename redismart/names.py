"""What products are called, and which are called so, for apps that know nothing of products: who keeps them tells."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from redis.exceptions import RedisError

Provider = Callable[[Sequence[str]], Mapping[str, str]]
"""Names by SKU, in one round trip; SKUs that no product has are left out."""

Finder = Callable[[str, int], Sequence[str]]
"""SKUs of products whose names have every word of a text, or words that begin so; no more than asked for."""

MOST_FOUND = 200
"""A search for stock names each of them: as many as RediSearch looks through for a part of a SKU."""

_providers: list[Provider] = []
_finders: list[Finder] = []


def provide(provider: Provider, finder: Finder) -> None:
    """Have these functions asked from now on, in this process."""
    _providers[:], _finders[:] = [provider], [finder]


def of(skus: Iterable[str]) -> Mapping[str, str]:
    """Names by SKU, each asked for once. Without the catalogue there are none: nobody should wait for a name."""
    wanted = list(dict.fromkeys(skus))
    try:
        return _providers[0](wanted) if _providers and wanted else {}
    except (RedisError, OSError):
        return {}


def skus(text: str) -> tuple[str, ...]:
    """SKUs of products that are called so, ``MOST_FOUND`` at most, in one round trip; none without the catalogue."""
    try:
        return tuple(_finders[0](text, MOST_FOUND)) if _finders and text else ()
    except (RedisError, OSError):
        return ()
