"""The inventory: locations, stock, and its replication between regions."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = "Inventory"

    def ready(self) -> None:
        from inventory import operations
        from inventory.orders import Orders
        from inventory.tasks import order_shipping

        operations.on_change(Orders(order_shipping).note)
