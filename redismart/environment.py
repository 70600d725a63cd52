"""Reads the declared settings from the environment, and refuses wrong values with the setting's name."""

import difflib
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from email.errors import HeaderParseError
from email.headerregistry import HeaderRegistry
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import EmailValidator
from redis.connection import parse_url as redis_options

from redismart import standards
from redismart.declared import DECLARED, OTHER_NAMES, PREFIX, Setting, redis_url_names

LAST_PORT = 65_000
CURRENCY_LETTERS = 3
LAST_HOUR = 24
HIGHEST_TAX = 100
WHOLE = 100
LONGEST_LEAD = 365
LEAST_SERVICE = 0.5
FARTHEST = 2
YES = ("true", "yes", "on", "1")
NO = ("false", "no", "off", "0", "")
WORDS = {bool: "true or false", int: "a whole number"}
DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
# A transaction that reads first and writes later is refused at once when another has written meanwhile; one that is a
# writer from its beginning waits for its turn, and its readers never wait.
# https://docs.djangoproject.com/en/5.2/ref/databases/#sqlite-notes
SQLITE_OPTIONS = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL"}
WEB_SCHEMES = ("http", "https")
REDIS_SCHEMES = ("redis", "rediss", "unix")
MAIL_SCHEMES = ("smtp", "smtps", "smtp+tls", "smtp+ssl")
MAIL_SECONDS = 10
"""A worker waits no longer for the e-mail server."""

STRIPE_KEYS = {"secret_key": ("sk_", "rk_"), "publishable_key": ("pk_",), "webhook_secret": ("whsec_",)}


