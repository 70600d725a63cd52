"""``demo_reset``: delete the demo's data."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from redismart.demo import installation
from redismart.demo.reset import reset
from redismart.management.plain import PlainCommand
from redismart.redis.server import RedisServerError


class Command(PlainCommand):
    help = "Delete all data of the demo; the next start makes a new shop. Refused while it runs."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            with installation.held(settings.VAR, report=self.stdout.write):
                installation.end_nodes(settings.VAR, report=self.stdout.write)
                removed = reset(settings.VAR)
        except RedisServerError as error:
            raise CommandError(f"Nothing was deleted. {error}") from None
        self.stdout.write(f"Deleted from {settings.VAR}: {', '.join(removed) or 'nothing, it was empty'}.")
        for app in sorted(settings.TOPOLOGY.external):
            self.stdout.write(f"The Redis node of {app} runs elsewhere: its data was left alone.")
