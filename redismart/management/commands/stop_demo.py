"""``stop_demo``: stop the shop, or whatever an interrupted start left running."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from redismart.demo import installation
from redismart.management.plain import PlainCommand
from redismart.redis.server import RedisServerError


class Command(PlainCommand):
    help = "Stop the demo of this folder, wherever it runs, and whatever an interrupted start left running."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            installation.stop(settings.VAR, report=self.stdout.write)
        except RedisServerError as error:
            raise CommandError(str(error)) from None
        self.stdout.write("Nothing of RedisMart is running.")
