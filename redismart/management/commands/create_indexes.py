"""``create_indexes``: build the search indexes that are missing or whose definition has changed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError
from tqdm import tqdm

from redismart.management.terminal import draws_bars
from redismart.redis import connections, indexes, searched
from redismart.redis.topology import REGIONAL

PERCENT = 100


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One index of one node: its name for people, whose it is, and how it is made."""

    name: str
    app: str
    region: str
    ensure: Callable[..., bool]


class Command(BaseCommand):
    help = (
        "Make sure that every search index exists, complete and of its current definition, in every region. A region "
        "that cannot be reached is named and left out. Safe to repeat."
    )
    requires_system_checks = ()

    def handle(self, *_args: Any, verbosity: int = 1, **_options: Any) -> None:
        for wanted in _all():
            self._build(wanted, quiet=verbosity == 0)

    def _build(self, wanted: _Wanted, *, quiet: bool) -> None:
        try:
            built = self._ensure(wanted, quiet=quiet)
        except (RedisError, OSError) as error:
            problem = f"The {wanted.name} could not be built: {error}."
            if wanted.region == connections.topology().region:
                raise CommandError(f"{problem} See that the node of {wanted.app} runs, then try again.") from None
            # Whatever is wrong elsewhere must not stop this region; that one makes its indexes when it starts.
            self.stderr.write(problem)
            return
        if not quiet:
            self.stdout.write(f"The {wanted.name} {'was built' if built else 'is up to date'}.")

    def _ensure(self, wanted: _Wanted, *, quiet: bool) -> bool:
        disable = quiet or not draws_bars()
        with tqdm(desc=wanted.name, total=PERCENT, unit="%", leave=False, disable=disable) as bar:
            return wanted.ensure(progress=lambda share: bar.update(int(share * PERCENT) - bar.n))


def _all() -> Iterator[_Wanted]:
    for document in searched.documents():
        for region in connections.topology().regions_of(document.app):
            name = _name(f"{document.app} {document.__name__.lower()} index", document.app, region)
            yield _Wanted(name, document.app, region, partial(searched.ensure, document, region=region))
    for app, index, region in searched.of_hashes():
        ensure = partial(_ensure_of_hashes, app, region, index)
        yield _Wanted(_name(f"{index.alias.replace(':', ' ')} index", app, region), app, region, ensure)


def _ensure_of_hashes(app: str, region: str, index: indexes.Index, **options: Any) -> bool:
    return indexes.ensure(connections.client(app, region=region), index, **options)


def _name(name: str, app: str, region: str) -> str:
    """``catalog product index``, or ``inventory location index in eu`` where each region has one."""
    return f"{name} in {region}" if app in REGIONAL else name
