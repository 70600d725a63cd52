"""What the Django admin takes for image search's model: vectors have no table."""

from redismart.backoffice.standins import StandIn


class Embedding(StandIn):
    """Carries the permissions and the history of vectors: each is of a picture of a product."""

    class Meta:
        managed = False
        app_label = "imagesearch"
        verbose_name = "embedding"
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        picture, _, sku = str(self.key).partition(":")
        return f"{picture} of {sku}"
