"""``optimise_stock``: work out now what the schedule works out every few minutes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inventory import fence
from inventory.fence import StockUnavailableError
from inventory.optimising import policy, running

NOT_DONE = 2


class Command(BaseCommand):
    help = (
        "Learn what was sold, and work out what to order, move and mark down at a region's locations: only where "
        "something changed, and each item once a day. Exit code 2 when the region's node cannot be reached, or "
        "somebody else is at it."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--region", help="whose locations; this process's region by default")

    def handle(self, *, region: str | None, **_options: Any) -> None:
        here = region or fence.here()
        if here not in fence.regions():
            known = ", ".join(fence.regions())
            raise CommandError(f"There is no region {here!r}: use one of {known}.", returncode=NOT_DONE)
        try:
            done = running.run(region=here, policy=policy.current())
        except StockUnavailableError as error:
            raise CommandError(str(error), returncode=NOT_DONE) from None
        if done is None:
            raise CommandError(f"Region {here} is being optimised by somebody else just now.", returncode=NOT_DONE)
        self.stdout.write(
            f"Region {here}: {done.entries:,} changes learned, {done.skus:,} products worked out, {done.seconds:.1f} s."
        )
