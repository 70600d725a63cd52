"""Has Django's admin use the staff's site."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "redismart.backoffice.site.StaffSite"

    def ready(self) -> None:
        super().ready()
        from redismart.backoffice import accounts

        accounts.register()
