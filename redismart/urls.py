"""All addresses of the shop."""

from django.contrib import admin
from django.urls import include, path

from redismart.web import explain, health, media, pages

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("debug/explain/", explain.explain, name="debug_explain"),
    path("favicon.ico", pages.favicon, name="favicon"),
    path("about/", pages.about, name="about"),
    path("admin/r/<path:object_path>", pages.not_in_a_table),
    path("admin/", admin.site.urls),
    path("media/<path:path>", media.media, name="media"),
    path("", include("inventory.urls")),
    path("", include("purchasing.urls")),
    path("", include("imagesearch.urls")),
    path("", include("catalog.urls")),
]
