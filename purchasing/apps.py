"""Purchasing: carts, checkout, payment, orders."""

from django.apps import AppConfig


class PurchasingConfig(AppConfig):
    name = "purchasing"
    verbose_name = "Purchasing"
