"""The documentation is complete: what an operator can set or run is described."""

from pathlib import Path

import pytest
from django.core.management import get_commands

from redismart.declared import DECLARED, redis_url_names

ROOT = Path(__file__).resolve().parents[2]
OWN_APPS = {"redismart", "catalog", "inventory", "purchasing", "imagesearch"}
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
COMMANDS = (ROOT / "docs" / "commands.md").read_text()


@pytest.mark.parametrize("name", [setting.name for setting in DECLARED])
def test_every_setting_is_documented(name: str) -> None:
    assert f"| `{name}`" in SETTINGS


@pytest.mark.parametrize("name", sorted(redis_url_names(("us", "eu")).values()))
def test_every_redis_url_is_documented(name: str) -> None:
    assert f"`{name}`" in SETTINGS


@pytest.mark.parametrize("name", sorted(name for name, app in get_commands().items() if app in OWN_APPS))
def test_every_command_is_documented(name: str) -> None:
    assert f"## `{name}`" in COMMANDS


def test_every_documented_setting_exists() -> None:
    known = {setting.name for setting in DECLARED} | set(redis_url_names(("us", "eu")).values())
    rows = [line.split("`")[1] for line in SETTINGS.splitlines() if line.startswith("| `")]
    assert set(rows) <= known | {"REDISMART_TEST_DATA", "REDISMART_REQUIRE_BROWSER"}


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md"), key=str), ids=lambda page: page.name)
def test_every_guide_is_reachable_from_the_readme(page: Path) -> None:
    assert f"docs/{page.name}" in (ROOT / "README.md").read_text()
