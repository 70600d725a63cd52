"""``simulate_replenishment``: what following the proposals would have brought a shop whose demand is known."""

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inventory.optimising import comparing, policy, simulating
from inventory.optimising.comparing import Comparison, Figures

SWEEP = (7, 10, 14, 18, 21, 28)
HEAD = f"{'':<20}{'stock-outs':>11}{'lost sales':>12}{'service':>9}{'units':>10}{'money tied up':>15}"
MOST = {"skus": 20_000, "locations": 200, "days": 3_650}


class Command(BaseCommand):
    help = (
        "Live through half a year of made-up demand twice: with a fixed reorder point and as the optimiser proposes. "
        "Prints stock-outs, lost sales, average stock and money tied up. Touches no stock; the same seed gives the "
        "same figures."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=180, help="for how long (180)")
        parser.add_argument("--skus", type=int, default=60, help="how many products (60)")
        parser.add_argument("--locations", type=int, default=4, help="each at how many locations (4)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same shop (1)")
        parser.add_argument("--fixed-days", type=int, default=18, help="days of cover at the fixed reorder point (18)")

    def handle(self, *, fixed_days: int, seed: int, **options: Any) -> None:
        for name, most in MOST.items():
            if not 1 <= options[name] <= most:
                raise CommandError(f"--{name} is {options[name]}: use a whole number from 1 to {most:,}.")
        if not 1 <= fixed_days <= simulating.LONGEST_LEAD or seed < 0:
            raise CommandError(
                f"--fixed-days is a whole number from 1 to {simulating.LONGEST_LEAD}, --seed one from 0 on."
            )
        shop = simulating.shop(seed=seed, **{name: options[name] for name in MOST})
        self._tell(
            comparing.compare(shop, policy.current(), seed=seed, days=fixed_days, others=SWEEP), fixed_days, options
        )

    def _tell(self, found: Comparison, fixed_days: int, options: dict[str, Any]) -> None:
        chosen, proposals = found.fixed[fixed_days], found.proposals
        self.stdout.write(
            f"{options['days']} days, {options['skus']} products at {options['locations']} locations, "
            f"{proposals.asked:,} units asked for."
        )
        self._table([chosen, proposals])
        self.stdout.write(
            f"Followed, proposals lead to {_change(proposals.stockouts, chosen.stockouts)} stock-outs and "
            f"{_change(proposals.stock, chosen.stock, 'less')} stock; "
            f"{proposals.moved:,} units moved between locations."
        )
        for name, (proposed, fixed) in found.patterns.items():
            self.stdout.write(f"\nDemand: {name}")
            self._table([fixed, proposed])
        self.stdout.write("\nAny other fixed reorder point:")
        self._table(found.fixed.values())
        self.stdout.write(_verdict(found))

    def _table(self, rows: Iterable[Figures]) -> None:
        self.stdout.write(HEAD)
        for row in rows:
            served = 1 - row.lost / row.asked if row.asked else 1.0
            self.stdout.write(
                f"{row.rule:<20}{row.stockouts:>11,}{row.lost:>12,}{served:>9.2%}{row.stock:>10,.0f}{row.money:>15,.0f}"
            )


def _change(now: float, before: float, fewer: str = "fewer") -> str:
    if not before:
        return f"{now:,.0f} instead of 0"
    return f"{abs(now / before - 1):.0%} {fewer if now < before else 'more'}"


def _verdict(found: Comparison) -> str:
    better = [days for days, figures in found.fixed.items() if figures.beats(found.proposals)]
    if better:
        return f"A fixed point of {better[0]} days does better in both."
    beaten = [str(days) for days, figures in found.fixed.items() if found.proposals.beats(figures)]
    return f"None does better in both; proposals do better in both than {', '.join(beaten) or 'none'} days."
