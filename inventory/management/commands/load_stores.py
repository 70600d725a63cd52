"""``load_stores``: load stores and fulfilment centres into every region."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inventory import placing
from inventory.loading import stores
from inventory.loading.stores import Regions, Stores
from inventory.placing import Outcome
from redismart.loading import report
from redismart.loading.problems import LoadError
from redismart.loading.report import Report

DEMO = Path(__file__).resolve().parents[2] / "demo" / "stores.jsonl"
SOME_REJECTED, NOTHING_DONE, SOME_UNREACHED = 1, 2, 3


class Command(BaseCommand):
    help = (
        "Load stores and fulfilment centres from JSON lines or a JSON array, gzip or not, in RedisMart's own format or "
        "Best Buy's, into the inventory node of every region. Only what changed is written: safe to repeat. Exit code: "
        "0 all loaded, 1 some rows rejected (see the report), 2 nothing could be done, 3 some regions were not reached."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="a data file")
        parser.add_argument("--demo", action="store_true", help="load the demo's stores, of the regions that there are")
        parser.add_argument(
            "--region",
            choices=settings.REGIONS,
            default=settings.REGION,
            help="the region of rows that name none (default: %(default)s)",
        )
        report.add_options(parser)
        parser.add_argument(
            "--remove-missing",
            action="store_true",
            help="remove the stores that are not in the files, of the regions that are; not when rows are rejected",
        )

    def handle(self, *, paths: list[Path], demo: bool, dry_run: bool, **options: Any) -> None:
        if bool(paths) == demo:
            raise CommandError("Name the files to load, or give --demo for the demo's.", returncode=NOTHING_DONE)
        try:
            found = self._read([DEMO] if demo else paths, region=options["region"], demo=demo)
            name = (paths or [DEMO])[0].name.split(".")[0]
            path = report.place(options["report"], folder=settings.VAR / "reports", name=name, dry_run=dry_run)
            rejected = self._report(found, path)
        except LoadError as error:
            raise CommandError(str(error), returncode=NOTHING_DONE) from None
        except OSError as error:
            raise CommandError(f"{error}. Mend that and try again.", returncode=NOTHING_DONE) from None
        if dry_run:
            self.stdout.write(
                f"{len(found.locations):,} stores are in order, {rejected:,} rows would be rejected. "
                "Nothing was written."
            )
            _end(rejected, Outcome())
            return
        remove = options["remove_missing"] and not rejected
        if options["remove_missing"] and not remove:
            self.stderr.write("Nothing is removed: a rejected row may be that of a store that is not missing.")
        outcome = placing.store(locations=found.locations, only=found.regions if remove else frozenset())
        self._summarise(outcome)
        _end(rejected, outcome)

    def _read(self, paths: list[Path], *, region: str, demo: bool) -> Stores:
        found = stores.read(paths, regions=Regions(known=tuple(settings.REGIONS), default=region))
        # The demo has stores for the regions of the default settings, of which a shop may have others.
        return Stores(locations=found.locations) if demo else found

    def _report(self, found: Stores, path: Path | None) -> int:
        """Write the report and say the first problems. Returns how many rows are left out."""
        told = Report(path, key_field="id")
        told.begin()
        for source, problem in found.problems:
            told.add(source, problem)
        told.close()
        told.tell(say=self.stdout.write, warn=self.stderr.write)
        return told.rejected

    def _summarise(self, outcome: Outcome) -> None:
        for region, done in outcome.written.items():
            self.stdout.write(
                f"Stores in {region}: {done.created:,} created, {done.updated:,} updated, "
                f"{done.unchanged:,} unchanged, {done.removed:,} removed."
            )


def _end(rejected: int, outcome: Outcome) -> None:
    """End with the exit code that tells."""
    if outcome.failed:
        failures = " ".join(f"Region {region} has not got the stores: {why}." for region, why in outcome.failed.items())
        code = SOME_UNREACHED if outcome.written else NOTHING_DONE
        raise CommandError(f"{failures} Give the same command again when it can be reached.", returncode=code)
    if rejected:
        raise CommandError(f"{rejected:,} rows were rejected.", returncode=SOME_REJECTED)
