"""Addresses of the catalogue's pages."""

from django.urls import path

from catalog import views

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("categories/", views.categories, name="categories"),
    path("category/<path:slug>/", views.category, name="category"),
    path("product/<path:sku>/", views.product, name="product"),
    path("robots.txt", views.robots, name="robots"),
    path("suggest/", views.suggest, name="suggest"),
]
