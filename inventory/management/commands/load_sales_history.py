"""``load_sales_history``: what was sold before this shop, so that the optimiser knows demand from the first day."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from inventory import fence, places
from inventory.fence import StockUnavailableError
from inventory.loading import history
from inventory.models import Location
from inventory.optimising import policy, recording
from inventory.optimising.days import Places
from inventory.optimising.recording import BusyError
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
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a data file")
        report.add_options(parser)

    def handle(self, *, paths: list[Path], dry_run: bool, **options: Any) -> None:
        path = report.place(options["report"], folder=settings.VAR / "reports", name="sales-history", dry_run=dry_run)
        self.report = Report(path, key_field="sku")
        try:
            history.check(paths)
            locations = {location.id: location for location in places.all_locations()}
            self.report.begin()
            self._load(paths, locations, dry_run=dry_run)
        except LoadError as error:
            raise CommandError(str(error), returncode=NOTHING_DONE) from None
        except (StockUnavailableError, BusyError, RedisError, OSError) as error:
            raise CommandError(f"{error} Run the same command again.", returncode=SOME_UNREACHED) from None
        finally:
            self.report.close()
        self.report.tell(say=self.stdout.write, warn=self.stderr.write)
        if self.report.rejected:
            raise CommandError(f"{self.report.rejected:,} rows were rejected.", returncode=SOME_REJECTED)

    def _load(self, paths: list[Path], locations: dict[str, Location], *, dry_run: bool) -> None:
        today = datetime.now(UTC).date()
        rows = history.read(paths, locations=locations, today=today, problem=self.report.add)
        if dry_run:
            self.stdout.write(f"{sum(1 for _row in rows):,} rows are in order. Nothing was written.")
            return
        regions = {region: Places(locations, region) for region in fence.regions()}
        tally = recording.record(rows=rows, regions=regions, policy=policy.current())
        self.stdout.write(f"{tally['recorded']:,} days of items recorded, {tally['known']:,} known already.")
