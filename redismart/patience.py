"""Tasks whose Redis node is away wait for another time, with a line in the log instead of a traceback.

What they are for is asked for again: by the schedule, by the next change, or by the next page.
"""

import time
from typing import Any

import structlog
from celery import Task

from redismart.redis import away

QUIET_SECONDS = 60.0
"""The same is said no more often: several tasks a second may wait for one node."""

log = structlog.get_logger(__name__)
_said: dict[tuple[str, ...], float] = {}


class PatientTask(Task):
    """The base of all tasks. Whoever calls one as a function gets its errors."""

    def __call__(self, *args: Any, **payload: Any) -> Any:
        try:
            return super().__call__(*args, **payload)
        except Exception as error:
            reason = away.behind(error)
            if self.request.called_directly or reason is None:
                raise
            warn("task_waits", self.name, reason=str(reason))
            return None


def warn(event: str, task: str, **facts: str) -> None:
    """Log that a task waits, unless any has said the same within a minute."""
    now, key = time.monotonic(), (event, *facts.values())
    if now - _said.get(key, -QUIET_SECONDS) >= QUIET_SECONDS:
        _said[key] = now
        log.warning(event, task=task, **facts)
