"""Every setting, once: its name, its type, its default and what it is for.

``docs/settings.md`` must list each (a test holds the two together); ``environment`` reads and checks them.
"""

from dataclasses import dataclass
from typing import Any

from redismart.redis.topology import APPS, REGIONAL

PREFIX = "REDISMART_"
# Not the shop's settings: the demo's mark on its processes, and what tests and benchmark read themselves.
OTHER_NAMES = ("REDISMART_DEMO", "REDISMART_TEST_DATA", "REDISMART_REQUIRE_BROWSER")


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its type, its default and what it is for."""

    name: str
    kind: type
    default: Any
    meaning: str


DECLARED = (
    Setting(
        "REDISMART_ENV_FILE", str, ".env", "File with further settings; empty for none. The environment itself wins."
    ),
    Setting("REDISMART_DEBUG", bool, False, "Django's debug mode: never on a machine others can reach."),
    Setting("REDISMART_SECRET_KEY", str, "", "Signs sessions and links. Required when REDISMART_PRODUCTION is on."),
    Setting("REDISMART_PRODUCTION", bool, False, "Serve over HTTPS only, with secure cookies and HSTS."),
    Setting("REDISMART_ALLOWED_HOSTS", list, ["localhost", "127.0.0.1", "[::1]"], "Host names the shop answers to."),
    Setting("REDISMART_TRUSTED_ORIGINS", list, [], "Origins allowed to post forms, such as https://shop.example."),
    Setting("REDISMART_VAR", str, "", "Folder for data, logs and uploads; `var/` in the project by default."),
    Setting("REDISMART_PORT", int, 8000, "Port of the web server."),
    Setting("REDISMART_WEB_WORKERS", int, 2, "Processes of the web server."),
    Setting("REDISMART_LIVE_PORT", int, 0, "Port of the live process; ten above REDISMART_PORT by default."),
    Setting(
        "REDISMART_LIVE_URL",
        str,
        "",
        "Where browsers find the live process, such as https://shop.example/live; its own port by default.",
    ),
    Setting("REDISMART_DEMO_CATALOGUE", bool, True, "Whether `make demo` loads the demo catalogue into an empty shop."),
    Setting("REDISMART_DEBUG_VIEW", bool, False, "Show everyone, not only staff, what Redis did for each page."),
    Setting("REDISMART_LOG_LEVEL", str, "INFO", "DEBUG, INFO, WARNING or ERROR."),
    Setting("REDISMART_LOG_FORMAT", str, "console", "`console` for people, `json` for machines."),
    Setting("REDISMART_REGION", str, "us", "The region this process runs in."),
    Setting("REDISMART_REGIONS", list, ["us", "eu"], "All regions, in the order in which they were added."),
    Setting(
        "REDISMART_CATALOG_REPLICAS", bool, True, "Run a replica of the embedded catalogue node in each further region."
    ),
    Setting("REDISMART_LEDGER_DAYS", int, 90, "Days for which each change of stock is kept; older ones become sums."),
    Setting("REDISMART_OPTIMISE_MINUTES", int, 5, "How often orders, transfers and markdowns are proposed anew."),
    Setting("REDISMART_DEMAND_HALF_LIFE", int, 21, "Days after which a sale counts half in what is expected."),
    Setting(
        "REDISMART_LEAD_DAYS",
        list,
        ["7"],
        "Days from an order to its arrival; then those of locations, such as paris=3.",
    ),
    Setting("REDISMART_LEAD_SPREAD", int, 25, "Standard deviation of these days, in percent of them."),
    Setting("REDISMART_REVIEW_DAYS", int, 1, "Days between two looks at what to order."),
    Setting(
        "REDISMART_SERVICE_LEVELS",
        list,
        ["A=98", "B=95", "C=90"],
        "Percent of lead times that are to pass without a stock-out, by ABC class.",
    ),
    Setting("REDISMART_COVER_DAYS", int, 14, "Days for which one order is to last."),
    Setting(
        "REDISMART_ORDER_COST", int, 0, "What one order of one item costs; above nought, larger orders may be cheaper."
    ),
    Setting("REDISMART_HOLDING_PERCENT", int, 25, "What keeping goods for a year costs, in percent of what they cost."),
    Setting("REDISMART_COST_PERCENT", int, 60, "What goods cost, in percent of their price."),
    Setting("REDISMART_SLOW_DAYS", int, 180, "Stock that lasts for more days is slow."),
    Setting("REDISMART_MARKDOWN_PERCENT", int, 50, "The most that a markdown may take off a price."),
    Setting("REDISMART_PRICE_ELASTICITY", str, "2", "By how many percent sales rise for each percent off the price."),
    Setting("REDISMART_REDIS_BASE_PORT", int, 6400, "First port of the embedded Redis nodes."),
    Setting(
        "REDISMART_REDIS_SERVER",
        str,
        "",
        "An installed redis-stack-server or Redis 8 to run instead of the packaged one.",
    ),
    Setting("REDISMART_PATIENCE", int, 1, "How many times as long as usual to wait for Redis before doing without."),
    Setting("REDISMART_CURRENCY", str, "USD", "The shop's currency (ISO 4217): prices without a currency are in it."),
    Setting(
        "REDISMART_EXCHANGE_RATES",
        list,
        [],
        "Rates into the shop's currency, such as GBP=1.27; used to filter and sort, never to charge.",
    ),
    Setting("REDISMART_TAX_RATES", list, [], "Tax in percent by country or state, such as DE=19,US-CA=7.25."),
    Setting("REDISMART_TAX_INCLUDED", bool, False, "Whether prices include their tax; otherwise it comes on top."),
    Setting("REDISMART_TAX_ON_DELIVERY", bool, True, "Whether the cost of delivery is taxed as the goods are."),
    Setting("REDISMART_LOCALE", str, "en_US", "Locale of money, numbers and dates when the browser names none."),
    Setting(
        "REDISMART_DELIVERY_METHODS",
        list,
        ["standard:4.90:2.50:50:200=1/800=2/2500=4/7", "express:14.90:7.50::1000=1/4000=2/4"],
        "How the shop delivers: name:first parcel:each further:free from (or nothing):working days by km.",
    ),
    Setting("REDISMART_DELIVERY_CUTOFF", int, 15, "Local hour until which a location sends on the same day."),
    Setting(
        "REDISMART_TRANSFER_DAYS", str, "300=1/1000=2/3000=4/7", "Working days from one location to another, by km."
    ),
    Setting("REDISMART_PICKUP_MINUTES", int, 60, "Minutes until a store has an order ready."),
    Setting("REDISMART_RETURN_DAYS", int, 30, "Days after delivery or collection on which goods may be sent back."),
    Setting("REDISMART_PUBLIC_URL", str, "", "The shop's address in e-mails; its own port on 127.0.0.1 by default."),
    Setting("REDISMART_EMAIL_URL", str, "", "The e-mail server; without one, e-mails become files in `var/mail/`."),
    Setting("REDISMART_EMAIL_FROM", str, "RedisMart <shop@localhost>", "Whom e-mails are from."),
    Setting("REDISMART_GUEST_CARTS", int, 1_000, "Carts a day that guests from one address of the network may begin."),
    Setting("REDISMART_SIGN_IN_TRIES", int, 5, "Wrong passwords after which signing in must wait."),
    Setting("REDISMART_SIGN_IN_PAUSE", int, 15, "Minutes to wait after too many wrong passwords."),
    Setting("REDISMART_PROXIES", int, 0, "How many proxies of yours stand in front, each adding to X-Forwarded-For."),
    Setting(
        "REDISMART_IMAGE_MODEL",
        str,
        "efficientnet-lite2",
        "The image model: one of the shop's own, or the name or folder of one of sentence-transformers.",
    ),
    Setting("REDISMART_IMAGE_THREADS", int, 1, "Threads that the image model may use."),
    Setting("REDISMART_IMAGE_CUT", str, "", "Cosine distance beyond which nothing is a close match; the model's own."),
    Setting("REDISMART_IMAGE_HNSW_FROM", int, 50_000, "Pictures from which their index is approximate (HNSW)."),
    Setting("REDISMART_IMAGE_HNSW_LINKS", int, 16, "Links of each picture in it (M)."),
    Setting("REDISMART_IMAGE_HNSW_BUILD", int, 200, "Effort of building it (EF_CONSTRUCTION)."),
    Setting("REDISMART_IMAGE_HNSW_SEARCH", int, 64, "Effort of searching in it (EF_RUNTIME)."),
    Setting(
        "REDISMART_STRIPE_SECRET_KEY", str, "", "Stripe's secret key. It takes payments when its three keys are set."
    ),
    Setting("REDISMART_STRIPE_PUBLISHABLE_KEY", str, "", "Stripe's key for browsers."),
    Setting("REDISMART_STRIPE_WEBHOOK_SECRET", str, "", "What Stripe signs its notices with."),
    Setting("DATABASE_URL", str, "", "Database of Django's own tables: SQLite under REDISMART_VAR by default."),
)


def redis_url_names(regions: tuple[str, ...]) -> dict[str, str]:
    """The environment variable of every node that may be external, by app or app-region."""
    names = {app: f"REDISMART_REDIS_{app.upper()}_URL" for app in APPS}
    for region in regions:
        names |= {
            f"{app}-{region}": f"REDISMART_REDIS_{app.upper()}_{region.upper()}_URL"
            for app in (*REGIONAL, "catalog", "imagesearch")
        }
    return names
