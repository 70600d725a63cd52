"""Loads data files into the catalogue: checked row by row, only what changed is written, resumable.

The main thread reads, checks and prepares batches; another stores them (``loading.storing``), so that this
process and Redis work at the same time. Memory does not grow with the number of rows.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from catalog.loading import checking, documents
from catalog.loading.checking import Checked
from catalog.loading.documents import Document
from catalog.loading.progress import Progress, ProgressKeeper, Tally
from catalog.loading.row_pictures import RowPictures
from catalog.loading.sources import AUTO, Consumed, Source, StoppedError, sources
from catalog.loading.spellings import Spellings
from catalog.loading.storing import Batch, Storer
from catalog.models import Category, Picture
from catalog.pricing import Pricing
from redismart.loading.problems import Kind, LoadError, Problem
from redismart.loading.records import Record
from redismart.loading.report import Mark, Report, place
from redismart.loading.seen import Seen

__all__ = ["BATCH", "LoadError", "Loaded", "Options", "Tally", "load"]

BATCH = 300
MOST_CATEGORIES_REMEMBERED = 50_000
RARE_COLLECTIONS = (50_000, 20, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to load: ``media`` is the folder for pictures, ``reports`` for reports unless ``report`` names a file."""

    media: Path
    reports: Path
    report: Path | None = None
    format_name: str = AUTO
    pictures: Path | None = None
    batch: int = BATCH
    restart: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class Watch:
    """What the caller sees and says meanwhile: progress after each batch, and whether to stop."""

    advanced: Callable[[Path, Tally, int, int], None] = lambda _path, _tally, _bytes, _size: None
    resumed: Callable[[Path, int], None] = lambda _path, _records: None
    stopping: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class Loaded:
    """How a load ended: its tally and report, and whether it was stopped."""

    report: Report
    tally: Tally = field(default_factory=Tally)
    stopped: bool = False


