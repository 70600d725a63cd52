"""Addresses of the inventory's pages."""

from django.urls import path

from inventory import advice_views, views

urlpatterns = [
    path("inventory/", views.board_page, name="board"),
    # What is no item stands apart: a SKU may be any word.
    path("board/ticket/", views.ticket, name="board_ticket"),
    path("board/drill/", views.drill, name="board_drill"),
    # But for this: managers look for it here. An item that is called just so is found by what is proposed for it.
    path("inventory/optimise/", advice_views.optimise_page, name="optimise"),
    path("optimise/missed/", advice_views.missed_page, name="optimise_missed"),
    path("optimise/file/", advice_views.optimise_file, name="optimise_file"),
    path("optimise/act/", advice_views.act, name="optimise_act"),
    path("inventory/<path:sku>/", views.item, name="stock_item"),
]
