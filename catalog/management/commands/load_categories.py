"""``load_categories``: load pictures, order and descriptions of categories."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from catalog.loading import categories, category_shop
from catalog.models import Category
from redismart.loading.problems import LoadError
from redismart.redis import searched

NOTHING_DONE = 2


class Command(BaseCommand):
    help = (
        "Load categories from JSON lines: path (list of names, top first), and optionally picture, position (order on "
        "the home page) and description. A category replaces the one of the same path. Safe to repeat."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE")
        parser.add_argument(
            "--pictures",
            type=Path,
            metavar="FOLDER_OR_ZIP",
            help="what pictures are relative to (default: the file's folder)",
        )
        parser.add_argument("--dry-run", action="store_true", help="check the file, write nothing")

    def handle(self, *, path: Path, pictures: Path | None, dry_run: bool, **_options: Any) -> None:
        try:
            rows = categories.read(path)
            if dry_run:
                self.stdout.write(f"{len(rows):,} categories are in order; nothing was written.")
                return
            searched.ensure(Category)
            problems = category_shop.store(rows, pictures=pictures or path.parent, media=settings.MEDIA_ROOT)
        except LoadError as error:
            raise CommandError(str(error), returncode=NOTHING_DONE) from None
        except (RedisError, OSError) as error:
            raise CommandError(f"The categories could not be stored: {error}.", returncode=NOTHING_DONE) from None
        for problem in problems:
            self.stderr.write(problem)
        self.stdout.write(f"{len(rows):,} categories stored.")
