"""Tells a node that cannot serve anybody just now from an error of ours."""

from redis import exceptions

AWAY = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
)


def behind(error: BaseException | None) -> exceptions.RedisError | None:
    """What a node that is gone, silent, loading, full or read-only said, if that is behind an error."""
    while error is not None and not isinstance(error, AWAY):
        error = error.__cause__
    return error
