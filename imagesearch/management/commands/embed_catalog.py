"""``embed_catalog``: make the vectors by which the catalogue's pictures are found."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError
from tqdm import tqdm

from catalog import api as catalog
from imagesearch import asides, pipeline, tasks
from imagesearch.alone import BusyError
from imagesearch.pipeline import Pipeline
from imagesearch.taken import Taken, outcome
from redismart.management.terminal import draws_bars

SOME_SET_ASIDE, NOTHING_DONE, INTERRUPTED = 1, 2, 130


class Command(BaseCommand):
    help = (
        "Make vectors of the catalogue's pictures: of those that have none, by the model that REDISMART_IMAGE_MODEL "
        "names. The worker does the same by itself; this goes over everything at once, beside it if need be. "
        "Interrupted, it goes on when the command is given again. Exit code: 0 all there, 1 some pictures were set "
        "aside, 2 nothing could be done, 130 interrupted."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only-missing",
            action="store_true",
            help="go on where the worker is, without looking again at products it has seen",
        )
        parser.add_argument("--retry", action="store_true", help="try pictures again that were set aside")
        parser.add_argument("--failed", action="store_true", help="list the pictures that were set aside, with reasons")
        parser.add_argument("--dry-run", action="store_true", help="say what there is and what is missing, and stop")

    def handle(self, *, only_missing: bool, retry: bool, failed: bool, dry_run: bool, **_options: Any) -> None:
        try:
            shop = tasks.of_the_shop()
            if failed or dry_run:
                self._list(shop) if failed else self._tell(shop)
                return
            taken = self._run(shop, again=not only_missing, retry=retry)
        except (RedisError, OSError, BusyError, RuntimeError) as error:
            raise CommandError(str(error), returncode=NOTHING_DONE) from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted: give the same command again to go on.", returncode=INTERRUPTED) from None
        if taken.set_aside:
            raise CommandError(
                f"{taken.set_aside:,} pictures were set aside: see embed_catalog --failed.", returncode=SOME_SET_ASIDE
            )

    def _run(self, shop: Pipeline, *, again: bool, retry: bool) -> Taken:
        if retry:
            asides.forget(shop.space.fingerprint)
        if again or retry:
            shop.begin_anew()
        began = time.monotonic()
        with tqdm(desc="Pictures", unit=" products", disable=not draws_bars()) as bar:
            taken = pipeline.run(shop, told=lambda step: bar.update(step.products) and None)
        rate = taken.made / max(time.monotonic() - began, 1e-9)
        self.stdout.write(f"{outcome(taken)}; {rate:,.1f} pictures a second.")
        return taken

    def _list(self, shop: Pipeline) -> None:
        found = asides.every(shop.space.fingerprint)
        for picture, reason in sorted(found.items()):
            self.stdout.write(f"{picture}: {reason}")
        self.stdout.write(f"{len(found):,} pictures are set aside.")

    def _tell(self, shop: Pipeline) -> None:
        cursor, pictures, missing = -1, 0, 0
        while cursor:
            cursor, skus = catalog.some_skus(cursor=max(cursor, 0))
            wanted = shop.wanted(skus)
            pictures += len(wanted)
            missing += len(wanted - {(each.sku, each.picture) for each in shop.stored(skus)})
        self.stdout.write(f"{pictures:,} pictures of products, {missing:,} of them without a vector of {shop.model}.")
