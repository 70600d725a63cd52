"""Customer accounts: Django's users, whose user name is their e-mail address in small letters.

Nobody is told whether an address has an account. Where an e-mail server is set up, an account is opened by a link that
is sent to the address, whether it is known or not; without one (the demo) it is opened at once, and only who tries to
open a second one under an address learns that there is a first.
"""

from enum import StrEnum

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.db import IntegrityError, transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from purchasing import mails

LONGEST_EMAIL = 150
"""As long as Django's user names."""


class Link(StrEnum):
    """What a link that chooses a password is asked for."""

    SIGN_UP = "sign-up"
    RESET = "reset"


class TakenError(ValueError):
    """The address has an account already."""


def user_name(typed: str) -> str:
    """The user name that somebody means: addresses are the same in capitals, names of staff are not."""
    return typed.strip().lower() if "@" in typed else typed.strip()


def sign_up(*, email: str, password: str) -> User:
    """Open an account. Raises ``TakenError``, after as much work as for a new address."""
    name = user_name(email)
    hashed = make_password(password)
    try:
        with transaction.atomic():
            return User.objects.create(username=name, email=name, password=hashed)
    except IntegrityError:
        raise TakenError("The address has an account already.") from None


def send_link(*, email: str, kind: Link) -> None:
    """Send the owner of an address a link to choose a password; nothing when there is nobody to send it to."""
    if kind is Link.SIGN_UP:
        _open(email)
    for user in _users(email):
        _send_link(user, kind)


def _open(email: str) -> None:
    """An account without a password: it is opened by whoever reads the address's e-mails, never by who typed it."""
    name = user_name(email)
    get_user_model().objects.get_or_create(username=name, defaults={"email": name, "password": make_password(None)})


def _users(email: str) -> list[User]:
    """Whom an address belongs to. The database may take other letters for the same, which must not get the mail."""
    wanted = user_name(email)
    found = User.objects.filter(email__iexact=wanted, is_active=True)
    return [user for user in found if user.email.lower() == wanted]


def _send_link(user: User, kind: Link) -> None:
    path = (urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user))
    subjects = {Link.SIGN_UP: "Your RedisMart account", Link.RESET: "A new password for your RedisMart account"}
    context = {
        "link": mails.link("password_set", *path),
        "kind": kind.value,
        "known": user.has_usable_password(),
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3_600,
        "shop": settings.PUBLIC_URL,
        "reader_locale": settings.LOCALE,
    }
    mails.send(to=user.email, subject=subjects[kind], template="link", context=context)
