"""A wrong setting stops the start with its name and what to do; a right one becomes what the code expects."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from redismart.declared import DECLARED, redis_url_names
from redismart.demo import leftovers
from redismart.environment import Environment
from tests.redis_nodes import OWN_SETTINGS, ROOT

WRONG = [
    ("REDISMART_DEBUG", "maybe"),
    ("REDISMART_PRODUCTION", "ture"),
    ("REDISMART_PRODUCTION", "yes"),  # without a secret key
    ("REDISMART_PORT", "http"),
    ("REDISMART_PORT", "0"),
    ("REDISMART_PORT", "70000"),
    ("REDISMART_PORT", "-1"),
    ("REDISMART_LIVE_PORT", "http"),
    ("REDISMART_LIVE_PORT", "70000"),
    ("REDISMART_LIVE_URL", "/live"),
    ("REDISMART_LIVE_URL", "shop.example/live"),
    ("REDISMART_WEB_WORKERS", "0"),
    ("REDISMART_WEB_WORKERS", "many"),
    ("REDISMART_REGION", "mars"),
    ("REDISMART_REGIONS", ""),
    ("REDISMART_REGIONS", "US"),
    ("REDISMART_REGIONS", "us,us"),
    ("REDISMART_REGIONS", "us,e-u"),
    ("REDISMART_REDIS_BASE_PORT", "70000"),
    ("REDISMART_CURRENCY", "dollars"),
    ("REDISMART_STRIPE_SECRET_KEY", "sk_test_alone"),
    ("REDISMART_STRIPE_SECRET_KEY", "pk_test_mistaken"),
    ("REDISMART_STRIPE_WEBHOOK_SECRET", "whsec_alone"),
    ("REDISMART_EXCHANGE_RATES", "GBP"),
    ("REDISMART_EXCHANGE_RATES", "GBP=1.27,EUR=nan"),
    ("REDISMART_EXCHANGE_RATES", "GBP=-1"),
    ("REDISMART_EXCHANGE_RATES", "pound=1.27"),
    ("REDISMART_TAX_RATES", "DE"),
    ("REDISMART_TAX_RATES", "DE=19%"),
    ("REDISMART_TAX_RATES", "DE=-1"),
    ("REDISMART_TAX_RATES", "DE=101"),
    ("REDISMART_TAX_RATES", "DE=nan"),
    ("REDISMART_TAX_RATES", "Germany=19"),
    ("REDISMART_TAX_RATES", "US-XX=5"),
    ("REDISMART_TAX_RATES", "US-=5"),
    ("REDISMART_TAX_RATES", "DE=19,DE=7"),
    ("REDISMART_TAX_INCLUDED", "perhaps"),
    ("REDISMART_TAX_ON_DELIVERY", "sometimes"),
    ("REDISMART_LOCALE", "xx_YY"),
    ("REDISMART_PUBLIC_URL", "shop.example"),
    ("REDISMART_EMAIL_URL", "mail.example"),
    ("REDISMART_EMAIL_URL", "https://mail.example"),
    ("REDISMART_EMAIL_URL", "smtp://"),
    ("REDISMART_EMAIL_URL", "smtp://mail.example:port"),
    ("REDISMART_EMAIL_FROM", "nobody"),
    ("REDISMART_EMAIL_FROM", ""),
    ("REDISMART_EMAIL_FROM", "a@b.example, c@d.example"),
    ("REDISMART_GUEST_CARTS", "0"),
    ("REDISMART_SIGN_IN_TRIES", "0"),
    ("REDISMART_SIGN_IN_PAUSE", "-5"),
    ("REDISMART_PROXIES", "-1"),
    ("REDISMART_IMAGE_CUT", "near"),
    ("REDISMART_IMAGE_CUT", "2.5"),
    ("REDISMART_IMAGE_CUT", "nan"),
    ("REDISMART_LOG_LEVEL", "loud"),
    ("REDISMART_LOG_FORMAT", "xml"),
    ("REDISMART_VAR", "/dev/null/var"),
    ("REDISMART_REDIS_CATALOG_URL", "localhost:6379"),
    ("REDISMART_REDIS_CATALOG_URL", "http://localhost:6379"),
    ("REDISMART_REDIS_CATALOG_URL", "redis://"),
    ("REDISMART_REDIS_CATALOG_URL", "redis://localhost:99999"),
    ("REDISMART_REDIS_CATALOG_URL", "redis://localhost/products"),
    ("REDISMART_REDIS_CACHE_URL", "unix:///run/redis.sock?db=first"),
    ("REDISMART_REDIS_INVENTORY_EU_URL", "nowhere"),
    ("REDISMART_DELIVERY_METHODS", "standard"),
    ("REDISMART_DELIVERY_METHODS", "standard:4.901:0::7"),
    ("REDISMART_TRANSFER_DAYS", "soon"),
    ("REDISMART_TRANSFER_DAYS", ""),
    ("REDISMART_DELIVERY_CUTOFF", "25"),
    ("REDISMART_PICKUP_MINUTES", "0"),
    ("REDISMART_RETURN_DAYS", "-1"),
    ("DATABASE_URL", "nonsense"),
    ("DATABASE_URL", "oracle://host/name"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "postgres://host:port/name"),
]


def checked_with(folder: Path, **values: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | {"REDISMART_VAR": str(folder)} | values,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_web_server_s_port_is_refused_to_the_live_process(tmp_path: Path) -> None:
    checked = checked_with(tmp_path, REDISMART_PORT="8100", REDISMART_LIVE_PORT="8100")
    assert checked.returncode == 1
    assert checked.stderr.startswith("redismart: REDISMART_LIVE_PORT is 8100")


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_in_one_line_that_names_its_setting(name: str, value: str, tmp_path: Path) -> None:
    checked = checked_with(tmp_path, **{name: value})
    assert checked.returncode == 1
    assert checked.stdout == ""
    assert checked.stderr.startswith("redismart: ")
    assert checked.stderr.count("\n") == 1
    assert name.removesuffix("S") in checked.stderr or "REDISMART_SECRET_KEY" in checked.stderr


MISSPELT = [
    ("REDISMART_POORT", "REDISMART_PORT"),
    ("REDISMART_REDIS_CATALOGUE_URL", "REDISMART_REDIS_CATALOG_URL"),
    ("REDISMART_REDIS_INVENTORY_EUU_URL", "REDISMART_REDIS_INVENTORY_EU_URL"),
    ("redismart_currency", "REDISMART_CURRENCY"),
]


@pytest.mark.parametrize(("name", "meant"), MISSPELT)
def test_a_misspelt_name_is_refused_with_the_nearest_one(name: str, meant: str, empty: pytest.MonkeyPatch) -> None:
    empty.setenv(name, "whatever")
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not a setting of the shop: did you mean {meant}\?$"):
        Environment().refuse_unknown(("us", "eu"))


def test_a_name_like_no_other_is_refused_without_a_guess(empty: pytest.MonkeyPatch) -> None:
    empty.setenv("REDISMART_XYZZY_QUUX", "1")
    with pytest.raises(ImproperlyConfigured, match=r"REDISMART_XYZZY_QUUX is not a setting.*docs/settings\.md"):
        Environment().refuse_unknown(("us", "eu"))


def test_the_url_of_a_region_that_does_not_exist_is_refused(empty: pytest.MonkeyPatch) -> None:
    empty.setenv("REDISMART_REDIS_INVENTORY_AP_URL", "redis://redis.example:6379/0")
    Environment().refuse_unknown(("us", "ap"))
    with pytest.raises(ImproperlyConfigured, match="REDISMART_REDIS_INVENTORY_AP_URL"):
        Environment().refuse_unknown(("us", "eu"))


def test_a_misspelt_name_in_the_file_is_refused_too(empty: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text("REDISMART_POORT=8100\n")
    try:
        with pytest.raises(ImproperlyConfigured, match="did you mean REDISMART_PORT"):
            Environment(env_file=file).refuse_unknown(("us", "eu"))
    finally:
        os.environ.pop("REDISMART_POORT", None)


def test_every_name_that_the_shop_its_tests_and_its_tools_use_is_known(empty: pytest.MonkeyPatch) -> None:
    for name in (*(setting.name for setting in DECLARED), *OWN_SETTINGS, leftovers.MARK):
        empty.setenv(name, "")
    for name in redis_url_names(("us", "eu")).values():
        empty.setenv(name, "")
    empty.setenv("REDISMARTS_OWN", "not ours")
    Environment().refuse_unknown(("us", "eu"))


def test_the_shop_does_not_start_with_a_misspelt_setting(tmp_path: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | {"REDISMART_VAR": str(tmp_path), "REDISMART_POORT": "8100"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1
    assert checked.stderr == "redismart: REDISMART_POORT is not a setting of the shop: did you mean REDISMART_PORT?\n"


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without any of our settings."""
    for name in [name for name in os.environ if name.startswith(("REDISMART_", "DATABASE_URL"))]:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize("setting", DECLARED, ids=lambda setting: setting.name)
