"""``wait_for_redis``: return once the Redis nodes can serve the shop, fail with what is wrong otherwise."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from redismart import checks

POLL_SECONDS = 0.2


class Command(BaseCommand):
    help = "Wait until every Redis node answers, and refuse those that cannot serve the shop."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=60.0, help="How long to wait (default: %(default)s).")

    def handle(self, *_args: Any, seconds: float, **_options: Any) -> None:
        deadline = time.monotonic() + seconds
        while problems := checks.redis_nodes(databases=["default"]):
            if not all(map(checks.may_pass, problems)) or time.monotonic() > deadline:
                raise CommandError("\n".join(map(checks.sentence, problems)))
            time.sleep(POLL_SECONDS)
