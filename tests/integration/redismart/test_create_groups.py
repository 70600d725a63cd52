"""The groups of staff: made once, and brought back to what they may."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command

from redismart.backoffice.groups import GROUPS

pytestmark = pytest.mark.django_db


def test_groups_are_made_once_and_reset_to_their_permissions() -> None:
    call_command("create_groups", verbosity=0)
    editor = Group.objects.get(name="Catalogue editor")
    editor.permissions.set(Permission.objects.filter(codename="delete_user"))
    person = User.objects.create_user("sam")
    person.groups.add(editor)
    call_command("create_groups", verbosity=0)
    assert Group.objects.count() == len(GROUPS)
    assert person.has_perm("catalog.change_product")
    assert not person.has_perm("auth.delete_user")
    assert not person.has_perm("inventory.change_stock")


def test_without_permissions_it_says_what_to_run() -> None:
    Permission.objects.filter(codename="view_board").delete()
    with pytest.raises(CommandError, match="migrate"):
        call_command("create_groups", verbosity=0)
    assert not Group.objects.exists()