def test_every_setting_has_a_meaning_and_a_default_of_its_kind(empty: pytest.MonkeyPatch, setting: object) -> None:
    declared = next(each for each in DECLARED if each is setting)
    assert isinstance(Environment()[declared.name], declared.kind)
    assert Environment()[declared.name] == declared.default
    assert declared.meaning.endswith(".")


@pytest.mark.parametrize(
    ("word", "meant"), [("true", True), ("YES", True), ("1", True), ("off", False), ("0", False), ("", False)]
)
def test_switches_take_the_usual_words(empty: pytest.MonkeyPatch, word: str, meant: bool) -> None:
    empty.setenv("REDISMART_DEBUG", word)
    assert Environment()["REDISMART_DEBUG"] is meant


def test_exchange_rates_are_exact(empty: pytest.MonkeyPatch) -> None:
    empty.setenv("REDISMART_EXCHANGE_RATES", "GBP=1.27,EUR=1.1")
    assert Environment().exchange_rates() == {"GBP": Decimal("1.27"), "EUR": Decimal("1.1")}


def test_redis_urls_are_found_by_app_and_by_region(empty: pytest.MonkeyPatch) -> None:
    empty.setenv("REDISMART_REDIS_CATALOG_URL", "rediss://user:secret@redis.example:6380/0")
    empty.setenv("REDISMART_REDIS_INVENTORY_EU_URL", "unix:///run/redis.sock")
    assert Environment().redis_urls(("us", "eu")) == {
        "catalog": "rediss://user:secret@redis.example:6380/0",
        "inventory-eu": "unix:///run/redis.sock",
    }


