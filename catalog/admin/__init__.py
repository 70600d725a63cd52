"""The catalogue in the Django admin."""

from django.contrib import admin

from catalog.admin.models import Product, Review
from catalog.admin.products import ProductAdmin
from catalog.admin.reviews import ReviewAdmin

admin.site.register(Product, ProductAdmin)
admin.site.register(Review, ReviewAdmin)
