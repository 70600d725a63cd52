"""What somebody has broken in one product's card takes no list with it: the others are shown."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from catalog import api, recent
from catalog.models import Product
from tests import catalogues, markup

pytestmark = pytest.mark.usefixtures("_static_files", "empty_catalogue")
SOUND = '"sku": "broken", "currency": "USD"'
BROKEN = [
    "{}",
    "[]",
    "null",
    '"text"',
    f"{{{SOUND}}}",
    f'{{{SOUND}, "name": 5}}',
    f'{{{SOUND}, "name": "x", "price": "NaN"}}',
    f'{{{SOUND}, "name": "x", "price": "much"}}',
    f'{{{SOUND}, "name": "x", "rating": 1e9}}',
    f'{{{SOUND}, "name": "x", "rating_count": "few"}}',
    f'{{{SOUND}, "name": "x", "picture": 5}}',
    f'{{{SOUND}, "name": "x", "picture": {{"name": "x"}}}}',
    f'{{{SOUND}, "name": "x", "picture": {{"name": "x", "width": 0, "height": 0}}}}',
]


@pytest.mark.parametrize("stored", BROKEN)
def test_lists_go_on_without_a_broken_card(client: Client, stored: str) -> None:
    facts: dict[str, Any] = {"price": Decimal(10), "categories": ("Lamps",), "popularity": 3.0}
    catalogues.fill([catalogues.product(sku, name=f"Lamp {sku}", **facts) for sku in ("broken", "sound", "other")])
    Product.db().execute_command("JSON.SET", Product.key_of("broken"), "$.card", stored)
    client.cookies[recent.COOKIE] = "broken|other"
    for page in ("/", "/search/", "/search/?q=lamp", "/search/?q=lamp&sort=-price", "/category/lamps/"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert {"sound", "other"} <= set(markup.skus(answer))
        assert "broken" not in markup.skus(answer)
    product = client.get("/product/sound/")
    assert product.status_code == 200
    assert "other" in markup.skus(product)
    assert client.get("/suggest/?q=lam").status_code == 200
    assert set(api.cards(skus=["broken", "sound"])) == {"sound"}


def test_a_product_with_a_broken_card_has_its_page(client: Client) -> None:
    catalogues.fill([catalogues.product("broken", name="Lamp")])
    Product.db().execute_command("JSON.SET", Product.key_of("broken"), "$.card", "{}")
    answer = client.get("/product/broken/")
    assert answer.status_code == 200
    assert "Lamp" in answer.content.decode()
