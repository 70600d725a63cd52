"""Stores the pictures of a load in a few processes, since making sizes is all computing."""

import multiprocessing
import os
import signal
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Self

from catalog import pictures
from catalog.loading.picture_files import MissingPictureError, PictureFiles
from catalog.pictures import StoredPicture
from redismart.decoding import PictureError

MOST_PROCESSES = 4
LOST = "could not be processed: its process ended"


class PictureShop:
    """Stores pictures under ``media``; with None, only checks them. A context manager.

    Memory is bounded: a process holds one picture at a time.
    """

    def __init__(self, files: PictureFiles, *, media: Path | None) -> None:
        self._files = files
        self._media = media
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    def store(self, names: Iterable[str]) -> dict[str, StoredPicture | str]:
        """Each picture by its name, or why there is none."""
        pending = {name: self._submit(name) for name in dict.fromkeys(names)}
        return {name: given if isinstance(given, str) else self._result(given) for name, given in pending.items()}

    def _submit(self, name: str) -> Future[StoredPicture | str] | str:
        try:
            # Here already, so that a load whose pictures are elsewhere starts no process.
            self._files.find(name)
            return self._processes().submit(_store, self._files, name, self._media)
        except MissingPictureError as error:
            return str(error)
        except BrokenProcessPool:
            return LOST

    def _processes(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=min(os.cpu_count() or 1, MOST_PROCESSES),
                # A fork of a process with threads may hang.
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_leave_interrupts_to_the_parent,
            )
        return self._pool

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _result(self, future: Future[StoredPicture | str]) -> StoredPicture | str:
        try:
            return future.result()
        except BrokenProcessPool:
            # The next batch gets new processes.
            self._close()
            return LOST


def _store(files: PictureFiles, name: str, media: Path | None) -> StoredPicture | str:
    try:
        data = files.read(name)
        return pictures.check(data) if media is None else pictures.store(data, folder=media)
    except (MissingPictureError, PictureError) as error:
        return str(error)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
