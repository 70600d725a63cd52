"""``write_gazetteer``: have the towns at hand before the first shopper asks for one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from purchasing import towns
from purchasing.towns import TownsUnavailableError


class Command(BaseCommand):
    help = (
        "Write the file of towns and ZIP codes that all processes share, unless it is there already. Without it the "
        "first shopper who looks for a place waits for it. Takes some seconds."
    )
    requires_system_checks = ()

    def handle(self, *, verbosity: int, **_options: Any) -> None:
        try:
            written = towns.prepare()
        except TownsUnavailableError as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.write(f"{written} is there.")
