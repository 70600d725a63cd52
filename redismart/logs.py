"""Structured logs: one event a line, with the id of the request it belongs to."""

import logging.config
import sys
from http import HTTPStatus
from typing import Any

import structlog

SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


TALKATIVE = ("_granian", "celery", "django.server")
"""They tell of every start and of every task, of which replication has many a second."""


class CalmAboutVisitors(logging.Filter):
    """Makes one line of warning of a request that was refused.

    Django tells some with an error and a traceback, of its own code: any visitor could fill a disk with them.
    """

    def __init__(self, *, level: str) -> None:
        super().__init__()
        self._level = logging.getLevelNamesMapping()[level]

    def filter(self, record: logging.LogRecord) -> bool:
        if HTTPStatus.BAD_REQUEST <= getattr(record, "status_code", 0) < HTTPStatus.INTERNAL_SERVER_ERROR:
            record.exc_info = record.exc_text = None
            record.levelno = min(record.levelno, logging.WARNING)
            record.levelname = logging.getLevelName(record.levelno)
        return record.levelno >= self._level


def logging_config(*, level: str, style: str) -> dict[str, Any]:
    """The ``logging.config`` dictionary; ``style`` is ``console`` or ``json``."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # A visitor's path must not move the cursor of whoever reads the log.
            repr_native_str=True,
            # The default prints the local variables of every frame: slow, and nobody else's business.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info if style == "json" else _keep,
            renderer,
        ],
        "foreign_pre_chain": SHARED_PROCESSORS,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "filters": {"calm": {"()": CalmAboutVisitors, "level": level}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured", "filters": ["calm"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": "WARNING"} for name in TALKATIVE},
    }


def configure(config: dict[str, Any]) -> None:
    """Apply the logging configuration to the standard library and to structlog."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[*SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _keep(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    return event
