"""The inventory in the Django admin."""

from django.contrib import admin

from inventory.admin.links import LinkAdmin
from inventory.admin.locations import LocationAdmin
from inventory.admin.stock import StockAdmin
from inventory.permissions import Link, Location, Stock

admin.site.register(Location, LocationAdmin)
admin.site.register(Stock, StockAdmin)
admin.site.register(Link, LinkAdmin)
