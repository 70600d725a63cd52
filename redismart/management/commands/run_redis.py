"""``run_redis``: run the embedded Redis nodes until told to stop."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from redismart.management.plain import PlainCommand
from redismart.redis.binaries import BinariesError
from redismart.redis.server import RedisServerError, Stack, exclusive
from redismart.signals import Stop, raise_on_stop_signals
from redismart.stack import embedded_stack

WATCH_SECONDS = 0.5


class Command(PlainCommand):
    help = "Run the embedded Redis nodes (those no setting places elsewhere) until Ctrl-C, and stop them in order."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        raise_on_stop_signals()
        try:
            with exclusive(settings.VAR / "redis"):
                self._run(embedded_stack(report=self.stdout.write))
        except (BinariesError, RedisServerError) as error:
            raise CommandError(str(error)) from None
        except Stop:
            self.stdout.write("Redis nodes stopped.")

    def _run(self, stack: Stack) -> None:
        try:
            stack.start()
            for node in stack.processes:
                self.stdout.write(f"Redis node {node.name} is ready on port {node.port}.")
            while True:
                time.sleep(WATCH_SECONDS)
                stack.revive()
        finally:
            stack.stop()
