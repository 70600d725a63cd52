"""Visits the shop's pages and replays their bare commands: one row of the table each."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psutil
from django.conf import settings

from bench import measuring, pages
from bench.browser import Browser
from bench.measuring import Visit
from bench.pages import Kind
from bench.replay import BareRedis, Recording, record
from bench.results import Mixed, Row
from bench.timings import Summary, summary

WARM_UP_CONNECTIONS = 6
BARE_SHARE = 0.5
"""Of the seconds for pages, those for the bare commands of many clients: so many more of them are made."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How pages are measured: for so many products, with so many clients, for so many seconds."""

    products: int
    clients: int
    seconds: float


def warm_up(kinds: Sequence[Kind]) -> None:
    """Visit every address, on so many connections that each process of the web server gets some of each kind."""
    connections = WARM_UP_CONNECTIONS * settings.WEB_WORKERS
    for start in range(connections):
        with Browser(settings.WEB_PORT) as browser:
            for kind in kinds:
                for address in kind.addresses[start::connections] or kind.addresses[:1]:
                    browser.get(address)


def row(kind: Kind, plan: Plan, *, name: str = "") -> Row:
    """Measure one kind of page beside its bare commands."""
    recordings = record(kind.addresses)
    measure = _alone if plan.clients == 1 else _together
    page, bare = measure(kind, plan, recordings)
    with Browser(settings.WEB_PORT) as browser:
        size = sum(map(browser.get, kind.addresses)) // len(kind.addresses)
    return Row(plan.products, plan.clients, name or kind.name, page, bare, size, _most(recordings))


def mixed(kinds: Sequence[Kind], plan: Plan) -> Mixed:
    """All kinds at once, in the proportions of ``pages.MIX``."""
    addresses = pages.mixture(kinds)
    before = _processor_seconds()
    with _browsers(plan.clients) as browsers:
        run = measuring.together(browsers, addresses, seconds=plan.seconds)
    visits = summary(run.milliseconds, seconds=run.seconds)
    share = sum(part for name, part in pages.MIX.items() if name not in pages.NO_PAGES) / pages.ROUND
    used = {name: seconds - before.get(name, 0.0) for name, seconds in _processor_seconds().items()}
    cpu = {name: seconds * 1000 / visits.count for name, seconds in (used | {"load": run.own_seconds}).items()}
    return Mixed(plan.products, plan.clients, visits, visits.per_second * share, cpu)


def _alone(kind: Kind, plan: Plan, recordings: Mapping[str, Recording]) -> tuple[Summary, Summary]:
    with _browsers(1) as (browser,), _replayers(1, recordings) as (bare,):
        took, bare_took = measuring.alternating(browser, bare, kind.addresses, seconds=plan.seconds)
    return summary(took), summary(bare_took)


def _together(kind: Kind, plan: Plan, recordings: Mapping[str, Recording]) -> tuple[Summary, Summary]:
    with _browsers(plan.clients) as browsers, _replayers(plan.clients, recordings) as replayers:
        page = measuring.together(browsers, kind.addresses, seconds=plan.seconds)
        bare = measuring.together(replayers, kind.addresses, seconds=plan.seconds * BARE_SHARE)
    return summary(page.milliseconds, seconds=page.seconds), summary(bare.milliseconds, seconds=bare.seconds)


def _most(recordings: Mapping[str, Recording]) -> tuple[int, ...]:
    """Commands by round trip of the page that asks most of Redis."""
    asked = [tuple(len(trip.commands) for trip in recording) for recording in recordings.values()]
    return max(asked, key=lambda trips: (len(trips), sum(trips)))


@contextmanager
def _browsers(clients: int) -> Iterator[list[Visit]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Browser(settings.WEB_PORT)).get for _client in range(clients)]


@contextmanager
def _replayers(clients: int, recordings: Mapping[str, Recording]) -> Iterator[list[Visit]]:
    apps = {trip.app for recording in recordings.values() for trip in recording}
    with ExitStack() as stack:
        connected = [stack.enter_context(BareRedis(apps)) for _client in range(clients)]
        yield [lambda address, bare=bare: bare.replay(recordings[address]) for bare in connected]  # type: ignore[misc]


def _processor_seconds() -> dict[str, float]:
    """Processor seconds that the shop's processes have used so far: Redis nodes, and everything else."""
    used = {"redis": 0.0, "web": 0.0}
    for process in psutil.Process(os.getpid()).children(recursive=True):
        times = process.cpu_times()
        used["redis" if "redis" in process.name() else "web"] += times.user + times.system
    return used
