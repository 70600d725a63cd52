"""Users and groups in the admin, where nobody gives more than they have.

Django's own lets whoever may change users make anybody a superuser, themselves too, or choose the password of one.
"""

import re
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest

if TYPE_CHECKING:
    Users = UserAdmin[User]
    Mixed = admin.ModelAdmin[Any]
else:
    # Only type checkers know them as generic.
    Users, Mixed = UserAdmin, object

KEY = re.compile(r"[0-9]{1,18}")
SUPERUSERS_ONLY = ("is_superuser",)


def register() -> None:
    """In the place of Django's own, which the site knows from its autodiscovery."""
    for model, kind in ((User, StaffUserAdmin), (Group, StaffGroupAdmin)):
        admin.site.unregister(model)
        admin.site.register(model, kind)


class Bounded(Mixed):
    """Who is no superuser changes and deletes only what may no more than they may, and gives no more than that."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _within(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _within(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Django looks up whatever is sent as the key of a chosen row, and breaks on what no row can have."""
        sent = request.POST.copy()
        if ACTION_CHECKBOX_NAME in sent:
            chosen = [pk for pk in sent.getlist(ACTION_CHECKBOX_NAME) if KEY.fullmatch(str(pk))]
            sent.setlist(ACTION_CHECKBOX_NAME, chosen)
            request.POST = sent  # type: ignore[assignment]
        return super().changelist_view(request, extra_context)

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **options: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **options)
        if isinstance(field, ModelMultipleChoiceField):
            field.queryset = _givable(field.queryset, request)
        return field


class StaffUserAdmin(Bounded, Users):
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        named = super().get_readonly_fields(request, obj)
        return named if _may_all(request) else (*named, *SUPERUSERS_ONLY)


class StaffGroupAdmin(Bounded, GroupAdmin):
    pass


def _may_all(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def _within(request: HttpRequest, obj: Any) -> bool:
    """Whether a user or group may no more than whoever asks. Those closed count in full: they may be opened again."""
    if obj is None or _may_all(request):
        return True
    if getattr(obj, "is_superuser", False):
        return False
    held = Permission.objects.filter(Q(user=obj) | Q(group__user=obj) if isinstance(obj, User) else Q(group=obj))
    return not held.exclude(pk__in=_own(request)).exists()


def _givable(known: Any, request: HttpRequest) -> Any:
    """Of permissions those that whoever asks has; of groups those that have no others."""
    if _may_all(request):
        return known
    own = _own(request)
    if known.model is Permission:
        return known.filter(pk__in=own)
    return known.exclude(pk__in=Group.objects.filter(permissions__in=Permission.objects.exclude(pk__in=own)))


def _own(request: HttpRequest) -> QuerySet[Permission, Any]:
    return Permission.objects.filter(Q(user=request.user) | Q(group__user=request.user)).values("pk")
