"""One process at a time makes vectors of a model. A lock says which, for as long as it lives and no longer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from redis.exceptions import LockNotOwnedError, RedisError
from redis.lock import Lock

from imagesearch import keyspace, vectors

LOCK_SECONDS = 15
"""So long a process that was killed keeps others off; one that goes on, however slowly, keeps its lock."""

KEEP_SECONDS = LOCK_SECONDS / 3


Sure = Callable[[], None]
"""Raises ``BusyError`` when the lock is another's by now: whoever asks was stopped for longer than it lasts."""


class BusyError(RuntimeError):
    """Another process has been at it for long."""


@contextmanager
def alone(fingerprint: str, patience: float) -> Iterator[Sure]:
    """Take a step of a model. Raises ``BusyError`` when another process is at it for longer than ``patience`` (s).

    What the block gets makes sure that it is still alone, which it asks before it stores anything.
    """
    # Of no thread of its own: one takes it, another keeps it.
    lock = vectors.client().lock(keyspace.lock(fingerprint), timeout=LOCK_SECONDS, thread_local=False)
    if not lock.acquire(blocking=bool(patience), blocking_timeout=patience or None):
        raise BusyError("Another process makes vectors of this model: wait for it to end.")

    def sure() -> None:
        if not lock.owned():
            raise BusyError("Another process has gone on with the vectors of this model meanwhile.")

    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(lock, over), daemon=True)
    keeper.start()
    try:
        yield sure
    finally:
        over.set()
        keeper.join()
        # Not ours any more when this process was stopped for longer than the lock lasts.
        with suppress(LockNotOwnedError):
            lock.release()


def _keep(lock: Lock, over: threading.Event) -> None:
    """Have a lock last until its step is over; a node that is away for a moment is asked again."""
    while not over.wait(KEEP_SECONDS):
        try:
            lock.reacquire()
        except LockNotOwnedError:
            return
        except (RedisError, OSError):
            continue
