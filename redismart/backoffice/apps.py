"""Has Django's admin use the staff's site."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "redismart.backoffice.site.StaffSite"
