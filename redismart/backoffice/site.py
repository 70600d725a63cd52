"""The staff's admin: Django's own, whose first page begins with how the shop does."""

from typing import Any, cast

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse

from redismart.backoffice import dashboard


class StaffSite(AdminSite):
    index_template = "admin/backoffice/index.html"
    index_title = "The shop today"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The shop's own first, who may work in it last."""
        return sorted(super().get_app_list(request, app_label), key=lambda app: app["app_label"] == "auth")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        tiles = dashboard.shown(user=cast(dashboard.User, request.user))
        return super().index(request, {"tiles": tiles, **(extra_context or {})})
