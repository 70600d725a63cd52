"""``wait_for_redis``: return once the Redis nodes can serve the shop, fail with what is wrong otherwise."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.checks import CheckMessage
from django.core.management.base import BaseCommand, CommandError

from redismart import checks
from redismart.demo import staff

POLL_SECONDS = 0.2


class Command(BaseCommand):
    help = "Wait until this region's Redis nodes answer, and refuse those that cannot serve the shop."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=60.0, help="How long to wait (default: %(default)s).")

    def handle(self, *_args: Any, seconds: float, **_options: Any) -> None:
        if names := staff.left_over():
            told = ", ".join(names)
            raise CommandError(f"The demo has left {told} in the database: run `manage.py demo_staff --remove` first.")
        deadline = time.monotonic() + seconds
        while errors := self._errors():
            if not all(map(checks.may_pass, errors)) or time.monotonic() > deadline:
                raise CommandError("\n".join(map(checks.sentence, errors)))
            time.sleep(POLL_SECONDS)
        self.stderr.write("".join(f"{checks.sentence(warning)}\n" for warning in self._warnings), ending="")

    def _errors(self) -> list[CheckMessage]:
        problems = checks.redis_nodes(databases=["default"])
        self._warnings = [problem for problem in problems if not problem.is_serious()]
        return [problem for problem in problems if problem.is_serious()]
