"""What the Django admin takes for the catalogue's models."""

from redismart.backoffice.standins import StandIn


class Product(StandIn):
    """Carries the permissions and the history of products."""

    class Meta:
        managed = False
        app_label = "catalog"
        verbose_name = "product"

    def __str__(self) -> str:
        return str(getattr(self.document, "name", self.key))


class Review(StandIn):
    """Carries the permissions and the history of reviews."""

    class Meta:
        managed = False
        app_label = "catalog"
        verbose_name = "review"

    def __str__(self) -> str:
        return f"{getattr(self.document, 'stars', '')} stars for {getattr(self.document, 'sku', self.key)}"
