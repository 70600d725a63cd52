"""Replication links in the Django admin: what each region says of its own, and the drill that asks before it cuts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings
from redis.exceptions import ConnectionError as RedisConnectionError

from inventory import fence
from inventory.replication import links
from redismart.redis import connections
from tests.redis_nodes import REGIONS, RedisNodes

HERE, THERE = REGIONS[:2]
LIST = "/admin/inventory/link/"
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes) -> Iterator[None]:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with override_settings(STORAGES=settings.STORAGES | PLAIN):
        yield


def signed_in(*permissions: str) -> Client:
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions, content_type__app_label="inventory"))
    client = Client()
    client.force_login(user)
    return client


def test_every_link_of_every_region_is_told() -> None:
    page = signed_in("view_board", "drill").get(LIST).content.decode()
    for region in REGIONS:
        for peer in REGIONS:
            assert (f'data-link="{region}:{peer}"' in page) is (region != peer)


def test_a_link_is_cut_and_healed_after_a_question() -> None:
    client = signed_in("view_board", "drill")
    for action, cut in (("cut", True), ("heal", False)):
        question = client.get(f"{LIST}{THERE}:{HERE}/{action}/")
        assert f'data-drill="{action}"' in question.content.decode()
        assert links.is_cut(region=THERE, peer=HERE) is not cut
        for _press in range(2):
            assert client.post(f"{LIST}{THERE}:{HERE}/{action}/").status_code == 302
        assert links.is_cut(region=THERE, peer=HERE) is cut
    history = client.get(f"{LIST}{THERE}:{HERE}/history/").content.decode()
    assert "Cut as a drill" in history
    assert {entry.object_id for entry in LogEntry.objects.all()} == {f"{THERE}:{HERE}"}


@pytest.mark.parametrize("path", [f"{HERE}:{HERE}/cut/", "moon:mars/cut/", f"{HERE}:{THERE}/melt/", "x/heal/"])
def test_what_is_no_link_or_no_drill_changes_nothing(path: str) -> None:
    client = signed_in("view_board", "drill")
    assert client.post(f"{LIST}{path}").status_code == 302
    assert not links.cut_peers(HERE)
    assert not LogEntry.objects.exists()


def test_who_may_only_look_cuts_nothing() -> None:
    client = signed_in("view_board")
    assert "Cut" not in client.get(LIST).content.decode()
    for method in (client.get, client.post):
        assert method(f"{LIST}{HERE}:{THERE}/cut/").status_code == 403
    assert not links.cut_peers(HERE)


def test_a_region_that_is_away_is_said_beside_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = fence.node

    def node(region: str) -> connections.ShopRedis:
        if region == THERE:
            raise RedisConnectionError("nobody listens")
        return reached(region)

    monkeypatch.setattr(fence, "node", node)
    page = signed_in("view_board").get(LIST)
    assert page.status_code == 200
    assert f"Region {THERE} cannot be asked now: nobody listens" in page.content.decode()
    assert f'data-link="{HERE}:{THERE}"' in page.content.decode()
