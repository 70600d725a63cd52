"""Runs embedded Redis nodes: real redis-server processes on loopback, with search and JSON modules.

A node's data, log and configuration live in a folder of its own.
"""

import fcntl
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import redis
from redis.exceptions import BusyLoadingError, ResponseError

from redismart.redis import acl, leftovers
from redismart.redis.binaries import Binaries
from redismart.redis.topology import LOOPBACK, OPERATOR, Node, Topology
from redismart.revivals import Revivals
from redismart.signals import stop_held_back

START_SECONDS = 120.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.05


class RedisServerError(RuntimeError):
    """A node cannot run; the message says why and what to do."""


class AlreadyRunningError(RedisServerError):
    """Another process holds the installation: ``pid``, as far as it is known."""

    def __init__(self, message: str, *, pid: int | None) -> None:
        super().__init__(message)
        self.pid = pid


class Stack:
    """The embedded nodes of one installation, started and stopped together."""

    def __init__(
        self,
        *,
        topology: Topology,
        folder: Path,
        binaries: Binaries,
        report: Callable[[str], object] = lambda _line: None,
    ) -> None:
        self.topology = topology
        self.folder = folder
        self.binaries = binaries
        self.report = report
        self.processes: dict[Node, subprocess.Popen[bytes]] = {}
        self._revivals = Revivals()
        self._stopping = False
        self._guard = threading.Lock()

    def start(self) -> None:
        """Start every node and wait until all answer; stop those already up when one fails."""
        self._stopping = False
        try:
            for node in self.topology.nodes():
                self.start_node(node)
            for node in self.topology.nodes():
                self.wait_for(node)
        except BaseException:
            self.stop()
            raise

    def start_node(self, node: Node) -> None:
        """Start one node without waiting for it."""
        folder = self.folder / node.name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._end_leftover(node, folder)
        if _in_use(node.port):
            raise RedisServerError(_port_taken(node))
        configuration = self._write_configuration(node, folder)
        with (folder / "redis.log").open("ab") as log, stop_held_back():
            self.processes[node] = subprocess.Popen(
                [self.binaries.server, configuration],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C must reach the web server before its data store.
                start_new_session=True,
                umask=0o077,
            )
            leftovers.record(folder, self.processes[node].pid)

    def wait_for(self, node: Node) -> None:
        """Wait until the node has loaded its data and answers.

        Raises ``RedisServerError`` when it ends or stays silent.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.processes[node].poll() is not None:
                raise RedisServerError(f"Redis node {node.name} ended at start: {self._last_log_line(node)}")
            if self._ready(node):
                return
            time.sleep(POLL_SECONDS)
        raise RedisServerError(
            f"Redis node {node.name} did not answer within {START_SECONDS:.0f} s: see {self._log(node)}."
        )

    def stop(self) -> None:
        """Stop every node in an orderly way, the last writes on disk."""
        with self._guard:
            self._stopping = True
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def ended(self) -> Node | None:
        """A node that is no longer running, if any."""
        return next((node for node, process in self.processes.items() if process.poll() is not None), None)

    def revive(self) -> None:
        """Start again every node that has ended by itself, its data as it was.

        Raises ``RedisServerError`` when that keeps happening: then something is wrong that a start does not mend.
        """
        while (node := self.ended()) is not None:
            if not self._revivals.allowed(now=time.monotonic()):
                log = self.folder / node.name / "redis.log"
                raise RedisServerError(f"Redis node {node.name} ended by itself, once more: see {log}.")
            with self._guard:
                if self._stopping:
                    return
                self.report(f"Redis node {node.name} ended by itself; it is started again.")
                self.start_node(node)
            try:
                self.wait_for(node)
            except RedisServerError:
                if self.processes[node].poll() is None:
                    raise

    def operator(self, node: Node) -> redis.Redis:
        """A client with full rights on the node."""
        return redis.Redis.from_url(
            self.topology.embedded_url(node, user=OPERATOR), socket_timeout=5.0, decode_responses=True
        )

    def _ready(self, node: Node) -> bool:
        """Whether the node has loaded its data, answers, and has its app's rights cut to what they should be.

        It may end between two commands: that is a node which is not ready, not an error.
        """
        try:
            with self.operator(node) as client:
                client.ping()
                for command in acl.KEYLESS_COMMANDS:
                    with suppress(ResponseError):
                        client.acl_setuser(node.app, commands=[f"-{command}"], enabled=True)
        except (BusyLoadingError, redis.ConnectionError, redis.TimeoutError):
            return False
        return True

    def _end_leftover(self, node: Node, folder: Path) -> None:
        """End the node if an earlier start left it running: two servers on one folder would spoil its data."""
        process = leftovers.find(folder)
        if process is not None:
            self.report(
                f"Redis node {node.name} was still running (process {process.pid}) from an earlier start: ending it."
            )
            leftovers.end(process)

    def _write_configuration(self, node: Node, folder: Path) -> Path:
        acl_file = folder / "users.acl"
        _write_private(
            acl_file,
            acl.users(
                node, password=self.topology.password(node.app), operator_password=self.topology.password(OPERATOR)
            ),
        )
        configuration = folder / "redis.conf"
        _write_private(configuration, self._configuration(node, folder, acl_file))
        return configuration

    def _configuration(self, node: Node, folder: Path, acl_file: Path) -> Iterator[str]:
        yield f"bind {LOOPBACK}"
        yield f"port {node.port}"
        yield f'dir "{folder.resolve()}"'
        yield f'aclfile "{acl_file.resolve()}"'
        yield "save ''"
        yield f"appendonly {'yes' if node.persistent else 'no'}"
        yield "appendfsync everysec"
        if node.primary_port is not None:
            yield f"replicaof {LOOPBACK} {node.primary_port}"
            yield f"masteruser {OPERATOR}"
            yield f"masterauth {self.topology.password(OPERATOR)}"
        yield "maxmemory-policy noeviction" if node.persistent else "maxmemory-policy volatile-lru"
        yield "lazyfree-lazy-user-del yes"
        for module in self.binaries.modules:
            # A partial count must never look like a whole one.
            options = " ON_TIMEOUT FAIL MAXSEARCHRESULTS 1000000" if module.stem == "redisearch" else ""
            yield f"loadmodule {module}{options}"

    def _log(self, node: Node) -> Path:
        return self.folder / node.name / "redis.log"

    def _last_log_line(self, node: Node) -> str:
        lines = self._log(node).read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it wrote no log."


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the installation: two stacks on one folder would fight over its files.

    Raises ``AlreadyRunningError`` when another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        _acquire(lock, folder)
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _acquire(lock: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip()
        pid = int(holder) if holder.isdigit() else None
        where = f"RedisMart already runs on {folder.parent} (process {holder or 'unknown'})"
        raise AlreadyRunningError(f"{where}: use it, or stop it with `make stop`.", pid=pid) from None


def _in_use(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _port_taken(node: Node) -> str:
    return (
        f"Port {node.port}, which Redis node {node.name} needs, is used by {leftovers.port_user(node.port)}: "
        "stop that program, or set REDISMART_REDIS_BASE_PORT to a free range."
    )


def _write_private(path: Path, lines: Iterable[str]) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text("\n".join(lines) + "\n")
