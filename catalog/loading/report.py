"""The report of a load: every problem as one JSON line, and the first few for the screen."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import orjson

from catalog.loading.problems import Kind, Problem

FIRST_SHOWN = 10


@dataclass(slots=True)
class Report:
    """Writes problems to ``path`` as they come; with no path, only keeps the first few.

    The file is made with the first problem: a load without any leaves none.
    """

    path: Path | None
    first: list[str] = field(default_factory=list)
    _file: IO[bytes] | None = None

    def begin(self, *, keep_bytes: int) -> None:
        """Go on after so many bytes of an earlier report; what stands behind them is dropped."""
        if self.path is None or not self.path.exists():
            return
        if keep_bytes:
            with self.path.open("r+b") as file:
                file.truncate(keep_bytes)
        else:
            self.path.unlink()

    def add(self, source: Path, problem: Problem) -> None:
        """Report one problem."""
        if len(self.first) < FIRST_SHOWN and problem.kind is Kind.REJECTED:
            self.first.append(_sentence(source, problem))
        if self.path is not None:
            self._opened(self.path).write(orjson.dumps({"file": str(source), **_facts(problem)}) + b"\n")

    def flushed(self) -> int:
        """Bytes of the report that are safely in its file."""
        if self._file is None:
            return self.path.stat().st_size if self.path is not None and self.path.exists() else 0
        self._file.flush()
        return self._file.tell()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def written(self) -> bool:
        """Whether there is a report to look at."""
        return self.path is not None and self.path.exists()

    def _opened(self, path: Path) -> IO[bytes]:
        if self._file is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
        return self._file


def _facts(problem: Problem) -> dict[str, object]:
    return {
        "kind": problem.kind.value,
        "line": problem.position,
        "sku": problem.sku,
        "field": problem.field,
        "value": problem.value,
        "reason": problem.reason,
    }


def _sentence(source: Path, problem: Problem) -> str:
    what = f"{problem.field} {problem.reason}" if problem.field else problem.reason
    value = f" ({problem.value[:60]})" if problem.value and problem.field else ""
    return f"{source.name} line {problem.position}: {what}{value}"
