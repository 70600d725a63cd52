"""A photo that nothing looks like is counted once by the product that came nearest, and nothing of it is kept."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from imagesearch import missed, tasks
from tests.integration.imagesearch.test_photo_pages import send, shop, visitor
from tests.pictured import Colours, drawn

__all__ = ["shop", "visitor"]

NOW = 1_800_000_000.0
DAY = 86_400
pytestmark = pytest.mark.usefixtures("search_indexes")


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was ordered to be counted, done at once."""
    found: list[dict[str, Any]] = []

    def order(task: Any, *, payload: dict[str, Any], expires: float) -> bool:
        if task is tasks.note_missed:
            found.append(payload)
            task(**payload)
        return True

    monkeypatch.setattr(tasks, "order", order)
    return found


def nearest(now: float = NOW) -> dict[str, int]:
    return {each.sku: round(each.times) for each in missed.most_missed(most=10, now=now)}


def test_a_photo_counts_once_and_fades() -> None:
    for photo in ("a", "a", "b", "c"):
        missed.note(photo=photo, nearest="kite", now=NOW)
    missed.note(photo="d", nearest="ball", now=NOW)
    assert nearest() == {"kite": 3, "ball": 1}
    assert nearest(NOW + 35 * DAY) == {"kite": 1}


def test_no_more_products_are_kept_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "TALLY", replace(missed.TALLY, most=2))
    for name, times in {"x": 1, "y": 2, "z": 3}.items():
        for number in range(times):
            missed.note(photo=f"{name}{number}", nearest=name, now=NOW)
    assert set(nearest()) == {"y", "z"}


def test_only_what_nothing_is_close_to_is_counted_without_filters(
    visitor: Client, shop: Colours, noted: list[dict[str, Any]]
) -> None:
    _status, close = send(visitor, drawn("#ff0000"))
    _status, far = send(visitor, drawn("#00ff00"))
    for address in (close, f"{far}?brand=Acme", f"{far}?q=boat"):
        visitor.get(address)
    assert noted == []
    for _again in range(2):
        visitor.get(far)
    (counted,) = missed.most_missed(most=10)
    assert round(counted.times) == 1
    assert counted.sku in {"one", "two", "blue"}


def test_managers_see_it_and_others_do_not(visitor: Client, shop: Colours, db: None) -> None:
    missed.note(photo="a", nearest="two")
    assert visitor.get("/optimise/missed/").status_code in (302, 403)
    manager = User.objects.create_user("mia", password="open sesame", is_staff=True)
    manager.user_permissions.set(Permission.objects.filter(codename="view_board"))
    visitor.force_login(manager)
    html = visitor.get("/optimise/missed/").content.decode()
    assert 'data-missed-photo="two"' in html
    assert "Kite" in html
