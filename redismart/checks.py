"""System checks: a node that cannot serve the shop is refused at start, with what to do."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from redismart.environment import redis_url_names
from redismart.redis import connections
from redismart.redis.binaries import OLDEST_SERVER, version_number
from redismart.redis.topology import APPS

OLDEST_SEARCH = 2_10_00
SEARCHED_APPS = ("catalog", "imagesearch", "inventory")
DOCUMENT_APPS = ("catalog", "imagesearch", "purchasing", "inventory")


@register(Tags.database)
def redis_nodes(*, databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """Every app's node answers, is new enough and has its modules.

    Run by ``check --database default`` and at the start of the web server and the workers, not by every
    management command.
    """
    if not databases:
        return []
    return [problem for app in APPS for problem in _node_problems(app)]


def may_pass(problem: CheckMessage) -> bool:
    """Whether waiting may help: the node is not up yet, rather than wrong."""
    return problem.id == "redismart.E001"


def sentence(problem: CheckMessage) -> str:
    """A problem as one line: what is wrong and what to do."""
    return f"{problem.msg} {problem.hint}"


def _node_problems(app: str) -> Iterator[CheckMessage]:
    try:
        client = connections.client(app)
        version = client.info("server")["redis_version"]
        modules = _modules(client)
    except (AuthenticationError, NoPermissionError) as error:
        problem = f"Redis refused the user of {app}: {error}."
        yield _error(app, "E002", problem, "Correct user and password in {setting}.")
    except (RedisError, OSError, ValueError) as error:
        problem = f"The Redis node of {app} cannot be reached: {error}."
        yield _error(app, "E001", problem, "Start it (`make demo` or `manage.py run_redis`) or correct {setting}.")
    else:
        yield from _version_problems(app, version)
        yield from _module_problems(app, modules)


def _version_problems(app: str, version: str) -> Iterator[CheckMessage]:
    if version_number(version) < OLDEST_SERVER:
        problem = f"The Redis node of {app} is version {version}."
        yield _error(app, "E003", problem, "Use Redis 7.2 or newer in {setting}.")


def _module_problems(app: str, modules: dict[str, int]) -> Iterator[CheckMessage]:
    if app in DOCUMENT_APPS and "rejson" not in modules:
        problem = f"The Redis node of {app} has no JSON module."
        yield _error(app, "E004", problem, "Use Redis 8, Redis Stack or the embedded node in {setting}.")
    if app in SEARCHED_APPS and modules.get("search", 0) < OLDEST_SEARCH:
        problem = f"The Redis node of {app} has no search module of version 2.10 or newer."
        yield _error(app, "E005", problem, "Use Redis 8, Redis Stack 7.4 or the embedded node in {setting}.")


def _modules(client: connections.ShopRedis) -> dict[str, int]:
    """The loaded modules and their versions, from INFO: unlike MODULE LIST it is open to every user."""
    facts = client.info("modules")
    found = facts.get("modules") or facts.get("module") or []
    return {str(each["name"]).lower(): int(each["ver"]) for each in (found if isinstance(found, list) else [found])}


def _error(app: str, code: str, problem: str, hint: str) -> Error:
    return Error(problem, hint=hint.format(setting=_setting(app)), obj=app, id=f"redismart.{code}")


def _setting(app: str) -> str:
    """The environment variable that places this app's node, in this region if one does."""
    names = redis_url_names(settings.REGIONS)
    here = f"{app}-{settings.REGION}"
    return names[here if here in settings.TOPOLOGY.external else app]
