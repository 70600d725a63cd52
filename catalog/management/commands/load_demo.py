"""``load_demo``: load the demo catalogue that ships with RedisMart."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError
from tqdm import tqdm

from catalog import loader, operations
from catalog.demo_pictures import NPM, PictureReport, fetch_pictures
from catalog.loader import Loaded, Options, Watch
from catalog.loading import categories, category_shop, synonyms
from catalog.management.noting import Noted
from catalog.management.watching import LINE_SECONDS, Watcher
from catalog.models import Category, Product, Review
from redismart.loading.problems import LoadError
from redismart.management.terminal import draws_bars
from redismart.redis import searched

DEMO = Path(__file__).resolve().parents[2] / "demo"
NOTHING_DONE = 2
BATCH = 50
"""Products stored at a time: few, since it is their pictures that take long, and progress shows after each batch."""


class Command(BaseCommand):
    help = (
        "Load the demo catalogue: categories, products with reviews, synonyms, and pictures fetched by npm "
        "(drawn ones stand in where npm is missing). Only what changed is written: safe to repeat."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-npm", action="store_true", help="do not fetch pictures; draw them")

    def handle(self, *, no_npm: bool, verbosity: int, **_options: Any) -> None:
        try:
            for document in (Product, Category, Review):
                searched.ensure(document)
            folder = settings.VAR / "demo-pictures"
            self._tell(self._fetch(folder, npm=None if no_npm else NPM, quiet=verbosity == 0))
            say = self.stdout.write if verbosity else lambda _line: None
            say("Storing the categories, the products and their pictures.")
            self._load_categories(folder)
            loaded = self._load_products(folder, quiet=verbosity == 0)
            say("Preparing the search.")
            operations.save_synonyms(groups=synonyms.changed(synonyms.read(DEMO / "synonyms.json")))
            operations.rebuild_suggestions_if_stale()
            operations.prepare_browsing()
        except LoadError as error:
            raise CommandError(str(error), returncode=NOTHING_DONE) from None
        except (RedisError, OSError) as error:
            message = f"The demo catalogue could not be loaded: {error}. Mend that and give the same command again."
            raise CommandError(message, returncode=NOTHING_DONE) from None
        tally = loaded.tally
        created, others = (
            f"{tally.created:,} products created",
            f"{tally.updated:,} updated, {tally.unchanged:,} unchanged",
        )
        self.stdout.write(f"Demo catalogue: {created}, {others}.")

    def _fetch(self, folder: Path, *, npm: str | None, quiet: bool) -> PictureReport:
        """Fetch the pictures, with a bar on a terminal and a line every few seconds elsewhere."""
        plain = not quiet and not draws_bars()
        begun = said = time.monotonic()

        with tqdm(desc="pictures", leave=False, disable=quiet or plain) as bar:

            def progress(done: int, total: int) -> None:
                nonlocal said
                bar.total = total
                bar.update(done - bar.n)
                # Whoever has read of pictures on their way reads that all are there.
                if plain and (time.monotonic() - said >= LINE_SECONDS or (done == total and said > begun)):
                    said = time.monotonic()
                    self.stdout.write(f"Pictures: {done:,} of {total:,}.")

            return fetch_pictures(target=folder, npm=npm, progress=progress)

    def _tell(self, report: PictureReport) -> None:
        """What the pictures are: nobody should take a drawing for a photo that failed to load."""
        if report.drawn:
            self.stdout.write(f"{report.drawn:,} pictures are drawn, not photos.")
            self.stdout.write("When npm is there and can fetch packages, `manage.py load_demo` replaces them.")
        for problem in report.problems:
            self.stdout.write(problem)

    def _load_categories(self, folder: Path) -> None:
        rows = categories.read(DEMO / "categories.jsonl")
        for problem in category_shop.store(rows, pictures=folder, media=settings.MEDIA_ROOT):
            self.stderr.write(problem)

    def _load_products(self, folder: Path, *, quiet: bool) -> Loaded:
        options = Options(media=settings.MEDIA_ROOT, reports=settings.VAR / "reports", pictures=folder, batch=BATCH)
        paths = [DEMO / "products.jsonl"]
        noted = Noted(command="load_demo", files=paths)
        noted.begin()
        with Watcher(self.stdout.write, quiet=quiet) as watcher:
            watch = Watch(advanced=watcher.advanced, resumed=watcher.resumed)
            loaded = loader.load(paths=paths, options=options, watch=watch)
        noted.end(loaded)
        for problem in loaded.report.first:
            self.stderr.write(problem)
        return loaded
