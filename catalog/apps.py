"""The catalogue: products, categories, reviews, and finding them."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from django.conf import settings

        from catalog import by_sku, named, tiles
        from catalog.facets import PriceBands
        from catalog.pricing import Pricing
        from redismart import names, prices
        from redismart.web.formats import currency_digits

        bands = PriceBands.of(digits=currency_digits(settings.CURRENCY))
        Pricing.configure(Pricing(settings.CURRENCY, bands, settings.EXCHANGE_RATES))
        prices.provide(lambda skus: by_sku.prices(skus=skus))
        names.provide(lambda skus: by_sku.names(skus=skus), lambda text, most: named.skus(text=text, most=most))
        tiles.register()
