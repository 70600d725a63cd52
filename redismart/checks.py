"""System checks: a node that cannot serve the shop is refused at start, with what to do."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as WarningMessage
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from redismart.declared import redis_url_names
from redismart.redis import connections
from redismart.redis.binaries import OLDEST_SERVER, version_number
from redismart.redis.topology import APPS, REGIONAL

OLDEST_SEARCH = 2_10_00
SEARCHED_APPS = ("catalog", "imagesearch", "inventory")
DOCUMENT_APPS = ("catalog", "imagesearch", "purchasing", "inventory")
ELSEWHERE_SECONDS = 2.0
"""Other regions are asked at every start, and may be cut off."""


@register(Tags.database)
def redis_nodes(*, databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """Every node of the topology answers, is new enough and has its modules; each is asked once.

    Run by ``check --database default`` and at the start of the web server and the workers, not by every
    management command.
    """
    if not databases:
        return []
    return [problem for use in _uses() for problem in _node_problems(use)]


def may_pass(problem: CheckMessage) -> bool:
    """Whether waiting may help: the node is not up yet, rather than wrong."""
    return problem.id == "redismart.E001"


def sentence(problem: CheckMessage) -> str:
    """A problem as one line: what is wrong and what to do."""
    return f"{problem.msg} {problem.hint}"


@dataclass(frozen=True, slots=True)
class _Use:
    """One node, by its URL, and who uses it: apps of this region if there are any, else of others."""

    url: str
    here: bool
    users: tuple[tuple[str, str], ...]

    @property
    def apps(self) -> set[str]:
        return {app for app, _region in self.users}

    @property
    def name(self) -> str:
        return ", ".join(app if self.here else f"{app} in {region}" for app, region in self.users)

    @property
    def setting(self) -> str:
        """The environment variables that place the node."""
        return ", ".join(dict.fromkeys(_setting(app, region) for app, region in self.users))

    def problem(self, code: str, problem: str, hint: str, kind: Callable[..., CheckMessage] = Error) -> CheckMessage:
        hint = hint.format(setting=self.setting)
        return kind(f"The Redis node of {self.name} {problem}.", hint=hint, obj=self.name, id=f"redismart.{code}")


def _uses() -> Iterator[_Use]:
    """Every node once: this region's first, then those that only other regions, or replicas, are for.

    Without its replica a region reads the primary: like another region's node, it may be away.
    """
    topology = connections.topology()
    users: dict[str, list[tuple[str, str]]] = {}
    for region in sorted(topology.regions, key=lambda region: region != topology.region):
        for app in APPS:
            users.setdefault(topology.url(app, region=region), []).append((app, region))
    near = {url: tuple(user for user in found if user[1] == topology.region) for url, found in users.items()}
    for region, app in product(topology.regions, APPS):
        if url := topology.replica_url(app, region=region):
            users.setdefault(url, []).append((app, region))
    for url, everyone in users.items():
        yield _Use(url, bool(near.get(url)), near.get(url) or tuple(dict.fromkeys(everyone)))


def _node_problems(use: _Use) -> Iterator[CheckMessage]:
    timeout = connections.SOCKET_TIMEOUT_SECONDS if use.here else ELSEWHERE_SECONDS
    try:
        with connections.connect(use.url, timeout=timeout) as client:
            version = client.info("server")["redis_version"]
            modules = _modules(client)
    except (AuthenticationError, NoPermissionError) as error:
        yield use.problem("E002", f"refused its user: {_told(error)}", "Correct user and password in {setting}.")
    except (RedisError, OSError) as error:
        yield _unreachable(use, error)
    except (ValueError, TypeError) as error:
        yield use.problem("E006", f"has a URL that cannot be used: {_told(error)}", "Correct {setting}.")
    else:
        yield from _version_problems(use, version)
        yield from _module_problems(use, modules)


def _told(error: Exception) -> str:
    """What an error says, to go on with in a sentence."""
    return str(error).rstrip(".")


def _unreachable(use: _Use, error: Exception) -> CheckMessage:
    """An error here. Regions must be able to start without each other: another one's node is only worth a warning."""
    problem = f"cannot be reached: {_told(error)}"
    if use.here:
        return use.problem("E001", problem, _way_to_start(use))
    return use.problem(
        "W001", problem, "This region works without it; if it never answers, correct {setting}.", WarningMessage
    )


def _way_to_start(use: _Use) -> str:
    """What to do about a node that is away: those that a setting places elsewhere are not ours to start."""
    names = {name for app, region in use.users for name in (app, f"{app}-{region}")}
    if names & settings.TOPOLOGY.external.keys():
        return "Start that Redis, or correct {setting}; without that setting the shop runs a node of its own."
    return "Start it (`make demo` or `manage.py run_redis`) or correct {setting}."


def _version_problems(use: _Use, version: str) -> Iterator[CheckMessage]:
    if version_number(version) < OLDEST_SERVER:
        yield use.problem("E003", f"is version {version}", "Use Redis 7.2 or newer in {setting}.")


def _module_problems(use: _Use, modules: dict[str, int]) -> Iterator[CheckMessage]:
    if use.apps.intersection(DOCUMENT_APPS) and "rejson" not in modules:
        yield use.problem("E004", "has no JSON module", "Use Redis 8, Redis Stack or the embedded node in {setting}.")
    if use.apps.intersection(SEARCHED_APPS) and modules.get("search", 0) < OLDEST_SEARCH:
        hint = "Use Redis 8, Redis Stack 7.4 or the embedded node in {setting}."
        yield use.problem("E005", "has no search module of version 2.10 or newer", hint)


def _modules(client: connections.ShopRedis) -> dict[str, int]:
    """The loaded modules and their versions, from INFO: unlike MODULE LIST it is open to every user."""
    facts = client.info("modules")
    found = facts.get("modules") or facts.get("module") or []
    return {str(each["name"]).lower(): int(each["ver"]) for each in (found if isinstance(found, list) else [found])}


def _setting(app: str, region: str) -> str:
    """The environment variable that places an app's node in a region."""
    placed = connections.topology().external
    by_region = f"{app}-{region}" in placed or (app in REGIONAL and app not in placed)
    return redis_url_names(settings.REGIONS)[f"{app}-{region}" if by_region else app]
