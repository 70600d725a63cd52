"""``demo_staff``: the staff sign-ins of the demo."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from redismart.demo import staff
from redismart.management.plain import PlainCommand


class Command(PlainCommand):
    help = "Tell the demo's staff sign-ins, or delete them before its database is used in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--remove", action="store_true", help="Delete them from the database.")

    def handle(self, *_args: Any, remove: bool, **_options: Any) -> None:
        if remove:
            self.stdout.write(f"Deleted {staff.remove()} sign-ins of the demo.")
            return
        if not staff.wanted():
            raise CommandError("This is no demo: there are no such sign-ins.")
        staff.make()
        for name, password in staff.sign_ins().items():
            self.stdout.write(f"{name}  {password}  ({staff.GROUPS[name]})")
