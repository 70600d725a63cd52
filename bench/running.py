"""One run of the benchmark: the catalogue grows from size to size, and each is measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isqrt

from bench import (
    boards,
    buying,
    catalogue_lag,
    embedding,
    filling,
    machine,
    nearest,
    optimising,
    pages,
    picturing,
    serving,
    shelving,
    staffing,
    stock,
    visiting,
)
from bench.installation import wait_until_quiet
from bench.loading import load, source
from bench.pages import Kind
from bench.results import Results
from bench.sections import (
    ADMIN,
    BOARDS,
    CART,
    CATALOGUE_LAG,
    CHECKOUT,
    EMBEDDING,
    LOAD,
    MIXED,
    NEAREST,
    OPTIMISE,
    PAGES,
    PHOTOS,
    STOCK,
)
from bench.visiting import Plan
from catalog import keyspace, operations
from catalog.models import Product
from redismart.redis import connections

ESTIMATED = ("wide", "filtered", "most filters")
"""Kinds of page that are measured without prepared counts too."""


Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure: catalogue sizes, numbers of clients, seconds for each figure, open boards, sections.

    ``vectors`` are the numbers among which the nearest are looked for.
    """

    sizes: tuple[int, ...]
    clients: tuple[int, ...]
    seconds: float
    boards: int
    sections: tuple[str, ...]
    vectors: tuple[int, ...] = ()


def run(options: Options, *, say: Say) -> Results:
    """Measure everything asked for, on running Redis nodes."""
    results = Results(machine.facts() | machine.redis_facts())
    if STOCK in options.sections:
        results.stock = stock.measure(connections.topology(), seconds=options.seconds, say=say)
    if {*options.sections} - {STOCK, EMBEDDING, NEAREST}:
        _measure_catalogue(options, results, say=say)
    if EMBEDDING in options.sections:
        say("Measuring the image model.")
        results.embedding = embedding.measure(seconds=options.seconds)
    if NEAREST in options.sections:
        results.nearest = nearest.measure(counts=options.vectors, seconds=options.seconds, say=say)
    return results


def _measure_catalogue(options: Options, results: Results, *, say: Say) -> None:
    say(f"The products are those of {source()}, and variants of them.")
    present = 0
    for size in _steps(options):
        say(f"Loading products {present + 1:,} to {size:,}.")
        results.loadings.append(load(first=present, last=size))
        present = size
        if size in options.sizes and {PAGES, MIXED} & {*options.sections}:
            _measure(size, options, results, say=say)
        if size in options.sizes and ADMIN in options.sections:
            _measure_admin(size, options, results, say=say)
        if size == min(options.sizes):
            _measure_changes(size, options, results, say=say)
    if OPTIMISE in options.sections:
        # Last: pages of a shop with five million items of stock are others.
        results.optimising.append(optimising.measure(say=say))


def _steps(options: Options) -> list[int]:
    """The sizes, and one between, so that memory while loading can be told flat or not.

    How changes travel is measured at the smallest only.
    """
    if not {LOAD, PAGES, MIXED, OPTIMISE, ADMIN} & {*options.sections}:
        return [min(options.sizes)]
    between = {isqrt(min(options.sizes) * max(options.sizes))} if LOAD in options.sections else set()
    return sorted({*options.sizes, *between})


def _measure(size: int, options: Options, results: Results, *, say: Say) -> None:
    say("Telling the catalogue of made-up stock.")
    shelving.tell_of_everything()
    say("Building completions, waiting until Redis is done with the new products.")
    operations.rebuild_suggestions_if_stale()
    kinds = pages.kinds()
    with serving.web_server():
        wait_until_quiet()
        visiting.warm_up(kinds)
        if PAGES in options.sections:
            _measure_unprepared(kinds, Plan(size, 1, options.seconds), results, say=say)
        with serving.procfile_line("worker"), serving.procfile_line("counts"):
            say("Waiting until the workers have prepared counts.")
            visiting.warm_up(kinds)
            operations.prepare_browsing()
            wait_until_quiet()
            for plan in (Plan(size, clients, options.seconds) for clients in options.clients):
                _measure_kinds(kinds, plan, options, results, say=say)


def _measure_admin(size: int, options: Options, results: Results, *, say: Say) -> None:
    say(f"Measuring {staffing.NAME}, {size:,} products.")
    with serving.web_server():
        wait_until_quiet()
        results.rows.append(staffing.measure(products=size, seconds=options.seconds))


def _measure_changes(size: int, options: Options, results: Results, *, say: Say) -> None:
    if CART in options.sections:
        say(f"Measuring {filling.NAME}, {size:,} products.")
        with serving.web_server():
            wait_until_quiet()
            results.rows.append(filling.measure(products=size, seconds=options.seconds))
    if CHECKOUT in options.sections:
        results.buying += buying.measure(clients=options.clients, seconds=options.seconds, say=say)
    if BOARDS in options.sections:
        (searches,) = (kind for kind in pages.kinds() if kind.name == "search")
        results.boards = boards.measure(searches, boards=options.boards, seconds=options.seconds, say=say)
    if PHOTOS in options.sections:
        for count in options.sizes:
            results.photos += picturing.measure(count=count, seconds=options.seconds, say=say)
    # Last: each change makes the counts of pages stale.
    if CATALOGUE_LAG in options.sections:
        say(f"Measuring how soon a replica has a change of the catalogue, {size:,} products.")
        results.catalogue_lag = catalogue_lag.measure(seconds=options.seconds)


def _measure_kinds(kinds: Sequence[Kind], plan: Plan, options: Options, results: Results, *, say: Say) -> None:
    for kind in kinds if PAGES in options.sections else ():
        say(f"Measuring {kind.name}, {plan.products:,} products, {_clients(plan)}.")
        results.rows.append(visiting.row(kind, plan))
    if MIXED in options.sections:
        say(f"Measuring the mix, {plan.products:,} products, {_clients(plan)}.")
        results.mixed.append(visiting.mixed(kinds, plan))


def _measure_unprepared(kinds: Sequence[Kind], plan: Plan, results: Results, *, say: Say) -> None:
    """Pages with many matches while no counts are prepared and no worker prepares them."""
    client = Product.db()
    if prepared := list(client.scan_iter(keyspace.facet_counts("*"), count=1_000)):
        client.delete(*prepared)
    for kind in (kind for kind in kinds if kind.name in ESTIMATED):
        say(f"Measuring {kind.name}, {plan.products:,} products, with estimated counts.")
        results.rows.append(visiting.row(kind, plan, name=f"{kind.name}, estimated"))


def _clients(plan: Plan) -> str:
    return "one client" if plan.clients == 1 else f"{plan.clients} clients"
