"""The report of a load: every problem as one JSON line, and the first few for the screen."""

import hashlib
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

from redismart.loading.problems import Kind, LoadError, Problem

FIRST_SHOWN = 10
CHUNK = 1024 * 1024
LONGEST_LINE = 100_000


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a report ended: how many bytes it had, and their digest."""

    length: int = 0
    digest: str = hashlib.sha256().hexdigest()


NOTHING = Mark()


def add_options(parser: ArgumentParser) -> None:
    """The options of a command that reports."""
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="where rejected rows are listed (default: a file in reports/ under REDISMART_VAR)",
    )
    parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")


def place(asked: Path | None, *, folder: Path, name: str, dry_run: bool) -> Path | None:
    """The report that was asked for, else the usual one in a folder; a dry run writes only what it is asked for."""
    return asked or (None if dry_run else folder / f"load-{name}.jsonl")


@dataclass(slots=True)
class Report:
    """Writes problems to ``path`` as they come; with no path, only keeps the first few.

    The file is made with the first problem: a load without any leaves none. ``key_field`` is what the rows
    call their key.
    """

    path: Path | None
    key_field: str
    first: list[str] = field(default_factory=list)
    rejected: int = 0
    """Rows. The problems of one row come one after the other."""
    _last: tuple[Path, int] | None = None
    _file: IO[bytes] | None = None
    _length: int = 0
    # Of everything in the file.
    _hash: Any = field(default_factory=hashlib.sha256)

    def begins_with(self, mark: Mark) -> bool:
        """Whether the file is the report that was left at a mark, whatever stands behind it.

        Another file may lie there by now, or none: going on in it would lose problems.
        """
        if not mark.length or self.path is None:
            return True
        try:
            with self.path.open("rb") as file:
                return bool(_hashed(file, mark.length).hexdigest() == mark.digest)
        except FileNotFoundError:
            return False

    def begin(self, mark: Mark = NOTHING) -> None:
        """Go on behind a mark, which the file ``begins_with``; what stands there is dropped.

        Raises ``LoadError`` when the file is something else than a report: it would be lost.
        """
        if self.path is None or not self.path.exists():
            return
        if not _is_report(self.path):
            raise LoadError(f"{self.path} exists and is no report: name another file. Nothing was changed.")
        if not mark.length:
            self.path.unlink()
            return
        with self.path.open("r+b") as file:
            self._hash = _hashed(file, mark.length)
            file.truncate(mark.length)
        self._length = mark.length

    def add(self, source: Path, problem: Problem) -> None:
        """Report one problem."""
        if problem.kind is Kind.REJECTED:
            row = (source, problem.position)
            self.rejected, self._last = self.rejected + (row != self._last), row
            if len(self.first) < FIRST_SHOWN:
                self.first.append(_sentence(source, problem))
        if self.path is not None:
            self._write(self.path, orjson.dumps({"file": str(source), **self._facts(problem)}) + b"\n")

    def flushed(self) -> Mark:
        """The end of what is safely in the file."""
        if self._file is not None:
            self._file.flush()
        return Mark(self._length, self._hash.hexdigest())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def written(self) -> bool:
        """Whether there is a report to look at."""
        return self.path is not None and self.path.exists()

    def tell(self, *, say: Callable[[str], object], warn: Callable[[str], object]) -> None:
        """The first problems as warnings, and where all of them are."""
        for sentence in self.first:
            warn(sentence)
        if self.written:
            say(f"Report: {self.path}")

    def _write(self, path: Path, line: bytes) -> None:
        if self._file is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
        self._file.write(line)
        self._hash.update(line)
        self._length += len(line)

    def _facts(self, problem: Problem) -> dict[str, object]:
        return {
            "kind": problem.kind.value,
            "line": problem.position,
            self.key_field: problem.key,
            "field": problem.field,
            "value": problem.value,
            "reason": problem.reason,
        }


def _is_report(path: Path) -> bool:
    """Whether a file is empty, or begins as reports do. Raises ``OSError`` when it cannot be read."""
    with path.open("rb") as file:
        line = file.readline(LONGEST_LINE)
    try:
        return not line or {"file", "kind", "reason"} <= set(orjson.loads(line))
    except (ValueError, TypeError):
        return False


def _hashed(file: IO[bytes], length: int) -> Any:
    """The hash of a file's first bytes."""
    found = hashlib.sha256()
    while length and (chunk := file.read(min(length, CHUNK))):
        found.update(chunk)
        length -= len(chunk)
    return found


def _sentence(source: Path, problem: Problem) -> str:
    what = f"{problem.field} {problem.reason}" if problem.field else problem.reason
    value = f" ({problem.value[:60]})" if problem.value and problem.field else ""
    return f"{source.name} line {problem.position}: {what}{value}"
