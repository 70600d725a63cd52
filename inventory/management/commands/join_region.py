"""``join_region``: bring a region up to date with all others, and let it sell."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from inventory import fence
from inventory.fence import StockUnavailableError
from inventory.replication import comparing, reading, recovery

FAILED = 1


class Command(BaseCommand):
    help = (
        "Bring a new region, or one that was lost, up to date: it gets back what others know of its own stock, and all "
        "they have. Safe to run again. First name the region in REDISMART_REGIONS everywhere and start its node."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("region")
        parser.add_argument(
            "--without",
            action="append",
            default=[],
            metavar="PEER",
            help="do not ask this region: it is gone for good, and what only it was told of sales is lost",
        )

    def handle(self, *, region: str, without: list[str], **_options: Any) -> None:
        for name in (region, *without):
            if name not in fence.regions():
                raise CommandError(f"There is no region {name!r}: name it in REDISMART_REGIONS first.")
        try:
            behind = recovery.open_region(region, without=without)
            self.stdout.write(f"Region {region} got back {behind:,} rows of its own.")
            for peer in reading.peers_of(region):
                if peer not in without:
                    told = comparing.compare(source=peer, peer=region)
                    self.stdout.write(f"Region {peer} told it {told:,} rows.")
        except (StockUnavailableError, RedisError, OSError) as error:
            raise CommandError(f"{error} Nothing is lost: run the same command again.", returncode=FAILED) from None
        self.stdout.write(f"Region {region} is up to date and may sell.")
