"""What every test may ask for. Settings are made before Django reads them, for each xdist worker apart."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import hypothesis
import pytest
from django.conf import settings

from tests.journeys import browser
from tests.redis_nodes import ROOT, RedisNodes, environment, foreign, reserve_ports

if settings.configured:
    raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: the tests make their own settings, before Django reads any.")

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("shop", deadline=None)
hypothesis.settings.load_profile("shop")

PORTS = reserve_ports()
VAR = Path(tempfile.mkdtemp(prefix="redismart-test-"))
os.environ.update(environment(var=VAR, ports=PORTS))
for _foreign in [name for name in os.environ if foreign(name)]:
    del os.environ[_foreign]
os.environ["DJANGO_SETTINGS_MODULE"] = "redismart.settings"
# Playwright keeps an event loop in the thread of the tests; Django's database would refuse to work beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
django.setup()
# A worker that found it would read its settings before this file has made them.
del os.environ["DJANGO_SETTINGS_MODULE"]


# Files that take a minute or several: where one of them came last, a single process would work on it while the others
# have nothing left to do.
LONG = ("test_demo", "test_quality", "test_bench", "test_live_board", "test_accessibility", "test_staff_catalogue")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; the tests of a file stay together, in their order."""
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


def pytest_unconfigure() -> None:
    PORTS.lock.close()
    shutil.rmtree(VAR, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that journeys were left out."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any(browser.MISSING in str(report.longrepr) for report in skipped):
        terminalreporter.write_sep("!", browser.MISSING, red=True, bold=True)


@pytest.fixture(scope="session")
def redis_stack() -> Iterator[RedisNodes]:
    """The Redis nodes of this test process."""
    with RedisNodes(var=VAR, ports=PORTS) as nodes:
        yield nodes


@pytest.fixture(scope="session", autouse=True)
def _towns(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One gazetteer for all processes of this run, and the servers that they start: writing it takes seconds."""
    shared = tmp_path_factory.getbasetemp().parent / "redismart-towns"
    shared.mkdir(exist_ok=True)
    (VAR / "towns").symlink_to(shared, target_is_directory=True)


@pytest.fixture
def redis_nodes(redis_stack: RedisNodes) -> Iterator[RedisNodes]:
    """Empty Redis nodes for every app in every region; what the test wrote is gone after it."""
    yield redis_stack
    redis_stack.flush()


@pytest.fixture
def search_indexes(redis_nodes: RedisNodes) -> RedisNodes:
    """Empty Redis nodes with the search index of every document."""
    from redismart.redis import searched

    for document in searched.documents():
        searched.ensure(document)
    searched.ensure_of_hashes()
    return redis_nodes


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real catalogue data, named by REDISMART_TEST_DATA; skips where there is none."""
    folder = Path(os.environ.get("REDISMART_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"The real catalogue data is not in {folder}: name its folder in REDISMART_TEST_DATA.")
    return folder
