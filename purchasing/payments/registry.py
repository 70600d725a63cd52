"""Which providers there are, by name. Each is registered when the app gets ready."""

from purchasing.payments import Provider

_known: dict[str, Provider] = {}


class UnknownProviderError(LookupError):
    """No such provider: register it, or set the keys it wants."""


def register(provider: Provider) -> None:
    """Have a provider known by its name; another of the same name is replaced."""
    _known[provider.name] = provider


def provider(name: str) -> Provider:
    """Raises ``UnknownProviderError``."""
    if name not in _known:
        known = ", ".join(sorted(_known)) or "none"
        raise UnknownProviderError(f"There is no payment provider {name!r}; known: {known}.")
    return _known[name]


def names() -> tuple[str, ...]:
    """The registered providers, in the order in which they were."""
    return tuple(_known)
