"""Reads the hooks that the shop's pages carry for tests and analytics: ``data-`` attributes of their elements."""

from html.parser import HTMLParser

from django.http.response import HttpResponseBase


class Elements(HTMLParser):
    """Every element's attributes, in the order of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def elements(response: HttpResponseBase, attribute: str) -> list[dict[str, str]]:
    """The attributes of every element that has ``attribute``."""
    found = Elements(getattr(response, "content", b"").decode()).found
    return [attributes for _tag, attributes in found if attribute in attributes]


def skus(response: HttpResponseBase) -> list[str]:
    """The SKUs of the products on a page, in their order."""
    return [element["data-sku"] for element in elements(response, "data-sku")]


def total(response: HttpResponseBase) -> int:
    """How many results a page says it has."""
    (element,) = elements(response, "data-total")
    return int(element["data-total"])


def facet_counts(response: HttpResponseBase) -> dict[tuple[str, str], int]:
    """Counts by facet and value."""
    return {
        (element["data-facet"], element["data-value"]): int(element["data-count"])
        for element in elements(response, "data-count")
    }
