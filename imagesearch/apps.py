"""Image search: pictures as vectors, kept up with the catalogue, and what looks like a photo."""

from django.apps import AppConfig


class ImageSearchConfig(AppConfig):
    name = "imagesearch"
    verbose_name = "Image search"

    def ready(self) -> None:
        from imagesearch import asking, tiles
        from imagesearch.metrics import Pictures
        from imagesearch.tasks import order_encoding
        from redismart.web import metrics

        asking.on_ask(order_encoding)
        tiles.register()
        metrics.tell(Pictures())
