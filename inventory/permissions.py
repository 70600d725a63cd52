"""Who may see and change stock. Django keeps permissions with models: here is one without a table."""

from django.db import models

VIEW_BOARD = "inventory.view_board"
CHANGE_STOCK = "inventory.change_stock"
DRILL = "inventory.drill"


class Stock(models.Model):
    """Carries the permissions; the stock itself is in Redis."""

    class Meta:
        managed = False
        app_label = "inventory"
        verbose_name_plural = "stock"
        default_permissions = ()
        permissions = [
            ("view_board", "Can see the live board and the ledger"),
            ("change_stock", "Can receive, count and move stock"),
            ("drill", "Can cut and heal links between regions as a drill"),
        ]

    def __str__(self) -> str:
        return "Stock"