def test_every_app_and_every_regional_app_has_a_url_setting() -> None:
    names = redis_url_names(("us", "eu"))
    assert names["cache"] == "REDISMART_REDIS_CACHE_URL"
    assert names["inventory-us"] == "REDISMART_REDIS_INVENTORY_US_URL"
    assert names["catalog-eu"] == "REDISMART_REDIS_CATALOG_EU_URL"
    assert "cache-us" not in names


def test_the_environment_wins_over_the_file(empty: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text("REDISMART_PORT=8100\nREDISMART_CURRENCY=EUR\n")
    empty.setenv("REDISMART_PORT", "8200")
    read = Environment(env_file=file)
    assert read.port("REDISMART_PORT") == 8200
    assert read["REDISMART_CURRENCY"] == "EUR"
    os.environ.pop("REDISMART_CURRENCY", None)


def test_another_file_or_none_can_be_named(empty: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usual, named = tmp_path / "usual", tmp_path / "named"
    usual.write_text("REDISMART_CURRENCY=EUR\n")
    named.write_text("REDISMART_CURRENCY=GBP\n")
    empty.setenv("REDISMART_ENV_FILE", "")
    assert Environment(env_file=usual)["REDISMART_CURRENCY"] == "USD"
    empty.setenv("REDISMART_ENV_FILE", str(named))
    assert Environment(env_file=usual)["REDISMART_CURRENCY"] == "GBP"
    os.environ.pop("REDISMART_CURRENCY", None)


def test_a_database_file_may_be_anywhere(empty: pytest.MonkeyPatch, tmp_path: Path) -> None:
    default = Environment().database("DATABASE_URL", default=tmp_path / "x.sqlite3")
    assert default["NAME"] == str(tmp_path / "x.sqlite3")
    empty.setenv("DATABASE_URL", "postgres://shop:secret@db.example:5433/shop")
    empty.setattr("redismart.environment.find_spec", lambda _driver: object())
    named = Environment().database("DATABASE_URL", default=tmp_path / "x.sqlite3")
    assert (named["ENGINE"], named["HOST"], named["PORT"]) == ("django.db.backends.postgresql", "db.example", 5433)


def test_a_folder_is_made_when_it_is_missing(empty: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty.setenv("REDISMART_VAR", str(tmp_path / "new" / "var"))
    assert Environment().folder("REDISMART_VAR", tmp_path).is_dir()
    (tmp_path / "file").touch()
    empty.setenv("REDISMART_VAR", str(tmp_path / "file" / "var"))
    with pytest.raises(ImproperlyConfigured, match=r"cannot be written to.*REDISMART_VAR"):
        Environment().folder("REDISMART_VAR", tmp_path)


def test_a_settings_file_that_is_no_text_is_named(empty: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "env").write_bytes(b"\xff\xfe\x00REDISMART_PORT=1")
    with pytest.raises(ImproperlyConfigured, match=r"settings file .*env cannot be read .*REDISMART_ENV_FILE"):
        Environment(env_file=tmp_path / "env")


def test_a_database_without_its_driver_says_how_to_get_it(empty: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty.setenv("DATABASE_URL", "postgres://a:b@127.0.0.1/x")
    with pytest.raises(ImproperlyConfigured, match=r"DATABASE_URL .*psycopg\[binary\]"):
        Environment().database("DATABASE_URL", default=tmp_path / "x")
