"""``load_catalog``: load products from data files."""

import signal
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from catalog import adapters, loader, operations
from catalog.loader import BATCH, Loaded, LoadError, Options, Watch
from catalog.management.noting import INTERRUPTED_TOLD, Noted
from catalog.management.watching import Watcher
from catalog.models import Category, Product, Review
from redismart.loading import report
from redismart.redis import searched

SOME_REJECTED, NOTHING_DONE, INTERRUPTED = 1, 2, 130
AUTO = "auto"
LARGEST_BATCH = 10_000


class Command(BaseCommand):
    help = (
        "Load products from JSON lines, a JSON array or CSV, gzip or not, or from a data set's folder. "
        "Only what changed is written; an interrupted load goes on when the same command is given again. "
        "Exit code: 0 all loaded, 1 some rows rejected (see the report), 2 nothing could be done, 130 interrupted."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a data file, or a data set's folder")
        parser.add_argument(
            "--format", default=AUTO, choices=[AUTO, *adapters.BY_NAME], help="default: found out from the content"
        )
        parser.add_argument(
            "--pictures",
            type=Path,
            metavar="FOLDER_OR_ZIP",
            help="what the rows' pictures are relative to (default: the data file)",
        )
        report.add_options(parser)
        parser.add_argument(
            "--batch", type=_batch, default=BATCH, metavar="N", help=f"rows stored at a time (default: {BATCH})"
        )
        parser.add_argument(
            "--restart", action="store_true", help="begin again instead of going on where an interrupted load ended"
        )
        parser.add_argument(
            "--no-suggestions", action="store_true", help="leave the completions of the search box as they are"
        )

    def handle(self, *, paths: list[Path], verbosity: int, **options: Any) -> None:
        started = time.monotonic()
        noted = Noted(command="load_catalog", files=paths, dry_run=options["dry_run"])
        try:
            loaded = self._load(paths, verbosity=verbosity, options=options, noted=noted)
            noted.end(loaded)
            self._summarise(loaded, seconds=time.monotonic() - started, dry_run=options["dry_run"])
            if not (loaded.stopped or options["dry_run"]):
                self._finish(suggestions=not options["no_suggestions"])
        except LoadError as error:
            noted.fail(str(error))
            raise CommandError(str(error), returncode=NOTHING_DONE) from None
        except KeyboardInterrupt:
            noted.fail(INTERRUPTED_TOLD)
            raise CommandError(
                "Stopped. Give the same command again to go on from here.", returncode=INTERRUPTED
            ) from None
        except (RedisError, OSError) as error:
            raise CommandError(_trouble(error), returncode=NOTHING_DONE) from None
        if loaded.stopped:
            raise CommandError("Stopped. Give the same command again to go on from here.", returncode=INTERRUPTED)
        if loaded.tally.rejected:
            raise CommandError(f"{loaded.tally.rejected:,} rows were rejected.", returncode=SOME_REJECTED)

    def _load(self, paths: list[Path], *, verbosity: int, options: dict[str, Any], noted: Noted) -> Loaded:
        choices = Options(
            media=settings.MEDIA_ROOT,
            reports=settings.VAR / "reports",
            report=options["report"],
            format_name=options["format"],
            pictures=options["pictures"],
            batch=options["batch"],
            restart=options["restart"],
            dry_run=options["dry_run"],
        )
        if not choices.dry_run:
            for document in (Product, Category, Review):
                searched.ensure(document)
            noted.begin()
        with Watcher(self.stdout.write, quiet=verbosity == 0) as watcher, _stop_signal() as stop:
            watch = Watch(advanced=watcher.advanced, resumed=watcher.resumed, stopping=lambda: stop.asked)
            return loader.load(paths=paths, options=choices, watch=watch)

    def _summarise(self, loaded: Loaded, *, seconds: float, dry_run: bool) -> None:
        tally, speed = loaded.tally, loaded.tally.rows / max(seconds, 0.001)
        if dry_run:
            self.stdout.write(
                f"{tally.created:,} rows are good, {tally.rejected:,} would be rejected. Nothing was written."
            )
        else:
            self.stdout.write(
                f"{tally.created:,} created, {tally.updated:,} updated, {tally.unchanged:,} unchanged, "
                f"{tally.rejected:,} rejected, {tally.notes:,} notes in {seconds:,.1f} s ({speed:,.0f} rows a second)."
            )
        if not tally.rows:
            self.stderr.write("There is no row in what was given: a table needs more than the names of its columns.")
        loaded.report.tell(say=self.stdout.write, warn=self.stderr.write)

    def _finish(self, *, suggestions: bool) -> None:
        if suggestions and operations.rebuild_suggestions_if_stale():
            self.stdout.write("Completions of the search box were rebuilt.")
        operations.prepare_browsing()


class _StopSignal:
    """Whether someone asked to stop."""

    asked = False

    def ask(self, number: int, _frame: FrameType | None) -> None:
        """Stop at the next read of the file. A second signal ends the process at once."""
        self.asked = True
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def _stop_signal() -> Iterator[_StopSignal]:
    stop = _StopSignal()
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _batch(text: str) -> int:
    size = int(text) if text.isdecimal() else 0
    if not 1 <= size <= LARGEST_BATCH:
        raise ArgumentTypeError(f"is {text!r}: use a number from 1 to {LARGEST_BATCH:,}.")
    return size


def _trouble(error: Exception) -> str:
    if isinstance(error, RedisError):
        see = "See that it runs (`manage.py check --database default`); then give"
        return f"Redis cannot store the catalogue ({error}). {see} the same command again: it goes on where it ended."
    return f"{error}. Give the same command again when that is mended: it goes on where it ended."
