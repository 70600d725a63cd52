"""Addresses of the inventory's pages."""

from django.urls import path

from inventory import views

urlpatterns = [
    path("inventory/", views.board_page, name="board"),
    # What is no item stands apart: a SKU may be any word.
    path("board/ticket/", views.ticket, name="board_ticket"),
    path("board/drill/", views.drill, name="board_drill"),
    path("inventory/<path:sku>/", views.item, name="stock_item"),
]
