"""Users and groups in the admin: nobody makes anybody, themselves included, more than they are."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from tests.redis_nodes import RedisNodes

PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD = "plain-old-lamp-7"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(redis_nodes: RedisNodes) -> Iterator[None]:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    call_command("create_groups", verbosity=0)
    with override_settings(STORAGES=settings.STORAGES | PLAIN):
        yield


def of_group(name: str, group: str, **facts: Any) -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True, **facts)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def boss() -> User:
    return of_group("boss", "Administrator")


@pytest.fixture
def client(boss: User) -> Client:
    made = Client()
    made.force_login(boss)
    return made


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root", password=PASSWORD)


@pytest.fixture
def beyond() -> Permission:
    """What no group of ours has."""
    return Permission.objects.get(codename="delete_logentry")


def of(what: User | Group, page: str = "change") -> str:
    if page == "password":
        return reverse("admin:auth_user_password_change", args=[what.pk])
    return reverse(f"admin:auth_{type(what).__name__.lower()}_{page}", args=[what.pk])


def told(user: User, **more: Any) -> dict[str, Any]:
    """What the form of a user sends."""
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    groups = list(user.groups.values_list("pk", flat=True))
    return {"username": user.username, "is_active": "on", "is_staff": "on", "groups": groups} | joined | more


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_an_administrator_makes_nobody_a_superuser(client: Client, boss: User) -> None:
    sam = User.objects.create_user("sam", password=PASSWORD)
    for user in (boss, sam):
        assert client.get(of(user)).status_code == 200
        assert client.post(of(user), told(user, is_superuser="on")).status_code == 302
        assert not again(user).is_superuser
    assert again(sam).is_staff, "The rest of the form was stored."


@pytest.mark.parametrize("active", [True, False])
def test_who_may_more_is_out_of_an_administrator_s_reach(
    client: Client, root: User, beyond: Permission, active: bool
) -> None:
    """Those closed too: whoever opens one again, with a password of their own, would be them."""
    keeper = of_group("keeper", "Shopper support", is_active=active)
    keeper.user_permissions.add(beyond)
    User.objects.filter(pk=root.pk).update(is_active=active)
    for user in (root, keeper):
        before = again(user)
        assert client.get(of(user)).status_code == 200, "To be looked at."
        assert 'name="_save"' not in client.get(of(user)).content.decode()
        assert client.post(of(user), told(user, email="boss@example.com")).status_code == 403
        assert client.get(of(user, "password")).status_code == 403
        passwords = {"password1": "another-lamp-8", "password2": "another-lamp-8", "usable_password": "true"}
        assert client.post(of(user, "password"), passwords).status_code == 403
        assert client.post(of(user, "delete"), {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"}
        assert client.post(reverse("admin:auth_user_changelist"), chosen).status_code == 403
        after = again(user)
        assert (after.email, after.password, after.is_active) == (before.email, before.password, active)


def test_no_permission_is_given_that_the_giver_lacks(client: Client, boss: User, beyond: Permission) -> None:
    own = Permission.objects.get(codename="view_board")
    secret = Group.objects.create(name="Keepers")
    secret.permissions.add(beyond)
    page = client.get(of(boss)).content.decode()
    assert f'<option value="{beyond.pk}"' not in page
    assert not re.search(r"<option[^>]*>Keepers<", page)
    for more in ({"user_permissions": [beyond.pk]}, {"groups": [secret.pk]}):
        assert client.post(of(boss), told(boss, **more)).status_code == 200, "The form says what is wrong."
    assert not again(boss).has_perm("admin.delete_logentry")
    sam = User.objects.create_user("sam", password=PASSWORD)
    assert client.post(of(sam), told(sam, user_permissions=[own.pk])).status_code == 302
    assert again(sam).has_perm("inventory.view_board")


def test_no_group_is_made_more_than_its_maker(client: Client, beyond: Permission) -> None:
    own, secret = Group.objects.get(name="Administrator"), Group.objects.create(name="Keepers")
    secret.permissions.add(beyond)
    kept = list(own.permissions.values_list("pk", flat=True))
    sent = {"name": own.name, "permissions": [*kept, beyond.pk]}
    assert client.post(of(own), sent).status_code == 200
    assert client.post(reverse("admin:auth_group_add"), sent | {"name": "Mine"}).status_code == 200
    assert client.post(of(secret), {"name": "Mine", "permissions": []}).status_code == 403
    assert client.post(of(secret, "delete"), {"post": "yes"}).status_code == 403
    assert set(own.permissions.values_list("pk", flat=True)) == set(kept)
    assert client.post(reverse("admin:auth_group_add"), {"name": "Desk", "permissions": kept[:3]}).status_code == 302
    assert Group.objects.get(name="Desk").permissions.count() == 3


def test_an_administrator_still_hires_and_dismisses(client: Client) -> None:
    added = {"username": "eve", "password1": "another-lamp-8", "password2": "another-lamp-8", "usable_password": "true"}
    assert client.post(reverse("admin:auth_user_add"), added).status_code == 302
    eve = User.objects.get(username="eve")
    editors = Group.objects.get(name="Catalogue editor")
    assert client.post(of(eve), told(eve, groups=[editors.pk])).status_code == 302
    assert again(eve).has_perm("catalog.change_product")
    assert client.post(of(eve, "delete"), {"post": "yes"}).status_code == 302
    assert not User.objects.filter(username="eve").exists()


@pytest.mark.parametrize("group", ["Shopper support", "Inventory manager", "Catalogue editor"])
def test_other_staff_neither_see_nor_change_users(group: str, root: User) -> None:
    user, someone = of_group("sam", group), Client()
    someone.force_login(user)
    for what in (user, root, Group.objects.get(name=group)):
        for page in ("change", "delete", "history"):
            assert someone.get(of(what, page)).status_code == 403
            assert someone.post(of(what, page), told(user) | {"post": "yes"}).status_code in (403, 405)
    assert someone.get(of(user, "password")).status_code == 403
    assert not again(user).is_superuser


def test_a_superuser_may_all(root: User, boss: User, beyond: Permission) -> None:
    client = Client()
    client.force_login(root)
    assert client.post(of(boss), told(boss, is_superuser="on", user_permissions=[beyond.pk])).status_code == 302
    assert again(boss).is_superuser
    assert client.get(of(boss, "password")).status_code == 200


def test_who_is_closed_or_loses_a_permission_is_out_at_once(client: Client, boss: User) -> None:
    users = reverse("admin:auth_user_changelist")
    assert client.get(users).status_code == 200
    boss.groups.clear()
    assert client.get(users).status_code == 403
    assert client.post(of(boss), told(boss, groups=[1])).status_code == 403
    User.objects.filter(pk=boss.pk).update(is_active=False)
    assert client.get(users).status_code == 302
    assert client.get("/admin/").status_code == 302
