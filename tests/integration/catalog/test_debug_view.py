"""Who sees what Redis did for a page, and what can be asked about it."""

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from redismart.web import debug_view

SEARCH = ("FT.SEARCH", "catalog:products", "*", "LIMIT", "0", "1", "DIALECT", "2")

pytestmark = pytest.mark.usefixtures("empty_catalogue")


def explained(visitor: Client, token: str) -> int:
    return visitor.get("/debug/explain/", {"command": token}).status_code


def token() -> str:
    return debug_view.sign(app="catalog", command=SEARCH)


def test_visitors_see_nothing_of_it(visitor: Client) -> None:
    page = visitor.get("/search/").content.decode()
    assert "debug-view" not in page.replace("<!--debug-view-->", "")
    assert explained(visitor, token()) == 404


@pytest.mark.django_db
@pytest.mark.parametrize(("staff", "status"), [(True, 200), (False, 404)])
def test_of_those_signed_in_staff_see_it(visitor: Client, staff: bool, status: int) -> None:
    visitor.force_login(User.objects.create_user("someone", is_staff=staff))
    assert ('id="debug-view"' in visitor.get("/search/").content.decode()) is staff
    assert explained(visitor, token()) == status


def test_only_commands_that_the_shop_has_shown_are_run(visitor: Client, settings: LazySettings) -> None:
    settings.DEBUG_VIEW = True
    assert explained(visitor, token()) == 200
    for forged in ("", "x", f"{token()}x", token()[1:]):
        assert explained(visitor, forged) == 400
    refused = visitor.get("/debug/explain/", {"command": "x"}).content.decode()
    assert "<h1>We could not read that request.</h1>" in refused
    assert "too long ago: reload the page" in refused


def test_a_search_is_asked_of_its_own_app_whatever_the_user_of_the_node_is_called() -> None:
    shown = debug_view._shown(SEARCH)
    assert debug_view.unsign(shown.token) == ("catalog", [part.encode() for part in SEARCH])


def test_other_commands_cannot_be_explained() -> None:
    assert debug_view._shown(("GET", "catalog:version")).token == ""
