"""Make the groups of staff."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from redismart.backoffice.groups import GROUPS


class Command(BaseCommand):
    """Makes every group and gives it just its permissions. Safe to repeat."""

    help = "Makes the groups of staff, or brings their permissions up to date. Safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        known = {
            f"{permission.content_type.app_label}.{permission.codename}": permission
            for permission in Permission.objects.select_related("content_type")
        }
        missing = sorted({name for names in GROUPS.values() for name in names} - known.keys())
        if missing:
            raise CommandError(f"Run `migrate` first: there is no permission {', '.join(missing)} yet.")
        with transaction.atomic():
            for group_name, names in GROUPS.items():
                group, made = Group.objects.get_or_create(name=group_name)
                group.permissions.set([known[name] for name in names])
                self.stdout.write(f"{group_name}: {'made' if made else 'up to date'}, {len(names)} permissions")
