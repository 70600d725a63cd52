"""The inputs of a form know the limits of the document's fields, however these were written."""

from typing import Any

import pytest
from django import forms

from catalog.models import Product, Review
from inventory.models import Location
from redismart.backoffice.forms import form_of
from redismart.redis.documents import Document


def field(document: type[Document], name: str) -> Any:
    model: Any = object
    return form_of(document, model, shown=(name,), key_field=name, help_texts={}).base_fields[name]


@pytest.mark.parametrize(("document", "name", "longest"), [(Location, "name", 200), (Product, "brand", 200)])
def test_short_texts_are_lines_of_their_length(document: type[Document], name: str, longest: int) -> None:
    made = field(document, name)
    assert made.max_length == longest
    assert isinstance(made.widget, forms.TextInput)


def test_long_texts_are_areas() -> None:
    assert isinstance(field(Product, "description").widget, forms.Textarea)


def test_numbers_have_their_bounds() -> None:
    assert (field(Review, "stars").min_value, field(Review, "stars").max_value) == (1, 5)
    assert field(Product, "price").min_value == 0
