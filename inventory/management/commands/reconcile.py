"""``reconcile``: hold what a region's node keeps against what it must be."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inventory import auditing, fence
from inventory.auditing import Drift, MovingError
from inventory.fence import StockUnavailableError

FOUND, NOT_ASKED = 1, 2
MOST_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Check a region's stock: levels, projections, digests and holds against the counters, and the counters against "
        "the ledger. --repair derives levels, projections and digests anew. Exit code 0 when all is as it must be, 1 "
        "when something was not, 2 when a node cannot be asked. Safe while the shop sells."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--region", help="only this region; all by default")
        parser.add_argument("--repair", action="store_true", help="mend what can be derived from the counters")

    def handle(self, *, region: str | None, repair: bool, **_options: Any) -> None:
        if region and region not in fence.regions():
            known = ", ".join(fence.regions())
            raise CommandError(f"There is no region {region!r}: use one of {known}.", returncode=NOT_ASKED)
        try:
            found = [drift for name in ([region] if region else fence.regions()) for drift in self._check(name, repair)]
        except (StockUnavailableError, MovingError) as error:
            raise CommandError(str(error), returncode=NOT_ASKED) from None
        if found:
            raise CommandError(f"{len(found):,} things were not as they must be.", returncode=FOUND)

    def _check(self, region: str, repair: bool) -> list[Drift]:
        found = auditing.audit(region)
        for drift in found[:MOST_SHOWN]:
            self.stdout.write(str(drift))
        if not found:
            self.stdout.write(f"The stock of region {region} is as it must be.")
        elif repair:
            auditing.repair(region)
            left = auditing.audit(region)
            self.stdout.write(f"Region {region}: {len(found) - len(left):,} of {len(found):,} mended.")
        return found
