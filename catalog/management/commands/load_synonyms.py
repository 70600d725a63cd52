"""``load_synonyms``: load groups of words that mean the same."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from catalog import operations
from catalog.loading import synonyms
from catalog.models import Product
from redismart.loading.problems import LoadError
from redismart.redis import searched

NOTHING_DONE = 2


class Command(BaseCommand):
    help = (
        'Load synonyms from a JSON file: [{"name": "sofa", "terms": ["sofa", "couch"]}, ...]. '
        "A group replaces the one of the same name; words it no longer has work until the index is built anew."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE")

    def handle(self, *, path: Path, **_options: Any) -> None:
        try:
            groups = synonyms.read(path)
            searched.ensure(Product)
            operations.save_synonyms(groups=synonyms.changed(groups))
        except LoadError as error:
            raise CommandError(str(error), returncode=NOTHING_DONE) from None
        except (RedisError, OSError) as error:
            raise CommandError(f"The synonyms could not be stored: {error}.", returncode=NOTHING_DONE) from None
        self.stdout.write(f"{len(groups):,} groups of synonyms are in use.")
