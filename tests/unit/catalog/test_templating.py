"""Addresses and names that the templates ask the catalogue for."""

from urllib.parse import unquote

import pytest
from django.template import engines
from django.test import RequestFactory

from catalog.facets import Facet
from catalog.models import Picture
from catalog.templating import category_url, picture_srcset, picture_url, product_url
from catalog.tree import Tree

PICTURE = Picture(name="ab" * 16, width=1080, height=540)


@pytest.mark.parametrize("sku", ["A1", "a/b", "a?b#c", "50%", 'say "hi" & <go>', "größe 42", "a b"])
def test_any_sku_has_an_address_that_leads_back_to_it(sku: str) -> None:
    address = product_url(sku)
    assert not set(address) & set('?#" <>&')
    assert unquote(address) == f"/product/{sku}/"


def test_a_category_keeps_the_levels_in_its_address() -> None:
    assert category_url("audio/headphones") == "/category/audio/headphones/"


def test_a_picture_says_how_wide_each_size_really_is() -> None:
    assert picture_url(PICTURE, "medium") == f"/media/ab/ab/{'ab' * 16}-medium.webp"
    assert picture_srcset(PICTURE, ("small", "large")).split(", ") == [
        f"{picture_url(PICTURE, 'small')} 160w",
        f"{picture_url(PICTURE, 'large')} 1080w",
    ]


@pytest.mark.parametrize(
    ("facet", "value", "language", "shown"),
    [
        (Facet.PRICE, "0-10", "en-US", "Under $10"),
        (Facet.PRICE, "-10", "en-US", "Under $10"),
        (Facet.PRICE, "25-50", "en-US", "$25 to $50"),
        (Facet.PRICE, "2000-", "en-US", "$2,000 and over"),
        (Facet.PRICE, "other", "en-US", "Price on request"),
        (Facet.PRICE, "1000-2000", "de-DE", "1.000\xa0$ to 2.000\xa0$"),
        (Facet.RATING, "4", "en-US", "4 to 5 stars"),
        (Facet.RATING, "none", "en-US", "Not rated yet"),
        (Facet.BRAND, "<b>", "en-US", "&lt;b&gt;"),
        (Facet.CATEGORY, "gone", "en-US", "gone"),
    ],
)
def test_a_facet_value_is_worded_for_the_visitor(facet: Facet, value: str, language: str, shown: str) -> None:
    template = engines["jinja2"].from_string("{{ value_label(facet, value, tree) }}")
    request = RequestFactory().get("/", headers={"Accept-Language": language})
    assert template.render({"facet": facet, "value": value, "tree": Tree("1")}, request) == shown
