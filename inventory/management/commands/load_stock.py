"""``load_stock``: put the first stock in place, or take a stock count of everything."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from inventory import demo_stock, places, stocking
from inventory.fence import StockUnavailableError
from inventory.loading import skus, stock
from inventory.models import Location
from inventory.results import Line
from redismart.loading import report
from redismart.loading.problems import LoadError
from redismart.loading.report import Report

SOME_REJECTED, NOTHING_DONE, SOME_UNREACHED = 1, 2, 3


class Command(BaseCommand):
    help = (
        "Load what is on hand (fields sku, location, on_hand) from JSON lines, a JSON array or CSV, gzip or not. Items "
        "that have stock already stay as they are, unless --recount says that the figures were counted just now. Exit "
        "code: 0 all loaded, 1 some rows rejected (see the report), 2 nothing could be done, 3 interrupted half-way."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="a data file")
        parser.add_argument("--demo", type=Path, metavar="PRODUCTS", help="make up stock of the SKUs of a product file")
        parser.add_argument("--recount", action="store_true", help="the figures are a stock count made now")
        report.add_options(parser)

    def handle(self, *, paths: list[Path], demo: Path | None, dry_run: bool, recount: bool, **options: Any) -> None:
        if bool(paths) == bool(demo):
            raise CommandError("Name the files to load, or give --demo.", returncode=NOTHING_DONE)
        path = report.place(options["report"], folder=settings.VAR / "reports", name="stock", dry_run=dry_run)
        self.report = Report(path, key_field="sku")
        try:
            stock.check(paths)
            locations = {location.id: location for location in places.all_locations()}
            self.report.begin()
            lines = _made_up(demo, locations) if demo else self._read(paths, locations)
            self._load(lines, locations, dry_run=dry_run, recount=recount)
        except LoadError as error:
            raise CommandError(str(error), returncode=NOTHING_DONE) from None
        except (StockUnavailableError, RedisError, OSError) as error:
            raise CommandError(f"{error} Run the same command again.", returncode=SOME_UNREACHED) from None
        finally:
            self.report.close()
        self._end()

    def _read(self, paths: list[Path], locations: dict[str, Location]) -> Iterator[Line]:
        return stock.read(paths, locations=locations, problem=self.report.add)

    def _load(self, lines: Iterable[Line], locations: dict[str, Location], *, dry_run: bool, recount: bool) -> None:
        if dry_run:
            self.stdout.write(f"{sum(1 for _line in lines):,} rows are in order. Nothing was written.")
            return
        regions = {name: location.region for name, location in locations.items()}
        # A first stock has one id for good; a count is another each time.
        operation = f"count:{uuid4().hex}" if recount else "first"
        tally = stocking.stock(lines=lines, regions=regions, operation=operation, recount=recount)
        self.stdout.write(f"{tally['stocked']:,} items stocked, {tally['unchanged']:,} had stock already.")

    def _end(self) -> None:
        self.report.tell(say=self.stdout.write, warn=self.stderr.write)
        if self.report.rejected:
            raise CommandError(f"{self.report.rejected:,} rows were rejected.", returncode=SOME_REJECTED)


def _made_up(products: Path, locations: dict[str, Location]) -> Iterator[Line]:
    kinds = {name: location.kind.value for name, location in locations.items()}
    return demo_stock.lines(skus=skus.of_products(products), kinds=kinds)
