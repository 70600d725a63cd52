"""Addresses of image search."""

from django.urls import path

from imagesearch import views

urlpatterns = [
    path("image-search/", views.photo, name="image_search"),
    path("similar/<path:sku>/", views.similar, name="similar"),
    path("image-search/<slug:name>/", views.matches, name="photo_matches"),
]
