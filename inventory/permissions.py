"""Who may see and change what the inventory keeps. Django keeps permissions with models: these have no table."""

from typing import Any

from redismart.backoffice.standins import StandIn

VIEW_BOARD = "inventory.view_board"
CHANGE_STOCK = "inventory.change_stock"
DRILL = "inventory.drill"


class Location(StandIn):
    """Carries the permissions and the history of stores and fulfilment centres."""

    class Meta:
        managed = False
        app_label = "inventory"
        verbose_name = "store"

    def __str__(self) -> str:
        return str(getattr(self.document, "name", self.key))


class Stock(StandIn):
    """Carries the permissions and the history of stock, item by item: a SKU at a location."""

    class Meta:
        managed = False
        app_label = "inventory"
        verbose_name = "stocked item"
        verbose_name_plural = "stock"
        default_permissions = ()
        permissions = [
            ("view_board", "Can see the live board and the ledger"),
            ("change_stock", "Can receive, count and move stock"),
            ("drill", "Can cut and heal links between regions as a drill"),
        ]

    def __str__(self) -> str:
        row: Any = self.document
        return f"{row.sku} at {row.location}" if row is not None else str(self.key)


class Link(StandIn):
    """Carries the history of drills on the replication between regions; who may see and do what, ``Stock`` says."""

    class Meta:
        managed = False
        app_label = "inventory"
        verbose_name = "replication link"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.key).replace(":", " to ", 1)
