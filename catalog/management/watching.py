"""Shows how a load goes on: a bar on a terminal, a plain line every few seconds elsewhere."""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tqdm import tqdm

from catalog.loader import Tally
from redismart.management.terminal import draws_bars

LINE_SECONDS = 5.0


class Watcher:
    """Progress of the files of a load. A context manager."""

    def __init__(self, say: Callable[[str], object], *, quiet: bool = False) -> None:
        self._say = say
        self._quiet = quiet
        self._on_terminal = draws_bars()
        self._bar: tqdm | None = None
        self._path: Path | None = None
        self._started = self._said = time.monotonic()
        self._rows_before = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._close()

    def resumed(self, path: Path, records: int) -> None:
        """A file goes on where an earlier run ended."""
        self._rows_before = records
        if not self._quiet:
            self._say(f"{path.name}: going on after {records:,} rows that are done (--restart begins again).")

    def advanced(self, path: Path, tally: Tally, done: int, size: int) -> None:
        """So many bytes of a file are done, with this tally."""
        if path != self._path:
            self._begin(path, size)
        speed = (tally.rows - self._rows_before) / max(time.monotonic() - self._started, 0.001)
        if self._bar is not None:
            self._bar.set_postfix_str(f"{tally.rows:,} rows, {speed:,.0f}/s", refresh=False)
            self._bar.update(done - self._bar.n)
        elif not self._quiet and time.monotonic() - self._said >= LINE_SECONDS:
            self._said = time.monotonic()
            self._say(f"{path.name}: {tally.rows:,} rows ({done / max(size, 1):.0%}), {speed:,.0f} a second.")

    def _begin(self, path: Path, size: int) -> None:
        if self._path is not None:
            # The first file has been under way since this began.
            self._started, self._rows_before = time.monotonic(), 0
        self._close()
        self._path = path
        if self._on_terminal and not self._quiet:
            self._bar = tqdm(desc=path.name, total=size, unit="B", unit_scale=True, leave=False)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
