"""Orders in the Django admin."""

from django.contrib import admin

from purchasing.admin.models import Order
from purchasing.admin.orders import OrderAdmin

admin.site.register(Order, OrderAdmin)
