"""``demo``: run the whole shop on this machine."""

from contextlib import suppress
from typing import Any

from django.core.management.base import CommandError

from redismart.demo.errors import DemoError
from redismart.demo.processes import place
from redismart.demo.run import run
from redismart.management.plain import PlainCommand
from redismart.redis.binaries import BinariesError
from redismart.redis.server import RedisServerError
from redismart.signals import Stop, raise_on_stop_signals


class Command(PlainCommand):
    help = "Run the whole shop: Redis nodes, demo catalogue, web server, workers. Ctrl-C stops all of it."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        raise_on_stop_signals()
        with suppress(Stop):
            try:
                run(say=self._say)
            except (BinariesError, DemoError, RedisServerError) as error:
                raise CommandError(str(error)) from None
            except OSError as error:
                raise CommandError(
                    f"{error}. See that the disk has room and its folders belong to you, then try again."
                ) from None
        self._say(f"RedisMart is closed; its data stays under {place()}.")

    def _say(self, line: str) -> None:
        # A closed terminal must not keep the shop from stopping in order.
        with suppress(OSError):
            self.stdout.write(line)
            self.stdout.flush()
