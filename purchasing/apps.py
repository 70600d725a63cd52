"""Purchasing: carts, checkout, payment, orders."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from django.http import HttpRequest

    from purchasing import taxes
    from purchasing.transit import Rules


class PurchasingConfig(AppConfig):
    name = "purchasing"
    verbose_name = "Purchasing"

    def ready(self) -> None:
        from django.conf import settings
        from django.contrib.auth.signals import user_logged_in

        from inventory.api import keep_location_while
        from purchasing import orders, queries, return_time, taxes, tiles, towns, whereabouts
        from purchasing.tasks import order_looking_after
        from purchasing.transit import Rules
        from redismart import around

        towns.configure(folder=settings.VAR / "towns")
        Rules.configure(_delivery_rules())
        taxes.Rules.configure(_tax_rules())
        return_time.Rules.configure(days=settings.RETURN_DAYS)
        _register_providers()
        user_logged_in.connect(_take_over_cart, dispatch_uid="purchasing.cart")
        orders.on_change(order_looking_after)
        keep_location_while(queries.need_of)
        tiles.register()
        around.provide(whereabouts.around)


def _delivery_rules() -> "Rules":
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    from purchasing.transit import Days, Rules
    from redismart.web.formats import currency_digits

    try:
        transfer = Days.of(settings.TRANSFER_DAYS)
    except ValueError as error:
        raise ImproperlyConfigured(f"REDISMART_TRANSFER_DAYS {error}.") from None
    try:
        return Rules.of(
            methods=settings.DELIVERY_METHODS,
            transfer=transfer,
            cutoff=settings.DELIVERY_CUTOFF,
            pickup_minutes=settings.PICKUP_MINUTES,
            currency=settings.CURRENCY,
            digits=currency_digits(settings.CURRENCY),
        )
    except ValueError as error:
        raise ImproperlyConfigured(f"REDISMART_DELIVERY_METHODS {error}.") from None


def _tax_rules() -> "taxes.Rules":
    from django.conf import settings

    from purchasing import taxes
    from purchasing.payments import stripe
    from redismart.web.formats import currency_digits

    digits = currency_digits(settings.CURRENCY)
    return taxes.Rules(
        currency=settings.CURRENCY,
        digits=digits,
        coin=max(stripe.coin(settings.CURRENCY), Decimal(1).scaleb(-digits)) if settings.STRIPE else taxes.NONE,
        rates=settings.TAX_RATES,
        included=settings.TAX_INCLUDED,
        on_delivery=settings.TAX_ON_DELIVERY,
    )


def _register_providers() -> None:
    """The test provider is known even where it is not offered: orders paid by it may be returned."""
    from django.conf import settings

    from purchasing.payments import registry
    from purchasing.payments.stripe import StripeProvider
    from purchasing.payments.testing import TestProvider

    registry.register(TestProvider())
    if keys := settings.STRIPE:
        registry.register(StripeProvider(secret_key=keys["secret_key"], webhook_secret=keys["webhook_secret"]))


def _take_over_cart(request: "HttpRequest | None", user: Any, **_signal: object) -> None:
    from purchasing import access

    access.take_over(request, user=str(user.pk))
