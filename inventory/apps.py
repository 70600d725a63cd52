"""The inventory: locations, stock and its replication between regions, and the board on which to watch it."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = "Inventory"

    def import_models(self) -> None:
        """What Django calls models are the permissions; the documents that Redis keeps are none of its business."""
        super().import_models()
        self.models_module = import_module("inventory.permissions")

    def ready(self) -> None:
        from django.conf import settings

        from inventory import changes, tiles
        from inventory.board import STOCK_INDEX
        from inventory.optimising import policy
        from inventory.optimising.finding import ADVICE_INDEX
        from inventory.orders import Orders
        from inventory.tasks import order_shipping
        from redismart.redis import searched

        searched.register("inventory", STOCK_INDEX)
        searched.register("inventory", ADVICE_INDEX)
        given: dict[str, Any] = settings.STOCK_POLICY
        policy.configure(policy.Policy(**given))
        changes.on_change(Orders(order_shipping).note)
        tiles.register()
