"""Django settings. Everything that differs between machines comes from the environment."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import font_manrope
from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from redismart import schedule
from redismart.broker import broker_tls, broker_url
from redismart.environment import Environment
from redismart.logs import logging_config
from redismart.redis.connections import CONNECT_TIMEOUT_SECONDS, SOCKET_TIMEOUT_SECONDS
from redismart.redis.topology import Topology, TopologyError, read_or_create_secret

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = Environment(env_file=BASE_DIR / ".env")

DEBUG = ENV["REDISMART_DEBUG"]
PRODUCTION = ENV["REDISMART_PRODUCTION"]
VAR = ENV.folder("REDISMART_VAR", BASE_DIR / "var")
# The web server's processes count together; the library reads the folder from here when it is imported.
METRICS_ROOT = VAR / "metrics"
METRICS_ROOT.mkdir(exist_ok=True)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_ROOT)
ALLOWED_HOSTS = ENV["REDISMART_ALLOWED_HOSTS"]
CSRF_TRUSTED_ORIGINS = ENV["REDISMART_TRUSTED_ORIGINS"]
DEBUG_VIEW = ENV["REDISMART_DEBUG_VIEW"]
DEMO_CATALOGUE = ENV["REDISMART_DEMO_CATALOGUE"]
WEB_PORT = ENV.port("REDISMART_PORT")
LIVE_PORT = ENV.port("REDISMART_LIVE_PORT", default=WEB_PORT + 10)
if LIVE_PORT == WEB_PORT:
    raise ImproperlyConfigured(
        f"REDISMART_LIVE_PORT is {LIVE_PORT}, which is the web server's (REDISMART_PORT): choose another."
    )
LIVE_URL = ENV.address("REDISMART_LIVE_URL")
PUBLIC_URL = ENV.address("REDISMART_PUBLIC_URL") or f"http://127.0.0.1:{WEB_PORT}"
WEB_WORKERS = ENV.count("REDISMART_WEB_WORKERS")


def _secret_key() -> str:
    if key := ENV["REDISMART_SECRET_KEY"]:
        return str(key)
    if PRODUCTION:
        raise ImproperlyConfigured(
            "REDISMART_SECRET_KEY is not set: give it 50 random characters, the same on every web server."
        )
    return read_or_create_secret(VAR / "secret_key")


SECRET_KEY = _secret_key()

# Regions and Redis
REGION = ENV["REDISMART_REGION"]
REGIONS = tuple(ENV["REDISMART_REGIONS"])
for _region in REGIONS:
    if not re.fullmatch(r"[a-z][a-z0-9]{0,15}", _region):
        raise ImproperlyConfigured(
            f"REDISMART_REGIONS has {_region!r}: region names are short, lower case, letters and digits."
        )
ENV.refuse_unknown(REGIONS)
try:
    TOPOLOGY = Topology(
        region=REGION,
        regions=REGIONS,
        base_port=ENV.port("REDISMART_REDIS_BASE_PORT"),
        secret_file=VAR / "redis" / "secret",
        external=ENV.redis_urls(REGIONS),
        replicas=ENV["REDISMART_CATALOG_REPLICAS"],
    )
except TopologyError as _error:
    raise ImproperlyConfigured(str(_error)) from None
REDIS_SERVER = ENV["REDISMART_REDIS_SERVER"]
PATIENCE = ENV.count("REDISMART_PATIENCE")

# Money, numbers, dates
CURRENCY = ENV["REDISMART_CURRENCY"]
if not is_currency(CURRENCY):
    raise ImproperlyConfigured(f"REDISMART_CURRENCY is {CURRENCY!r}: use an ISO 4217 code such as USD or EUR.")
EXCHANGE_RATES = ENV.exchange_rates()
TAX_RATES = ENV.tax_rates()
TAX_INCLUDED = ENV["REDISMART_TAX_INCLUDED"]
TAX_ON_DELIVERY = ENV["REDISMART_TAX_ON_DELIVERY"]
LOCALE = ENV["REDISMART_LOCALE"]
try:
    Locale.parse(LOCALE)
except (UnknownLocaleError, ValueError):
    raise ImproperlyConfigured(f"REDISMART_LOCALE is {LOCALE!r}: use a locale such as en_US or de_DE.") from None
DELIVERY_METHODS = tuple(ENV["REDISMART_DELIVERY_METHODS"])
DELIVERY_CUTOFF = ENV.hour("REDISMART_DELIVERY_CUTOFF")
TRANSFER_DAYS = ENV["REDISMART_TRANSFER_DAYS"]
PICKUP_MINUTES = ENV.count("REDISMART_PICKUP_MINUTES")
RETURN_DAYS = ENV.count("REDISMART_RETURN_DAYS", least=0)
_lead_days, _lead_of = ENV.lead_days("REDISMART_LEAD_DAYS")
# What ``inventory.optimising.policy`` makes of it.
STOCK_POLICY: dict[str, Any] = {
    "half_life": float(ENV.count("REDISMART_DEMAND_HALF_LIFE")),
    "lead_days": _lead_days,
    "lead_of": _lead_of,
    "lead_spread": ENV.percent("REDISMART_LEAD_SPREAD"),
    "review_days": ENV.count("REDISMART_REVIEW_DAYS"),
    "service": ENV.service_levels("REDISMART_SERVICE_LEVELS"),
    "cover_days": ENV.count("REDISMART_COVER_DAYS"),
    "order_cost": float(ENV.count("REDISMART_ORDER_COST", least=0)),
    "holding_share": ENV.percent("REDISMART_HOLDING_PERCENT", least=1, most=500),
    "cost_share": ENV.percent("REDISMART_COST_PERCENT", least=1),
    "slow_days": ENV.count("REDISMART_SLOW_DAYS"),
    "steepest": ENV.percent("REDISMART_MARKDOWN_PERCENT", most=95),
    "elasticity": ENV.positive("REDISMART_PRICE_ELASTICITY", most=20),
}
STRIPE = ENV.stripe()
# The test provider moves no money, so it is offered only where no goods are sent for it.
PAYMENTS_OFFERED = ("stripe",) if STRIPE else () if PRODUCTION else ("test",)
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

INSTALLED_APPS = [
    "redismart.apps.RedisMartConfig",
    "catalog.apps.CatalogConfig",
    "inventory.apps.InventoryConfig",
    "purchasing.apps.PurchasingConfig",
    "imagesearch.apps.ImageSearchConfig",
    "redismart.backoffice.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "axes",
]
MIDDLEWARE = [
    "redismart.web.requests.request_id",
    # Outside all that may answer by itself, so that every response carries their headers.
    "csp.middleware.CSPMiddleware",
    "redismart.web.features.permissions_policy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "redismart.web.bodies.bounded_bodies",
    "redismart.web.availability.page_patience",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "redismart.web.requests.private_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "redismart.web.availability.outages",
    "purchasing.conflicts.Conflicts",
    "redismart.web.debug_view.debug_view",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "redismart.urls"
WSGI_APPLICATION = "redismart.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "environment": "redismart.web.templating.environment",
            "extensions": [
                "catalog.templating.CatalogTemplating",
                "inventory.templating.InventoryTemplating",
                "purchasing.templating.PurchasingTemplating",
                "purchasing.promise_tags.PromiseTemplating",
                "imagesearch.templating.ImageSearchTemplating",
            ],
            "auto_reload": DEBUG,
            "trim_blocks": True,
            "lstrip_blocks": True,
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": ENV.database("DATABASE_URL", default=VAR / "django.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_TIMEOUT_SECONDS = 0.3 * PATIENCE

# What is cached can be made again; what must not be lost lives on its app's own node.
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": TOPOLOGY.url("cache"),
        "KEY_PREFIX": "cache",
        # Without its node the shop does without a cache, and staff's sessions come from the database.
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            # Who can write to the cache must not be able to run code here, as pickles would let them.
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            # A page that cannot have its cache at once is better off without.
            "SOCKET_TIMEOUT": CACHE_TIMEOUT_SECONDS,
            "SOCKET_CONNECT_TIMEOUT": CACHE_TIMEOUT_SECONDS,
            "REDIS_CLIENT_CLASS": "redismart.redis.guarded.GuardedRedis",
            "CONNECTION_POOL_CLASS": "redismart.redis.guarded.GuardedPool",
            "CONNECTION_POOL_KWARGS": {"trips_after": 1},
        },
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

CELERY_BROKER_URL = broker_url(TOPOLOGY.url("cache"))
CELERY_BROKER_USE_SSL = broker_tls(TOPOLOGY.url("cache"))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
# What a visitor waits for has a worker of its own: it must not stand behind the periodic work.
CELERY_TASK_ROUTES = {
    "catalog.tasks.prepare_counts": {"queue": "counts"},
    "imagesearch.tasks.encode_photo": {"queue": "photos"},
    "imagesearch.tasks.follow_catalogue": {"queue": "embeddings"},
    "imagesearch.tasks.make_again": {"queue": "embeddings"},
    "imagesearch.tasks.retry_set_aside": {"queue": "embeddings"},
}
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": "cache:celery:",
    "socket_timeout": SOCKET_TIMEOUT_SECONDS * PATIENCE,
    "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS * PATIENCE,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = schedule.of_region(
    REGION,
    home=REGIONS[0],
    keep_days=ENV.count("REDISMART_LEDGER_DAYS"),
    optimise_minutes=ENV.count("REDISMART_OPTIMISE_MINUTES"),
)

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
# A file not yet collected is served under its plain name; it must not take the page with it.
WHITENOISE_MANIFEST_STRICT = False
STATICFILES_DIRS = [("fonts", font_manrope.font_directory)]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR / "media"

# Image search
IMAGE_MODEL = ENV["REDISMART_IMAGE_MODEL"]
IMAGE_THREADS = ENV.count("REDISMART_IMAGE_THREADS")
IMAGE_CUT = ENV.share("REDISMART_IMAGE_CUT")
IMAGE_HNSW_FROM = ENV.count("REDISMART_IMAGE_HNSW_FROM")
IMAGE_HNSW = {
    "links": ENV.count("REDISMART_IMAGE_HNSW_LINKS", least=2),
    "build_effort": ENV.count("REDISMART_IMAGE_HNSW_BUILD"),
    "search_effort": ENV.count("REDISMART_IMAGE_HNSW_SEARCH"),
}

# Accounts
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "sign_in", "account", "home"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_RESET_TIMEOUT = 86_400
# Counts failed sign-ins in the cache: see purchasing.guarding.
AXES_HANDLER = "purchasing.guarding.SignInGuard"
AXES_FAILURE_LIMIT = ENV.count("REDISMART_SIGN_IN_TRIES")
AXES_COOLOFF_TIME = timedelta(minutes=ENV.count("REDISMART_SIGN_IN_PAUSE"))
AXES_LOCKOUT_CALLABLE = "purchasing.guarding.locked_out"
AXES_CLIENT_IP_CALLABLE = "redismart.web.limits.address_of"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
GUEST_CARTS = ENV.count("REDISMART_GUEST_CARTS")
PROXIES = ENV.count("REDISMART_PROXIES", least=0)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# E-mail
EMAIL = ENV.email("REDISMART_EMAIL_URL", folder=VAR / "mail")
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_FILE_PATH = EMAIL.get("EMAIL_FILE_PATH")
EMAIL_HOST, EMAIL_PORT = EMAIL.get("EMAIL_HOST", "localhost"), EMAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL.get("EMAIL_HOST_USER") or "", EMAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_TLS", False), EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = EMAIL.get("EMAIL_TIMEOUT")
DEFAULT_FROM_EMAIL = ENV["REDISMART_EMAIL_FROM"]
MAIL_ADDRESS = ENV.mailbox("REDISMART_EMAIL_FROM")
# Whoever can be written to proves to own an address before an account is opened under it.
CONFIRM_ADDRESSES = EMAIL_FILE_PATH is None

# Security
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    # Load balancers and monitors ask inside, without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

LOGGING_CONFIG = None
LOGGING = logging_config(
    level=ENV.choice("REDISMART_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR")),
    style=ENV.choice("REDISMART_LOG_FORMAT", ("console", "json")),
)
