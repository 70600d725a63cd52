"""Has Django's admin use the staff's site."""

from django.apps import apps
from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "redismart.backoffice.site.StaffSite"

    def ready(self) -> None:
        super().ready()
        from redismart.backoffice import accounts

        accounts.register()
        # Django calls it by what it is made of, the pages by what it is for.
        apps.get_app_config("auth").verbose_name = "Staff and groups"
