"""Notes of loads for the admin. That they cannot be kept must end no load."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog
from redis.exceptions import RedisError

from catalog import load_records
from catalog.load_records import LoadRecord
from catalog.loader import Loaded

COMPLETE_TOLD = "complete"
INTERRUPTED_TOLD = "stopped; the same command goes on from there"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Noted:
    """The note of one run of a command; a dry run leaves none."""

    command: str
    files: Sequence[Path]
    dry_run: bool = False
    _record: LoadRecord | None = None

    def begin(self) -> None:
        """Note that rows are being stored from now on."""
        if self.dry_run:
            return
        try:
            self._record = load_records.begin(command=self.command, files=self.files)
        except RedisError as error:
            log.warning("load_not_noted", reason=str(error))

    def end(self, loaded: Loaded) -> None:
        """Note what has become of it."""
        counts = {name: count for name, count in asdict(loaded.tally).items() if name in LoadRecord.model_fields}
        outcome = INTERRUPTED_TOLD if loaded.stopped else COMPLETE_TOLD
        self._end(outcome, counts, loaded.report.path)

    def fail(self, reason: str) -> None:
        self._end(reason, {}, None)

    def _end(self, outcome: str, counts: dict[str, int], report: Path | None) -> None:
        if self._record is None:
            return
        try:
            load_records.end(self._record, outcome=outcome, counts=counts, report=report)
        except RedisError as error:
            log.warning("load_not_noted", reason=str(error))
