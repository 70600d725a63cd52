"""Whoever asks as a guest to be told of something shows by a link that the address they have typed is theirs.

The link itself carries the wish, signed: nothing is kept of those who never follow it.
"""

from django.core import signing

from purchasing.watching import Watcher

SALT = "purchasing.watching"
LINK_SECONDS = 2 * 86_400


class ExpiredError(LookupError):
    """The link was good, and is no more. ``watcher`` is who may ask anew."""

    def __init__(self, watcher: Watcher) -> None:
        super().__init__("This link is no longer good: ask for another.")
        self.watcher = watcher


class UnknownLinkError(LookupError):
    """The shop has made no such link."""


def token_of(watcher: Watcher) -> str:
    """What the link to somebody's wish ends with."""
    return signing.dumps([watcher.sku, watcher.email, watcher.location, watcher.locale], salt=SALT)


def watcher_of(token: str) -> Watcher:
    """Whose wish a link is. Raises ``UnknownLinkError`` and ``ExpiredError``."""
    try:
        return Watcher(*signing.loads(token, salt=SALT, max_age=LINK_SECONDS))
    except signing.SignatureExpired:
        raise ExpiredError(Watcher(*signing.loads(token, salt=SALT))) from None
    except signing.BadSignature:
        raise UnknownLinkError("There is no such link.") from None
