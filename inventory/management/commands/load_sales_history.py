"""``load_sales_history``: what was sold before this shop, so that the optimiser knows demand from the first day."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from inventory import demo_history, fence, places
from inventory.fence import StockUnavailableError
from inventory.loading import history, skus
from inventory.models import Location
from inventory.optimising import policy, recording
from inventory.optimising.days import Places
from inventory.optimising.recording import BusyError
from inventory.results import SoldDay
from redismart.loading import report
from redismart.loading.problems import LoadError
from redismart.loading.report import Report

SOME_REJECTED, NOTHING_DONE, SOME_UNREACHED = 1, 2, 3


class Command(BaseCommand):
    help = (
        "Load what was sold in the past (fields date, sku, location, units) from JSON lines, a JSON array or CSV, gzip "
        "or not. Changes no stock. Days up to the last that was loaded of an item are known: the same files may be "
        "loaded again, and later ones that begin earlier. Exit code: 0 all loaded, 1 some rows rejected (see the "
        "report), 2 nothing could be done, 3 interrupted half-way."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="a data file")
        parser.add_argument("--demo", type=Path, metavar="PRODUCTS", help="make up sales of the SKUs of a product file")
        report.add_options(parser)

    def handle(self, *, paths: list[Path], demo: Path | None, dry_run: bool, **options: Any) -> None:
        if bool(paths) == bool(demo):
            raise CommandError("Name the files to load, or give --demo.", returncode=NOTHING_DONE)
        path = report.place(options["report"], folder=settings.VAR / "reports", name="sales-history", dry_run=dry_run)
        self.report = Report(path, key_field="sku")
        try:
            history.check(paths)
            locations = {location.id: location for location in places.all_locations()}
            self.report.begin()
            today = _today(locations, datetime.now(UTC))
            rows = _made_up(demo, locations, today) if demo else self._read(paths, today)
            self._load(rows, locations, dry_run=dry_run)
        except LoadError as error:
            raise CommandError(str(error), returncode=NOTHING_DONE) from None
        except (StockUnavailableError, BusyError, RedisError, OSError) as error:
            raise CommandError(f"{error} Run the same command again.", returncode=SOME_UNREACHED) from None
        finally:
            self.report.close()
        self.report.tell(say=self.stdout.write, warn=self.stderr.write)
        if self.report.rejected:
            raise CommandError(f"{self.report.rejected:,} rows were rejected.", returncode=SOME_REJECTED)

    def _read(self, paths: list[Path], today: Mapping[str, date]) -> Iterator[SoldDay]:
        return history.read(paths, today=today, problem=self.report.add)

    def _load(self, rows: Iterable[SoldDay], locations: dict[str, Location], *, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write(f"{sum(1 for _row in rows):,} rows are in order. Nothing was written.")
            return
        regions = {region: Places(locations, region) for region in fence.regions()}
        tally = recording.record(rows=rows, regions=regions, policy=policy.current())
        self.stdout.write(f"{tally['recorded']:,} days of items recorded, {tally['known']:,} known already.")


def _today(locations: Mapping[str, Location], now: datetime) -> dict[str, date]:
    """Which day it is at each location."""
    return {name: now.astimezone(ZoneInfo(location.timezone)).date() for name, location in locations.items()}


def _made_up(products: Path, locations: Mapping[str, Location], today: Mapping[str, date]) -> Iterator[SoldDay]:
    kinds = {name: location.kind.value for name, location in locations.items()}
    until = min(today.values(), default=datetime.now(UTC).date())
    return demo_history.days(skus=skus.of_products(products), kinds=kinds, until=until)