class Environment:
    """The declared settings, read and checked. Wrong values raise ``ImproperlyConfigured``."""

    def __init__(self, *, env_file: Path | None = None) -> None:
        self._env = environ.Env()
        self._declared = {setting.name: setting for setting in DECLARED}
        named = os.environ.get("REDISMART_ENV_FILE")
        path = env_file if named is None else Path(named) if named else None
        if named and path and not path.is_file():
            raise ImproperlyConfigured(f"REDISMART_ENV_FILE is {named!r}, which is no file: correct or unset it.")
        if path and path.is_file():
            self._read(path)

    def _read(self, path: Path) -> None:
        try:
            self._env.read_env(path)
        except (OSError, UnicodeDecodeError) as error:
            problem = f"The settings file {path} cannot be read ({error})"
            raise ImproperlyConfigured(
                f"{problem}: write it as UTF-8 text, or name another in REDISMART_ENV_FILE."
            ) from None

    def __getitem__(self, name: str) -> Any:
        setting = self._declared[name]
        try:
            if setting.kind is bool:
                return self._switch(setting)
            return self._env.get_value(name, cast=setting.kind, default=setting.default)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be {WORDS[setting.kind]}. {setting.meaning}") from None

    def _switch(self, setting: Setting) -> bool:
        """django-environ takes any word that does not mean yes for a no: a misspelt yes among them."""
        value = str(self._env.get_value(setting.name, cast=str, default=str(setting.default))).strip().lower()
        if value not in (*YES, *NO):
            raise ValueError(value)
        return value in YES

    def refuse_unknown(self, regions: tuple[str, ...]) -> None:
        """Refuse names that look like settings and are none: most are misspelt, and would do nothing."""
        known = [*self._declared, *redis_url_names(regions).values(), *OTHER_NAMES]
        unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name not in known)
        if unknown:
            nearest = _nearest(unknown[0], known)
            advice = f"did you mean {nearest}?" if nearest else "correct or unset it (see docs/settings.md)."
            raise ImproperlyConfigured(f"{unknown[0]} is not a setting of the shop: {advice}")

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = str(self[name])
        if value not in allowed:
            raise ImproperlyConfigured(f"{name} is {value!r}: use one of {', '.join(allowed)}.")
        return value

    def port(self, name: str, *, default: int = 0) -> int:
        value = int(self[name]) or default
        if not 1 <= value <= LAST_PORT:
            raise ImproperlyConfigured(f"{name} is {value}: a port is between 1 and {LAST_PORT}.")
        return value

    def count(self, name: str, *, least: int = 1) -> int:
        """A number of at least one, or of ``least``."""
        value = int(self[name])
        if value < least:
            meaning = self._declared[name].meaning
            raise ImproperlyConfigured(f"{name} is {value}: it must be at least {least}. {meaning}")
        return value

    def percent(self, name: str, *, least: int = 0, most: int = WHOLE) -> float:
        """Percent as a share."""
        value = int(self[name])
        if not least <= value <= most:
            raise ImproperlyConfigured(f"{name} is {value}: write percent from {least} to {most}.")
        return value / WHOLE

    def lead_days(self, name: str) -> tuple[int, dict[str, int]]:
        """The usual days, and those of locations that have their own."""
        usual, own = None, {}
        for entry in map(str.strip, self[name]):
            location, equals, days = entry.rpartition("=")
            if not days.isdecimal() or not 1 <= int(days) <= LONGEST_LEAD or bool(location) != bool(equals):
                raise ImproperlyConfigured(f"{name} has {entry!r}: write days from 1 to {LONGEST_LEAD}: 7,paris=3.")
            if location:
                own[location] = int(days)
            else:
                usual = int(days)
        if usual is None:
            raise ImproperlyConfigured(f"{name} says nothing of other locations: begin with their days: 7,paris=3.")
        return usual, own

    def service_levels(self, name: str) -> tuple[float, float, float]:
        """Shares of lead times without a stock-out, of the classes A, B and C."""
        found = {}
        for entry in map(str.strip, self[name]):
            letter, _, percent = entry.partition("=")
            with suppress(ValueError):
                found[letter] = float(percent) / WHOLE
        if set(found) != set("ABC") or not all(LEAST_SERVICE <= level < 1 for level in found.values()):
            raise ImproperlyConfigured(
                f"{name} is {','.join(self[name])!r}: write percent from 50 to below 100, such as A=98,B=95,C=90."
            )
        return found["A"], found["B"], found["C"]

    def positive(self, name: str, *, most: float) -> float:
        """A number above nought."""
        with suppress(ValueError):
            if 0 < (value := float(str(self[name]))) <= most:
                return value
        raise ImproperlyConfigured(f"{name} is {self[name]!r}: write a number above 0 and up to {most:g}.")

    def hour(self, name: str) -> int:
        """An hour of the day at which something ends, from 1 to 24."""
        value = int(self[name])
        if not 1 <= value <= LAST_HOUR:
            raise ImproperlyConfigured(f"{name} is {value}: write an hour from 1 to {LAST_HOUR}.")
        return value

    def share(self, name: str) -> float | None:
        """A number between 0 and 2, which cosine distances are; None where nothing is written."""
        if not (written := str(self[name]).strip()):
            return None
        with suppress(ValueError):
            if 0 < (value := float(written)) <= FARTHEST:
                return value
        raise ImproperlyConfigured(f"{name} is {written!r}: write a number above 0 and up to {FARTHEST}, such as 0.35.")

    def folder(self, name: str, default: Path) -> Path:
        """An absolute folder that exists and can be written to."""
        path = Path(self[name] or default).resolve()
        try:
            path.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=path).close()
        except OSError as error:
            problem = f"{path} cannot be written to ({error.strerror})"
            raise ImproperlyConfigured(f"{problem}: free some disk, or name another folder in {name}.") from None
        return path

    def database(self, name: str, *, default: Path) -> dict[str, Any]:
        """Django's settings of the database that a URL names, or of an SQLite file."""
        url = str(self[name]) or f"sqlite:///{default}"
        settings: dict[str, Any] = {}
        with suppress(ValueError):
            if urlsplit(url).scheme in DATABASE_SCHEMES:
                settings = environ.Env.db_url_config(url)
        # Without a file, every process would have a database of its own.
        if settings.get("NAME") in (None, "", ":memory:"):
            problem = f"{name} is not a database that the shop can use"
            raise ImproperlyConfigured(
                f"{problem}: write sqlite:////path/to/file or postgres://user:password@host/name."
            )
        if settings["ENGINE"].endswith("postgresql") and find_spec("psycopg") is None:
            problem = f"{name} names a PostgreSQL database, and its driver is not installed"
            raise ImproperlyConfigured(f"{problem}: install it with `.venv/bin/pip install 'psycopg[binary]'`.")
        if settings["ENGINE"].endswith("sqlite3"):
            settings["OPTIONS"] = SQLITE_OPTIONS | settings.get("OPTIONS", {})
        return settings

    def redis_urls(self, regions: tuple[str, ...]) -> dict[str, str]:
        """The nodes that run elsewhere, by app or app-region."""
        found = {}
        for node, name in redis_url_names(regions).items():
            if url := self._env.get_value(name, cast=str, default=""):
                found[node] = _checked_redis_url(name, url)
        return found

    def address(self, name: str) -> str:
        """A web address without the slash at its end; empty when there is none."""
        value = str(self[name]).rstrip("/")
        with suppress(ValueError):
            parts = urlsplit(value)
            if not value or (parts.scheme in WEB_SCHEMES and parts.hostname and not parts.query and parts.port != 0):
                return value
        raise ImproperlyConfigured(f"{name} is {value!r}: write an address such as https://shop.example/live.")

    def email(self, name: str, *, folder: Path) -> dict[str, Any]:
        """Django's settings of an e-mail server, or of a folder that takes the e-mails when there is none."""
        if not (url := str(self[name])):
            return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": folder}
        with suppress(ValueError):
            parts = urlsplit(url)
            if parts.scheme in MAIL_SCHEMES and parts.hostname and parts.port != 0:
                return dict(environ.Env.email_url_config(url)) | {"EMAIL_TIMEOUT": MAIL_SECONDS}
        raise ImproperlyConfigured(f"{name} is no e-mail server: write smtp+tls://user:password@host:587.")

    def mailbox(self, name: str) -> str:
        """An e-mail address with the name of its owner; returned is the address alone."""
        try:
            header: Any = HeaderRegistry()("from", str(self[name]))
            (found,) = header.addresses
            EmailValidator(allowlist=["localhost"])(found.addr_spec)
        except (ValueError, IndexError, ValidationError, HeaderParseError):
            problem = f"{name} is {str(self[name])!r}"
            raise ImproperlyConfigured(f"{problem}: write it as RedisMart <shop@shop.example>.") from None
        return str(found.addr_spec)

    def stripe(self) -> dict[str, str]:
        """Stripe's keys by their kind; none without."""
        names = {kind: f"REDISMART_STRIPE_{kind.upper()}" for kind in STRIPE_KEYS}
        keys = {kind: str(self[name]) for kind, name in names.items()}
        if not any(keys.values()):
            return {}
        for kind, key in keys.items():
            if not key.startswith(STRIPE_KEYS[kind]):
                begins, all_three = " or ".join(STRIPE_KEYS[kind]), ", ".join(names.values())
                raise ImproperlyConfigured(f"{names[kind]} must begin with {begins}: of {all_three} set all or none.")
        return keys

    def exchange_rates(self) -> dict[str, Decimal]:
        """Units of the shop's currency for one unit of another."""
        return dict(_checked_rate(entry) for entry in self["REDISMART_EXCHANGE_RATES"])

    def tax_rates(self) -> dict[str, Decimal]:
        """Tax in percent by country, or by country and state: ``US-CA``."""
        rates: dict[str, Decimal] = {}
        for place, rate in map(_checked_tax, self["REDISMART_TAX_RATES"]):
            if place in rates:
                raise ImproperlyConfigured(f"REDISMART_TAX_RATES has {place} twice: keep one of them.")
            rates[place] = rate
        return rates


