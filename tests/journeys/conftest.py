"""A real browser in front of the real shop. A page that logs an error or a refused script fails its test."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    WebError,
    expect,
    sync_playwright,
)

from redismart.redis import searched
from tests.journeys import browser as browsers
from tests.journeys import shopfront
from tests.redis_nodes import RedisNodes

DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
PATIENCE_MS = 60_000
HARMLESS = re.compile(r"the server responded with a status of 4(0[0349]|22|29)|^Response Status Error Code 403 ")
# What Chromium says when the next page comes before the last one has faded: nobody sees it.
HURRIED = re.compile(r"^Transition was (aborted|skipped)")

Visit = Callable[..., Page]

# What is as expected costs no wait, and how long the rest takes says more about the machine than about the page.
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once for all journeys of this test process."""
    program = browsers.chromium()
    if program is None:
        (pytest.fail if browsers.is_required() else pytest.skip)(browsers.MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(browsers.ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def web_server(browser: Browser, redis_stack: RedisNodes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the shop's real web server."""
    with shopfront.serving(log=tmp_path_factory.mktemp("web") / "server.log") as address:
        yield address


@pytest.fixture(scope="module")
def shop(web_server: str, redis_stack: RedisNodes) -> Iterator[str]:
    """The address of a shop with the demo's products."""
    redis_stack.flush()
    for document in searched.documents():
        searched.ensure(document)
    searched.ensure_of_hashes()
    shopfront.load_catalogue()
    yield web_server
    redis_stack.flush()


@pytest.fixture
def visit(browser: Browser, shop: str) -> Iterator[Visit]:
    """Opens a fresh visitor's page of the shop: ``visit("/search/", width=…, color_scheme=…)``.

    ``expects`` is a status of the server that is no complaint.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error" and not HARMLESS.search(message.text):
            complaints.append(message.text)

    def complain_of(error: WebError) -> None:
        if not HURRIED.search(error.error.message):
            complaints.append(str(error.error))

    def opened(path: str = "/", *, expects: int = 0, **options: object) -> Page:
        context = browser.new_context(**({"base_url": shop, "viewport": DESKTOP} | options))  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", lambda message: None if f"status of {expects} " in message.text else complain(message))
        context.on("weberror", complain_of)
        page = context.new_page()
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def page(visit: Visit) -> Page:
    """The home page on a desktop."""
    return visit("/")