def load(*, paths: Sequence[Path], options: Options, watch: Watch | None = None) -> Loaded:
    """Load every file behind the paths.

    Raises ``LoadError`` when nothing can be loaded, before anything is written, and redis's errors
    when Redis goes away; then, and after a stop, the same call goes on where this one ended.
    """
    found = sources(paths, format_name=options.format_name)
    run = _Run(found, options, watch or Watch())
    with _collecting_rarely():
        return run.load()


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """A row makes hundreds of objects and no cycles, so the collector finds nothing, at a fifth of the time."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARE_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


class _Run:
    """One load of several files."""

    def __init__(self, found: Sequence[Source], options: Options, watch: Watch) -> None:
        self.sources = found
        self.options = options
        self.watch = watch
        self.seen = Seen()
        self.spellings = Spellings()
        self.categories: set[str] = set()
        self.keepers = [_keeper(source, options) for source in found]
        self.report = Report(self._report_path(), key_field="sku")
        self.loaded = Loaded(self.report)

    def load(self) -> Loaded:
        recalled = self._recalled()
        self.report.begin(_reported(recalled))
        try:
            for source, keeper, progress in zip(self.sources, self.keepers, recalled, strict=True):
                if not self.loaded.stopped:
                    self._load_file(source, keeper, progress)
        finally:
            self.report.close()
            self.seen.close()
        if not self.loaded.stopped and not self.options.dry_run:
            for keeper in self.keepers:
                keeper.forget()
        return self.loaded

    def _recalled(self) -> list[Progress | None]:
        """What an interrupted load left of each file; nothing where that should not be gone on with."""
        nothing: list[Progress | None] = [None] * len(self.keepers)
        if self.options.restart or self.options.dry_run:
            return nothing
        recalled = [keeper.recall() for keeper in self.keepers]
        return recalled if self.report.begins_with(_reported(recalled)) else nothing

    def _load_file(self, source: Source, keeper: ProgressKeeper, progress: Progress | None) -> None:
        file = _FileLoad(self, source, keeper, progress)
        if progress is not None:
            self.watch.resumed(source.path, progress.records)
        with ExitStack() as closing:
            media = None if self.options.dry_run else self.options.media
            file.pictures = closing.enter_context(RowPictures(source, given=self.options.pictures, media=media))
            file.storer = closing.enter_context(Storer())
            self.loaded.stopped = not file.load()
        self.loaded.tally.add(file.tally)

    def _report_path(self) -> Path | None:
        options, name = self.options, f"{self.sources[0].path.name.split('.')[0]}-{self.keepers[0].digest[:8]}"
        return place(options.report, folder=options.reports, name=name, dry_run=options.dry_run)


class _FileLoad:
    """The loading of one file."""

    pictures: RowPictures
    storer: Storer

    def __init__(self, run: _Run, source: Source, keeper: ProgressKeeper, progress: Progress | None) -> None:
        self.run = run
        self.source = source
        self.keeper = keeper
        self.consumed = Consumed(source.size)
        self.records = progress.records if progress else 0
        self.tally = progress.tally if progress else Tally()
        self.batch: list[Checked] = []
        self.problems = Tally()

    def load(self) -> bool:
        """Load the file's records from where it was left; False when told to stop before its end."""
        records = self.source.records(skip=self.records, consumed=self.consumed, stopping=self.run.watch.stopping)
        complete = True
        try:
            for record in records:
                self._take(record)
        except StoppedError:
            complete = False
        self._finish_batch()
        self.storer.drain()
        return complete

    def _take(self, record: Record) -> None:
        self.records += 1
        outcome = checking.check(record, self.source.adapter)
        if isinstance(outcome, Checked):
            self.batch.append(outcome)
        else:
            self.problems.rejected += 1
            self._report(outcome)
        if self.records % self.run.options.batch == 0:
            self._finish_batch()

    def _finish_batch(self) -> None:
        batch, self.batch = self.batch, []
        self._report([remark for checked in batch for remark in checking.notes(checked)])
        self._report(checking.repeated(batch, self.run.seen))
        self._report(list(self.pictures.store(batch)))
        problems, self.problems = self.problems, Tally()
        if self.run.options.dry_run:
            problems.created = len(batch)
            self._advance(problems, self.consumed.bytes)
            return
        self.storer.submit(self._prepared(batch, problems))

    def _prepared(self, batch: Sequence[Checked], problems: Tally) -> Batch:
        spellings = self.run.spellings
        spellings.learn(checked.row.brand for checked in batch)
        by_sku: dict[str, Document] = {}
        pictures: dict[str, Sequence[Picture] | None] = {}
        for row, brought in ((checked.row, self.pictures.of(checked)) for checked in batch):
            # The last row of a SKU counts, with the pictures of an earlier one if it brings none.
            pictures[row.sku] = pictures.get(row.sku) if brought is None else brought
            brand = spellings.of(row.brand)
            by_sku[row.sku] = documents.document(row, brand=brand, pictures=pictures[row.sku])
        records, reported, consumed = self.records, self.run.report.flushed(), self.consumed.bytes

        def stored(tally: Tally) -> None:
            tally.add(problems)
            self._advance(tally, consumed)
            self.keeper.remember(Progress(records, self.tally, reported))

        return Batch(list(by_sku.values()), self._new_categories(batch), stored)

    def _new_categories(self, batch: Sequence[Checked]) -> dict[str, Category]:
        new = dict(documents.categories([checked.row for checked in batch], known=self.run.categories))
        if len(self.run.categories) > MOST_CATEGORIES_REMEMBERED:
            self.run.categories.clear()
        self.run.categories |= new.keys()
        return new

    def _advance(self, tally: Tally, consumed: int) -> None:
        self.tally.add(tally)
        self.run.watch.advanced(self.source.path, self.tally, consumed, self.source.size)

    def _report(self, problems: Sequence[Problem]) -> None:
        self.problems.notes += sum(problem.kind is Kind.NOTE for problem in problems)
        for problem in problems:
            self.run.report.add(self.source.path, problem)


def _reported(recalled: Sequence[Progress | None]) -> Mark:
    """How far the report of files that are loaded one after the other has come."""
    return max((progress.reported for progress in recalled if progress), key=lambda mark: mark.length, default=Mark())


def _keeper(source: Source, options: Options) -> ProgressKeeper:
    """Progress belongs to a file's content and to whatever decides how its rows are stored."""
    pricing = Pricing.current()
    rates = sorted((currency, str(rate)) for currency, rate in pricing.rates.items())
    return ProgressKeeper(source.fingerprint, source.adapter.NAME, str(options.pictures), pricing.currency, repr(rates))
