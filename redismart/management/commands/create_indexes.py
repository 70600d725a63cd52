"""``create_indexes``: build the search indexes that are missing or whose definition has changed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError
from tqdm import tqdm

from redismart.management.terminal import draws_bars
from redismart.redis import connections, searched
from redismart.redis.documents import Document
from redismart.redis.topology import REGIONAL

PERCENT = 100


class Command(BaseCommand):
    help = (
        "Make sure that every search index exists, complete and of its current definition, in every region. A region "
        "that cannot be reached is named and left out. Safe to repeat."
    )
    requires_system_checks = ()

    def handle(self, *_args: Any, verbosity: int = 1, **_options: Any) -> None:
        for document in searched.documents():
            for region in connections.topology().regions_of(document.app):
                self._build(document, region=region, quiet=verbosity == 0)

    def _build(self, document: type[Document], *, region: str, quiet: bool) -> None:
        name = _name(document, region)
        try:
            built = self._ensure(document, name=name, region=region, quiet=quiet)
        except (RedisError, OSError) as error:
            problem = f"The {name} could not be built: {error}."
            if region == connections.topology().region:
                raise CommandError(f"{problem} See that the node of {document.app} runs, then try again.") from None
            # Whatever is wrong elsewhere must not stop this region; that one makes its indexes when it starts.
            self.stderr.write(problem)
            return
        if not quiet:
            self.stdout.write(f"The {name} {'was built' if built else 'is up to date'}.")

    def _ensure(self, document: type[Document], *, name: str, region: str, quiet: bool) -> bool:
        disable = quiet or not draws_bars()
        with tqdm(desc=name, total=PERCENT, unit="%", leave=False, disable=disable) as bar:
            return searched.ensure(
                document, region=region, progress=lambda share: bar.update(int(share * PERCENT) - bar.n)
            )


def _name(document: type[Document], region: str) -> str:
    """``catalog product index``, or ``inventory location index in eu`` where each region has one."""
    name = f"{document.app} {document.__name__.lower()} index"
    return f"{name} in {region}" if document.app in REGIONAL else name
