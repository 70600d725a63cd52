"""Replication between regions in the admin: every link with its state and lag, and a drill that cuts or heals it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from redis.exceptions import RedisError

from inventory import fence
from inventory.permissions import DRILL, VIEW_BOARD, Link
from inventory.replication import links, reading
from redismart.backoffice.admin import ModelAdmin
from redismart.redis import connections

ACTIONS = {"cut": links.cut, "heal": links.heal}
REGION_SECONDS = 0.5
"""A region that is away must not keep the page from telling of the others."""


@dataclass(frozen=True, slots=True)
class Side:
    """The outgoing links of a region as its own node knows them; or why it could not be asked."""

    region: str
    outgoing: Sequence[links.Link] = ()
    problem: str = ""


def sides() -> list[Side]:
    return [_side(region) for region in fence.regions()]


def _side(region: str) -> Side:
    try:
        with connections.hurried(REGION_SECONDS):
            return Side(region, links.links_of(region))
    except (RedisError, OSError) as error:
        return Side(region, problem=str(error))


class LinkAdmin(ModelAdmin):
    """A list that only reads; a drill is another page, which asks once more."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return request.user.has_perm(VIEW_BOARD)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    has_delete_permission = has_change_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def get_urls(self) -> list[URLPattern]:
        """A list, a drill and its history: a link has no form of its own."""
        at = self.admin_site.admin_view
        return [
            path("", at(self.changelist_view), name="inventory_link_changelist"),
            path("<str:object_id>/history/", at(self.history_view), name="inventory_link_history"),
            path("<str:object_id>/change/", at(self.change_view), name="inventory_link_change"),
            path("<str:object_id>/<str:action>/", at(self.drill_view), name="inventory_link_drill"),
        ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Link | None:
        del request, from_field
        region, _, peer = object_id.partition(":")
        known = region in fence.regions() and peer in reading.peers_of(region)
        return Link(key=object_id) if known else None

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        told = {"title": "Replication links", "opts": self.opts, "sides": sides(), "may_drill": _may_drill(request)}
        context = self.admin_site.each_context(request) | told | (extra_context or {})
        return TemplateResponse(request, "admin/inventory/links.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseRedirect:
        """Where the history leads: there is nothing to see of a link that the list does not tell."""
        del object_id, form_url, extra_context
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:inventory_link_changelist"))

    def drill_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """Ask before a link is cut or healed; do it when the answer is sent."""
        if not _may_drill(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None or action not in ACTIONS:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if request.method == "POST":
            return self._drill(request, row, action)
        region, _, peer = object_id.partition(":")
        told = {"title": f"{action.capitalize()} this link?", "opts": self.opts, "action": action}
        context = self.admin_site.each_context(request) | told | {"region": region, "peer": peer}
        return TemplateResponse(request, "admin/inventory/drill.html", context)

    def _drill(self, request: HttpRequest, row: Link, action: str) -> HttpResponseRedirect:
        region, _, peer = str(row.pk).partition(":")
        try:
            ACTIONS[action](region=region, peer=peer)
            still = action == "heal" and peer in links.cut_peers(region)
        except (RedisError, OSError) as error:
            messages.error(request, f"Region {region} cannot be reached now, nothing was done: {error}")
        else:
            self.log_change(request, row, f"{action.capitalize()} as a drill.")
            said = {"cut": "is cut: nothing goes either way", "heal": "is healing"}[action]
            said = f"is still cut in {peer}: heal it there too" if still else said
            messages.success(request, f"The link between {region} and {peer} {said}.")
        return HttpResponseRedirect(reverse("admin:inventory_link_changelist"))


def _may_drill(request: HttpRequest) -> bool:
    return request.user.has_perm(DRILL) and request.user.has_perm(VIEW_BOARD)
