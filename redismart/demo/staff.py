"""One sign-in of each group of staff, so that who tries the demo can look at the admin with each one's eyes.

No password is known beforehand, and none is the same on two installations: each follows from a random secret that only
the owner of the folder may read. In production none is made, and the shop does not start with any left in its database.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError

from redismart.redis.topology import read_or_create_secret

GROUPS = {
    "demo-support": "Shopper support",
    "demo-manager": "Inventory manager",
    "demo-editor": "Catalogue editor",
    "demo-admin": "Administrator",
}
"""The group of each sign-in."""

LETTERS, PART = 16, 4


def make() -> None:
    """Make the groups, and those of the sign-ins that are not there. Safe to repeat: what is there stays as it is."""
    from django.contrib.auth.models import Group, User

    if not wanted():
        return
    call_command("create_groups", stdout=StringIO())
    there = set(User.objects.filter(username__in=GROUPS).values_list("username", flat=True))
    for name in GROUPS.keys() - there:
        user = User.objects.create_user(name, password=_password(name), is_staff=True)
        user.groups.add(Group.objects.get(name=GROUPS[name]))


def wanted() -> bool:
    """Whether this installation is a demo."""
    return bool(settings.DEMO_CATALOGUE and not settings.PRODUCTION)


def sign_ins() -> Mapping[str, str]:
    """Passwords as they were made, by name; none where there is no demo."""
    return {name: _password(name) for name in GROUPS} if wanted() else {}


def left_over() -> list[str]:
    """Those that a production's database has and must not have."""
    from django.contrib.auth.models import User

    if not settings.PRODUCTION:
        return []
    try:
        return sorted(User.objects.filter(username__in=GROUPS, is_active=True).values_list("username", flat=True))
    except DatabaseError:
        # It has no tables yet, or cannot be reached: nobody signs in.
        return []


def remove() -> int:
    """Delete them all; returns how many there were."""
    from django.contrib.auth.models import User

    found = User.objects.filter(username__in=GROUPS)
    count = found.count()
    found.delete()
    return count


def _password(name: str) -> str:
    secret = read_or_create_secret(settings.VAR / "demo" / "staff_secret")
    digest = hmac.digest(secret.encode(), name.encode(), hashlib.sha256)
    letters = base64.b32encode(digest).decode().lower()[:LETTERS]
    return "-".join(letters[start : start + PART] for start in range(0, LETTERS, PART))
