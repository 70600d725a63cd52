"""Documents that are there and cannot be read, whoever damaged them: they say so, and may be deleted."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from redismart.backoffice.standins import StandIn

if TYPE_CHECKING:
    from redismart.backoffice.admin import DocumentAdmin

LONGEST_KEY = 500


def is_key(text: str) -> bool:
    """Whether anything can be stored under such a primary key."""
    return 0 < len(text) <= LONGEST_KEY and "\x00" not in text


def is_there(admin: "DocumentAdmin", pk: str) -> bool:
    """Whether something is stored under the key of what could not be found."""
    kind = getattr(admin, "document", None)
    return kind is not None and hasattr(kind, "key_of") and is_key(pk) and bool(kind.db().exists(kind.key_of(pk)))


def to_delete(admin: "DocumentAdmin", request: HttpRequest, pk: str) -> StandIn | None:
    """What the page that asks before a deletion shows of it: its key."""
    asked = request.resolver_match is not None and str(request.resolver_match.url_name).endswith("_delete")
    return admin.model.of(None, pk=pk) if asked and is_there(admin, pk) else None


def told(admin: "DocumentAdmin", request: HttpRequest, pk: str) -> HttpResponseRedirect:
    """Back to the list, with what can be done."""
    opts = admin.opts
    base = f"admin:{opts.app_label}_{opts.model_name}"
    said = "{} “{}” is there, but what is stored of it is damaged and cannot be read; the log says where. {}"
    way = ""
    if admin.has_delete_permission(request):
        address = reverse(f"{base}_delete", args=[quote(pk)])
        way = format_html('Store it again from where it came, or <a href="{}">delete it</a>.', address)
    messages.error(request, format_html(said, capfirst(str(opts.verbose_name)), pk, way))
    return HttpResponseRedirect(reverse(f"{base}_changelist"))
