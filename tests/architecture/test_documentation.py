"""The documentation is complete: what an operator can set or run is described."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from redismart.declared import DECLARED, redis_url_names

ROOT = Path(__file__).resolve().parents[2]
OWN_APPS = {"redismart", "catalog", "inventory", "purchasing", "imagesearch"}
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
COMMANDS = (ROOT / "docs" / "commands.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
PROCESSES = re.findall(r"^([a-z]+):", (ROOT / "Procfile").read_text(), re.MULTILINE)
OWN_COMMANDS = sorted(name for name, app in get_commands().items() if app in OWN_APPS)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"), key=str)]
COMMON_OPTIONS = {
    *("--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color"),
    *("--force-color", "--skip-checks"),
}


@pytest.mark.parametrize("name", [setting.name for setting in DECLARED])
def test_every_setting_is_documented(name: str) -> None:
    assert f"| `{name}`" in SETTINGS


@pytest.mark.parametrize("name", sorted(redis_url_names(("us", "eu")).values()))
def test_every_redis_url_is_documented(name: str) -> None:
    assert f"`{name}`" in SETTINGS


@pytest.mark.parametrize("name", OWN_COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert f"## `{name}`" in COMMANDS


@pytest.mark.parametrize("name", OWN_COMMANDS)
def test_every_option_of_a_command_is_documented(name: str) -> None:
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    options = {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
    (section,) = (part for part in re.split(r"^## ", COMMANDS, flags=re.MULTILINE) if part.startswith(f"`{name}`"))
    assert options - COMMON_OPTIONS <= set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", section))


@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_is_documented(name: str) -> None:
    assert f"| `{name}` |" in OPERATIONS


def test_every_documented_setting_exists() -> None:
    known = {setting.name for setting in DECLARED} | set(redis_url_names(("us", "eu")).values())
    rows = [line.split("`")[1] for line in SETTINGS.splitlines() if line.startswith("| `")]
    assert set(rows) <= known | {"REDISMART_TEST_DATA", "REDISMART_REQUIRE_BROWSER"}


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md"), key=str), ids=lambda page: page.name)
def test_every_guide_is_reachable_from_the_readme(page: Path) -> None:
    assert f"docs/{page.name}" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_guide_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        path, _hash, heading = link.partition("#")
        target = page.parent / path if path else page
        assert link.startswith("https://") or target.exists(), link
        assert link.startswith("https://") or not heading or heading in _headings(target), link


def _headings(page: Path) -> set[str]:
    """The names by which links know a page's headings: as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}
