"""What the Django admin takes for purchasing's models."""

from redismart.backoffice.standins import StandIn

VIEW = "purchasing.view_order"
HANDLE = "purchasing.handle_order"
CANCEL = "purchasing.cancel_order"
REFUND = "purchasing.refund_order"
TAKE_BACK = "purchasing.take_back_order"


class Order(StandIn):
    """Carries the permissions and the history of orders. Its name tells nothing of the shopper: histories are kept."""

    class Meta:
        managed = False
        app_label = "purchasing"
        verbose_name = "order"
        default_permissions = ("view",)
        permissions = [
            ("handle_order", "Can say that an order is ready, sent or handed over"),
            ("cancel_order", "Can cancel orders"),
            ("refund_order", "Can pay back money"),
            ("take_back_order", "Can receive and refuse returns"),
        ]
