"""One line of the Procfile, started again when it ends by itself."""

import os
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from ctypes import c_bool, c_int
from multiprocessing.sharedctypes import RawValue
from typing import Any

from django.conf import settings
from honcho.process import Process

from redismart.demo import leftovers
from redismart.revivals import Revivals

WATCH_SECONDS = 0.5
LAST_LINES_SECONDS = 5.0


class Line(Process):
    """Runs in a fork of the demo, which ends what it has started should the demo be killed.

    What both need to know is shared memory without a lock, which a killed process could keep for ever.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._pid = RawValue(c_int, 0)
        self._closing = RawValue(c_bool, False)
        self._revivals = Revivals()

    def close(self) -> int:
        """For the demo: start it no more. Returns the id of the process that must be ended now."""
        self._closing.value = True
        return int(self._pid.value)

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:  # noqa: ARG002 - honcho's signature
        self._events, self._demo = events, os.getppid()
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not SIG_IGN, which would be handed on to what is started here.
            signal.signal(number, lambda *_signal: None)
        threading.Thread(target=self._end_after, daemon=True).start()
        self._serve()
        while self._is_wanted() and self._may_be_revived():
            self._serve()
        self._send_message({"returncode": self._child.returncode}, type="stop")

    def _serve(self) -> None:
        self._child = self._child_ctor(self.cmd, env=self.env, cwd=self.cwd)
        self._pid.value = self._child.pid
        self._send_message({"pid": self._child.pid}, type="start")
        if not self._is_wanted():
            # Too late for the demo to have known its id.
            _signal_group(self._child.pid, signal.SIGTERM)
        relay = threading.Thread(target=self._relay, args=(self._child.stdout,), daemon=True)
        relay.start()
        self._child.wait()
        # Children that outlive it would keep its port, and work on without anyone to tell them to stop.
        _signal_group(self._child.pid, signal.SIGKILL)
        relay.join(LAST_LINES_SECONDS)

    def _relay(self, output: Iterable[bytes]) -> None:
        for line in output:
            self._send_message(line)

    def _is_wanted(self) -> bool:
        return not self._closing.value and os.getppid() == self._demo

    def _may_be_revived(self) -> bool:
        allowed = self._revivals.allowed(now=time.monotonic())
        then = "it is started again" if allowed else "it keeps doing so, and is not started again"
        self._send_message(f"The {self.name} process ended by itself; {then}.\n".encode())
        return allowed

    def _end_after(self) -> None:
        while os.getppid() == self._demo:
            time.sleep(WATCH_SECONDS)
        leftovers.end(settings.VAR)
        os._exit(1)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
