"""The Jinja2 environment of the shop's pages. Apps add to it by extensions (see ``TEMPLATES``)."""

import time
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from redismart.web import formats
from redismart.web.icons import icon_for, tint_of

THEMES = ("light", "dark")
LOCALE_FACT = "redismart.locale"
SPRITE = "redismart/icons.svg"


def environment(**options: Any) -> Environment:
    """The environment Django's Jinja2 backend uses: strict, autoescaped, with our filters."""
    shop = Environment(**options | {"undefined": StrictUndefined, "cache_size": 400})  # noqa: S701 -- Django's options say so
    shop.globals.update(static=_static, url=_url, icon=_icon, icon_for=icon_for, tint_of=tint_of)
    shop.globals.update(
        shop_locale=locale,
        theme=_theme,
        has_session=_has_session,
        region=settings.REGION,
        shop_currency=settings.CURRENCY,
    )
    shop.filters.update(money=_money, round_money=_round_money, number=_number, compact=_compact, day=_day, ago=_ago)
    shop.filters.update(short_day=_short_day)
    return shop


@pass_context
def locale(context: Context) -> str:
    """The visitor's locale; macros must be imported ``with context`` or they miss it."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        # E-mails have no visitor, but a reader.
        return str(context.get("reader_locale") or settings.LOCALE)
    return remembered_locale(request)


def remembered_locale(request: HttpRequest) -> str:
    """The request's locale, worked out once: a page formats hundreds of numbers."""
    facts = request.META
    if LOCALE_FACT not in facts:
        facts[LOCALE_FACT] = formats.locale_for(facts.get("HTTP_ACCEPT_LANGUAGE", ""), settings.LOCALE)
    return str(facts[LOCALE_FACT])


@lru_cache(maxsize=512)
def _static(path: str) -> str:
    """The address of a static file, its digest included. Remembered: every page names a dozen."""
    return static(path)


@lru_cache(maxsize=512)
def _url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args, kwargs=kwargs)


@lru_cache(maxsize=512)
def _icon(name: str, label: str = "") -> Markup:
    """A drawing of the sprite: decoration, unless it has a label. Remembered: a page has a hundred."""
    meaning = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" {} focusable="false"><use href="{}#{}"/></svg>').format(
        meaning, static(SPRITE), name
    )


def _theme(request: HttpRequest) -> str:
    """The colour scheme this visitor chose; empty to follow the device."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else ""


def _has_session(request: HttpRequest | None) -> bool:
    """Whether the visitor may be signed in: told by the cookie alone, as looking costs a round trip."""
    return request is not None and settings.SESSION_COOKIE_NAME in request.COOKIES


@pass_context
def _money(context: Context, amount: Any, currency: str) -> str:
    return formats.money(amount, currency, locale(context))


@pass_context
def _round_money(context: Context, amount: Any, currency: str) -> str:
    return formats.round_money(amount, currency, locale(context))


@pass_context
def _number(context: Context, value: Any) -> str:
    return formats.number(value, locale(context))


@pass_context
def _compact(context: Context, value: Any) -> str:
    return formats.compact(value, locale(context))


@pass_context
def _ago(context: Context, moment: float) -> str:
    return formats.ago(time.time() - moment, locale(context))


@pass_context
def _short_day(context: Context, value: Any) -> str:
    return formats.short_day(value, locale(context))


@pass_context
def _day(context: Context, value: Any) -> str:
    return formats.date(value, locale(context))
