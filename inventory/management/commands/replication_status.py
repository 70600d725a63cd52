"""``replication_status``: how a region's links to its peers are doing."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from inventory import fence
from inventory.replication import links
from inventory.replication.links import Link, State

NOT_ASKED = 2
HEADINGS = ("link", "state", "waiting", "lag", "last contact", "items", "bytes", "problem")


class Command(BaseCommand):
    help = (
        "Show every region's links: state, changes waiting, lag (age of the oldest change not shipped), last contact. "
        "Exit code 0 when all are live, 1 when one is not, 2 when a region's node cannot be asked."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--region", help="only this region's links; all by default")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *, region: str | None, json: bool, **_options: Any) -> None:
        if region and region not in fence.regions():
            known = ", ".join(fence.regions())
            raise CommandError(f"There is no region {region!r}: use one of {known}.", returncode=NOT_ASKED)
        found: list[Link] = []
        away: list[str] = []
        for name in [region] if region else fence.regions():
            try:
                found += links.links_of(name)
            except (RedisError, OSError) as error:
                away.append(f"The node of region {name} cannot be asked: {error}.")
        self._show(found, as_json=json)
        if away:
            raise CommandError("\n".join(away), returncode=NOT_ASKED)
        if any(link.state is not State.LIVE for link in found):
            raise CommandError("Not all links are live.", returncode=1)

    def _show(self, found: list[Link], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([asdict(link) for link in found], indent=2))
            return
        rows = [HEADINGS, *map(_row, found)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(link: Link) -> tuple[str, ...]:
    return (
        f"{link.source} → {link.peer}",
        link.said,
        str(link.waiting),
        f"{link.lag_ms / 1000:.1f} s",
        "never" if link.contact_age_ms is None else f"{link.contact_age_ms / 1000:.1f} s ago",
        f"{link.items:,}",
        f"{link.bytes:,}",
        link.problem,
    )
