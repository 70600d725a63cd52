"""``rebuild_suggestions``: build the search box's completions anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from catalog import operations


class Command(BaseCommand):
    help = "Build the completions of the search box anew, beside those in use, and switch to them. Safe to repeat."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            phrases = operations.rebuild_suggestions()
        except (RedisError, OSError) as error:
            message = f"The completions could not be built: {error}. See that Redis runs and `create_indexes` has run."
            raise CommandError(message) from None
        self.stdout.write(f"The search box now completes {phrases:,} phrases.")