def _nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like ``name``, or "" when none does; what all names share tells nothing."""
    endings = {each.removeprefix(PREFIX): each for each in known}
    found = difflib.get_close_matches(name.upper().removeprefix(PREFIX), endings, n=1)
    return endings[found[0]] if found else ""


def _checked_redis_url(name: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "unix" or (bool(parts.hostname) and parts.port != 0 and _is_database(parts.path))
        # Options of the client, such as ?db=2, have values of their own to get wrong.
        redis_options(url)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in REDIS_SCHEMES or not (parts.hostname or parts.path):
        raise ImproperlyConfigured(
            f"{name} is not a Redis URL: write redis://user:password@host:port/0 (or rediss://, unix://)."
        )
    return url


def _is_database(path: str) -> bool:
    """Whether a URL's path is empty or the number of one of Redis's databases."""
    return not path.strip("/") or path.removeprefix("/").isdigit()


def _checked_rate(entry: str) -> tuple[str, Decimal]:
    currency, _, rate = entry.partition("=")
    try:
        value = Decimal(rate)
    except InvalidOperation:
        value = Decimal(0)
    if len(currency) != CURRENCY_LETTERS or not currency.isupper() or not value.is_finite() or value <= 0:
        raise ImproperlyConfigured(f"REDISMART_EXCHANGE_RATES has {entry!r}: write pairs such as GBP=1.27,EUR=1.08.")
    return currency, value


def _checked_tax(entry: str) -> tuple[str, Decimal]:
    place, _, rate = (part.strip() for part in entry.partition("="))
    country, _, state = place.partition("-")
    known = standards.states(country)
    try:
        value = Decimal(rate)
    except InvalidOperation:
        value = Decimal(-1)
    if country not in standards.countries() or (state and known and state not in known) or place.endswith("-"):
        problem = f"REDISMART_TAX_RATES has {entry!r}, whose place is unknown"
        raise ImproperlyConfigured(f"{problem}: write ISO 3166 codes such as DE or US-CA.")
    if not value.is_finite() or not 0 <= value <= HIGHEST_TAX:
        problem = f"REDISMART_TAX_RATES has {entry!r}, whose rate is none"
        raise ImproperlyConfigured(f"{problem}: write percent, such as DE=19,US-CA=7.25.")
    return place, value
