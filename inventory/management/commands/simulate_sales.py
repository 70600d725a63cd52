"""``simulate_sales``: make believe that people buy, to see stock move."""

import random
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from inventory import fence, simulating


class Command(BaseCommand):
    help = "Buy random items in a region, for demonstrations: real holds and sales, which change the stock for good."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--region", help="where the baskets are; this process's region by default")
        parser.add_argument("--rate", type=float, default=20.0, help="baskets a second (20)")
        parser.add_argument("--seconds", type=float, default=60.0, help="for how long (60)")
        parser.add_argument("--seed", type=int, help="the same seed picks the same baskets")

    def handle(self, *, region: str | None, rate: float, seconds: float, seed: int | None, **_options: Any) -> None:
        here = region or fence.here()
        if here not in fence.regions():
            raise CommandError(f"There is no region {here!r}: use one of {', '.join(fence.regions())}.")
        if not (0 < rate < float("inf") and 0 < seconds < float("inf")):
            raise CommandError("--rate and --seconds must be positive numbers.")
        chosen = random.randrange(2**32) if seed is None else seed
        try:
            tally = simulating.simulate(region=here, rate=rate, seconds=seconds, seed=chosen)
        except (RedisError, OSError) as error:
            raise CommandError(f"The stock of region {here} cannot be reached: {error}.") from None
        if not tally:
            raise CommandError(f"Region {here} has no stock: load some with `manage.py load_stock`.")
        told = ", ".join(f"{tally[kind]:,} {kind}" for kind in ("sold", "left", "short", "refused"))
        self.stdout.write(f"Baskets in {here}: {told} (seed {chosen}).")
