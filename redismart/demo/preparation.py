"""Everything between running Redis nodes and a shop to look at; each step is skipped when already done."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from redismart import checks
from redismart.demo import staff
from redismart.demo.errors import DemoError
from redismart.redis import searched

SOME_UNREACHED = 3


def prepare(*, say: Callable[[str], object]) -> None:
    """Tables, static files, indexes and, in an empty shop, the demo's catalogue and stores."""
    _check_nodes(say=say)
    _make_tables()
    staff.make()
    _collect_static(say=say)
    call_command("create_indexes", verbosity=0)
    call_command("write_gazetteer", verbosity=0)
    _load_once("catalogue", app="catalog", load=lambda: call_command("load_demo"), say=say)
    _load_once("stores", app="inventory", load=_load_stores_and_stock, say=say)


def _load_stores_and_stock() -> None:
    call_command("load_stores", demo=True)
    products = settings.BASE_DIR / "catalog" / "demo" / "products.jsonl"
    call_command("load_stock", demo=products)
    call_command("load_sales_history", demo=products)
    for region in settings.REGIONS:
        call_command("optimise_stock", region=region)


def _make_tables() -> None:
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        problem = str(error).strip().splitlines()[0].rstrip(".")
        raise DemoError(
            f"The database that DATABASE_URL names cannot be used: {problem}. Correct the setting."
        ) from None


def _check_nodes(*, say: Callable[[str], object]) -> None:
    """Nodes that a setting places elsewhere may be away, too old or without modules."""
    problems = checks.redis_nodes(databases=["default"])
    if errors := [problem for problem in problems if problem.is_serious()]:
        raise DemoError("\n".join(map(checks.sentence, errors)))
    for warning in problems:
        say(checks.sentence(warning))


def _collect_static(*, say: Callable[[str], object]) -> None:
    done = _state() / "static"
    digest = _static_digest()
    if settings.STATIC_ROOT.is_dir() and done.exists() and done.read_text() == digest:
        return
    say("Collecting static files.")
    done.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    done.write_text(digest)


def _static_digest() -> str:
    """Changes whenever a static file or the way of storing them does."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name} {facts.st_mtime_ns} {facts.st_size}\n".encode())
    return digest.hexdigest()


def _load_once(what: str, *, app: str, load: Callable[[], object], say: Callable[[str], object]) -> None:
    unfinished = _state() / f"{what}-unfinished"
    if not settings.DEMO_CATALOGUE or (not unfinished.exists() and not _is_empty(app)):
        return
    say(f"Going on with the demo {what}." if unfinished.exists() else f"Loading the demo {what} (once).")
    unfinished.touch()
    try:
        load()
    except CommandError as error:
        # A region that is away must not keep this one closed: it gets its part at the next start.
        if error.returncode != SOME_UNREACHED:
            raise
        say(str(error))
    else:
        unfinished.unlink()


def _is_empty(app: str) -> bool:
    return not any(searched.count(document) for document in searched.documents() if document.app == app)


def _state() -> Path:
    """What the demo remembers from one start to the next."""
    folder: Path = settings.VAR / "demo"
    folder.mkdir(exist_ok=True)
    return folder
