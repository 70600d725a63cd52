"""``create_indexes``: build the search indexes that are missing or whose definition has changed."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError
from tqdm import tqdm

from redismart.redis import searched
from redismart.redis.documents import Document

PERCENT = 100


class Command(BaseCommand):
    help = "Make sure that every search index exists, complete and of its current definition. Safe to repeat."
    requires_system_checks = ()

    def handle(self, *_args: Any, verbosity: int = 1, **_options: Any) -> None:
        for document in searched.documents():
            name = f"{document.app} {document.__name__.lower()} index"
            try:
                built = self._ensure(document, name=name, quiet=verbosity == 0)
            except (RedisError, OSError) as error:
                message = (
                    f"The {name} could not be built: {error}. See that the node of {document.app} runs, then try again."
                )
                raise CommandError(message) from None
            if verbosity:
                self.stdout.write(f"The {name} {'was built' if built else 'is up to date'}.")

    def _ensure(self, document: type[Document], *, name: str, quiet: bool) -> bool:
        disable = quiet or not sys.stderr.isatty()
        with tqdm(desc=name, total=PERCENT, unit="%", leave=False, disable=disable) as bar:
            return searched.ensure(document, progress=lambda share: bar.update(int(share * PERCENT) - bar.n))
