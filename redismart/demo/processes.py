"""Runs the lines of the Procfile beside the embedded Redis nodes, and tells when the shop is open."""

import os
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from honcho.environ import parse_procfile
from honcho.manager import Manager

from redismart.demo import leftovers, regions, staff
from redismart.demo.errors import DemoError
from redismart.demo.line import WATCH_SECONDS, Line
from redismart.demo.regions import Region
from redismart.demo.starter import Starter
from redismart.redis.server import RedisServerError, Stack

# The demo runs the nodes itself: they must outlive everything that writes to them.
NODES_LINE = "redis"
# When a line runs, the nodes have been up and checked for a while.
WAIT = "python manage.py wait_for_redis && "
START_SECONDS = 30.0
OPEN_SECONDS = 60.0
ANSWER_SECONDS = 2.0
POLL_SECONDS = 0.1


class ShopManager(Manager):
    """honcho's manager, with a watcher that starts once no process is forked any more."""

    def __init__(self, watch: Callable[[], None]) -> None:
        super().__init__()
        self._process_ctor = Line
        self._watch = watch
        self.closing = threading.Event()
        self.gave_up = ""

    def terminate(self) -> None:
        if not self.closing.is_set():
            self.gave_up = next((name for name, facts in self._processes.items() if "returncode" in facts), "")
        self.close()
        # honcho cannot end a process whose id it has not heard of: _start goes on from here.
        if self._all_started():
            super().terminate()

    def close(self) -> None:
        """From now on nothing is started again."""
        self.closing.set()
        for facts in self._processes.values():
            # The last start may not have been told yet.
            facts["pid"] = facts["obj"].close() or facts.get("pid")

    def _start(self) -> None:
        super()._start()
        self._hear_of_all()
        if self.closing.is_set():
            super().terminate()
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def _hear_of_all(self) -> None:
        """Wait until every process has told its id; what else they say comes later, in order."""
        others = []
        while not self._all_started():
            message = self.events.get(timeout=START_SECONDS)
            if message.type == "start":
                self._processes[message.name]["pid"] = message.data["pid"]
            else:
                others.append(message)
        for message in others:
            self.events.put(message)

    def miss_the_killed(self) -> None:
        """Count a line as stopped whose fork was killed, and so cannot tell."""
        for facts in self._processes.values():
            if facts["process"].exitcode:
                facts.setdefault("returncode", facts["process"].exitcode)


class Shop:
    """The web server, the workers and the schedule of one installation, until told to stop."""

    def __init__(self, *, stack: Stack, say: Callable[[str], object]) -> None:
        self._stack = stack
        self._say = say
        self._failure = ""
        self._starter = Starter()
        self._manager = ShopManager(self._watch)

    def run(self) -> None:
        """Run until a signal (returns) or until something keeps ending by itself (``DemoError``)."""
        for region in regions.served():
            for name, command in _procfile_lines(region).items():
                self._manager.add_process(name, command, env=_environment(region), cwd=str(settings.BASE_DIR))
        signal.signal(signal.SIGHUP, lambda *_signal: _interrupt())
        try:
            self._manager.loop()
        finally:
            self._manager.close()
            leftovers.end(settings.VAR)
        if self._failure:
            raise DemoError(self._failure)
        if self._manager.gave_up:
            raise DemoError(f"The {self._manager.gave_up} process ended by itself: see its lines above.")

    def _watch(self) -> None:
        """In a thread: announce the open shop, then watch over the Redis nodes."""
        url = regions.served()[0].url
        if self._opens(f"{url}healthz"):
            self._say(_announcement())
        else:
            self._fail(f"The web server did not answer on {url} within {OPEN_SECONDS:.0f} s: see its lines above.")
        while not self._manager.closing.wait(WATCH_SECONDS):
            if self._starter.wants_an_end():
                _interrupt()
            try:
                self._stack.revive()
            except RedisServerError as error:
                self._fail(str(error))
            self._manager.miss_the_killed()

    def _opens(self, url: str) -> bool:
        deadline = time.monotonic() + OPEN_SECONDS
        while not self._manager.closing.wait(POLL_SECONDS) and time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(url, timeout=ANSWER_SECONDS):  # noqa: S310 - http on loopback
                return True
        return self._manager.closing.is_set()

    def _fail(self, reason: str) -> None:
        if not self._manager.closing.is_set():
            self._failure = reason
            _interrupt()


def _interrupt() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _procfile_lines(region: Region) -> dict[str, str]:
    """The lines that a region runs, by their names, which tell the region where it is not the first."""
    text = (settings.BASE_DIR / "Procfile").read_text()
    lines: dict[str, str] = dict(parse_procfile(text).processes)
    del lines[NODES_LINE]
    kept = lines if region.is_home else {name: lines[name] for name in regions.LINES}
    return {region.line(name): command.removeprefix(WAIT) for name, command in kept.items()}


def _environment(region: Region) -> dict[str, str]:
    """What the Procfile's lines need to find this installation, and the mark by which it finds them again."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return os.environ | {
        leftovers.MARK: str(settings.VAR),
        "PATH": path,
        "PYTHONUNBUFFERED": "1",
        "REDISMART_VAR": str(settings.VAR),
        "REDISMART_REGION": region.name,
        "REDISMART_PORT": str(region.port),
        "REDISMART_LIVE_PORT": str(region.live_port),
        "REDISMART_WEB_WORKERS": str(region.web_workers),
    }


def _announcement() -> str:
    home, *others = regions.served()
    also = [f"In region {region.name}:      {region.url}" for region in others]
    lines = [
        f"RedisMart is open:  {home.url}",
        *also,
        *_staff(f"{home.url}admin/"),
        f"Ctrl-C closes it; its data stays under {place()}.",
    ]
    rule = "=" * (max(map(len, lines)) + 4)
    return "\n".join(["", rule, *(f"  {line}" for line in lines), rule, ""])


def _staff(url: str) -> list[str]:
    """Who can sign in as staff, as long as nobody has chosen other passwords."""
    sign_ins = staff.sign_ins()
    longest = max(map(len, sign_ins), default=0)
    told = [f"  {name:{longest}}  {password}" for name, password in sign_ins.items()]
    return [f"Staff sign in at:   {url}", *told] if told else []


def place() -> str:
    """Where the shop's data is, as its reader finds it: ``var/`` in the project unless it is elsewhere."""
    var: Path = settings.VAR
    return f"{var.relative_to(settings.BASE_DIR) if var.is_relative_to(settings.BASE_DIR) else var}/"
