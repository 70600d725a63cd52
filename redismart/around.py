"""Where a visitor is, for apps that know nothing of places: who knows tells which locations are near."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Around:
    """What a visitor said of where they are, and the ids of the locations near it; nearest first, maybe none."""

    label: str
    places: tuple[str, ...] = ()


Provider = Callable[["HttpRequest"], Around | None]

_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Have this function asked from now on, in this process."""
    _providers[:] = [provider]


def of(request: "HttpRequest") -> Around | None:
    """Where the visitor of a request is; None when nobody knows."""
    return _providers[0](request) if _providers else None
