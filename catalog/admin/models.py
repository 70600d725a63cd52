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


class Category(StandIn):
    """Carries the permissions and the history of categories."""

    class Meta:
        managed = False
        app_label = "catalog"
        verbose_name = "category"
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return " > ".join(getattr(self.document, "path", ())) or str(self.key)


class Synonyms(StandIn):
    """Carries the permissions and the history of groups of synonyms."""

    class Meta:
        managed = False
        app_label = "catalog"
        verbose_name = "group of synonyms"
        verbose_name_plural = "groups of synonyms"


class Suggestion(StandIn):
    """Carries the permissions and the history of completions."""

    class Meta:
        managed = False
        app_label = "catalog"
        verbose_name = "completion"
        verbose_name_plural = "completions"


class Load(StandIn):
    """Carries the permissions of the reports of loads."""

    class Meta:
        managed = False
        app_label = "catalog"
        verbose_name = "load"
        verbose_name_plural = "loads"
