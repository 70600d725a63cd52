"""What products are called, for apps that know nothing of products: whoever keeps them provides it when ready."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from redis.exceptions import RedisError

Provider = Callable[[Sequence[str]], Mapping[str, str]]
"""Names by SKU, in one round trip; SKUs that no product has are left out."""

_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Have a function asked for names from now on, in this process."""
    _providers[:] = [provider]


def of(skus: Iterable[str]) -> Mapping[str, str]:
    """Names by SKU, each asked for once. Without the catalogue there are none: nobody should wait for a name."""
    wanted = list(dict.fromkeys(skus))
    try:
        return _providers[0](wanted) if _providers and wanted else {}
    except (RedisError, OSError):
        return {}
