"""Changes that came too late: both sides, field by field, so that whoever sent one decides anew."""

from typing import TYPE_CHECKING

from django.contrib.admin.utils import unquote
from django.http import HttpRequest
from django.template.response import TemplateResponse

from redismart.redis.documents import Document

if TYPE_CHECKING:
    from redismart.backoffice.admin import DocumentAdmin


def page(admin: "DocumentAdmin", request: HttpRequest, object_id: str, current: Document) -> TemplateResponse:
    """What was sent beside ``current``, which is stored now. Nothing was stored of what was sent."""
    row = admin.model.of(current, pk=unquote(object_id))
    form = admin.get_form(request, row, change=True)(request.POST, request.FILES, instance=row)
    stored = admin.get_form(request, row, change=True)(instance=row)
    sides = [
        (stored[name].label, form[name].value(), shown)
        for name in admin.shown
        if (shown := stored.fields[name].prepare_value(stored.initial.get(name))) is not None
        and name != admin.key_field
        and form.fields[name].has_changed(stored.initial.get(name), form[name].value())
    ]
    context = {
        **admin.admin_site.each_context(request),
        "title": "Somebody else has changed this meanwhile",
        "opts": admin.opts,
        "object": row,
        "sides": sides,
    }
    return TemplateResponse(request, "admin/backoffice/conflict.html", context, status=409)
