"""Commands for people who know nothing of Django: their errors are one plain line."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class PlainCommand(BaseCommand):
    """A command whose errors begin with the name of the shop, not of an exception."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except CommandError as error:
            # Callers in the program get the exception, and so does who asked for its trace.
            if not getattr(self, "_called_from_command_line", False) or options["traceback"]:
                raise
            self.stderr.write(f"redismart: {error}")
            sys.exit(error.returncode)
