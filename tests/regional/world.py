"""Regions with nodes of their own that may be killed, stopped, set back, and cut off from each other for real.

Every region sees its own node directly and each other one through a proxy, so that a link can be cut in one direction.
"""

import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Self

import redis

from inventory import fence, keyspace
from inventory.fence import StockUnavailableError
from inventory.replication import comparing, reading, shipping
from inventory.replication.recovery import open_region
from redismart.redis import binaries, connections
from redismart.redis.server import Stack
from redismart.redis.topology import APPS, LOOPBACK, REGIONAL, Node, Topology
from tests.redis_nodes import PortRange
from tests.regional.proxy import Mode, Proxy

TIMEOUT_SECONDS = 1.0
PATIENCE_SECONDS = 150.0
ROUNDS = 12
NOWHERE = f"redis://{LOOPBACK}:9/0"


class PlainStack(Stack):
    """Nodes that lose nothing they have answered when they are killed.

    With ``everysec`` Redis answers while a write waits behind a slow fsync of up to two seconds: what is lost then is
    lost for good, and a test could not tell it from a fault of ours.
    """

    def _configuration(self, node: Node, folder: Path, acl_file: Path) -> Iterator[str]:
        for line in super()._configuration(node, folder, acl_file):
            yield line.replace("appendfsync everysec", "appendfsync no")


class World:
    """The nodes of several regions, and the links between them. A context manager."""

    def __init__(self, *, folder: Path, ports: PortRange, regions: Sequence[str]) -> None:
        self.folder = folder
        self.regions = tuple(regions)
        shared = {app: NOWHERE for app in APPS if app not in REGIONAL}
        self.topology = Topology(
            region=self.regions[0],
            regions=self.regions,
            base_port=ports.first,
            secret_file=folder / "secret",
            external=shared,
        )
        self.stack = PlainStack(topology=self.topology, folder=folder / "nodes", binaries=binaries.packaged())
        self.nodes = {str(node.region): node for node in self.topology.nodes()}
        self.proxies: dict[tuple[str, str], Proxy] = {}

    def __enter__(self) -> Self:
        self.stack.start()
        self._link()
        return self

    def __exit__(self, *_error: object) -> None:
        for proxy in self.proxies.values():
            proxy.close()
        for region in self.regions:
            self.go_on(region)
        self.stack.stop()

    def add(self, region: str) -> None:
        """One more region, with an empty node. Processes learn of it by being started anew."""
        self.regions = (*self.regions, region)
        self.topology = replace(self.topology, regions=self.regions)
        self.nodes = {str(node.region): node for node in self.topology.nodes()}
        self.restart(region)
        self._link()

    def _link(self) -> None:
        for pair in permutations(self.regions, 2):
            if pair not in self.proxies:
                self.proxies[pair] = Proxy(self.nodes[pair[1]].port)

    # --- Who sees what -----------------------------------------------------------------------------

    def external(self, region: str, *, directly: bool = False) -> dict[str, str]:
        """The URLs by which a region reaches all nodes."""
        ports = {
            peer: self.nodes[peer].port if directly or peer == region else self.proxies[region, peer].port
            for peer in self.regions
        }
        return {
            f"inventory-{peer}": self.topology.embedded_url(self.nodes[peer], user="inventory").replace(
                f":{self.nodes[peer].port}/0",
                f":{port}/0?socket_timeout={TIMEOUT_SECONDS}&socket_connect_timeout={TIMEOUT_SECONDS}",
            )
            for peer, port in ports.items()
        }

    def seen(self, region: str, *, directly: bool = False) -> Topology:
        """The regions as a process of one of them sees them."""
        return Topology(
            region=region,
            regions=self.regions,
            base_port=self.topology.base_port,
            secret_file=self.topology.secret_file,
            external=self.external(region, directly=directly),
        )

    @contextmanager
    def seen_from(self, region: str, *, directly: bool = False) -> Iterator[None]:
        """This process is one of a region's; ``directly``: it reaches all nodes whatever links are cut."""
        before = connections.topology() if connections._topology else None
        connections.configure(self.seen(region, directly=directly))
        try:
            yield
        finally:
            if before:
                connections.configure(before)

    def operator(self, region: str) -> redis.Redis:
        return self.stack.operator(self.nodes[region])

    # --- What happens to links ---------------------------------------------------------------------

    def cut(self, source: str, peer: str, mode: Mode = Mode.REFUSE) -> None:
        """What the source sends to the peer (or what it answers) is lost; the other direction stays."""
        self.proxies[source, peer].set(mode)

    def isolate(self, region: str) -> None:
        for source, peer in self.proxies:
            if region in (source, peer):
                self.cut(source, peer)

    def heal(self) -> None:
        for proxy in self.proxies.values():
            proxy.set(Mode.PASS)

    # --- What happens to nodes ---------------------------------------------------------------------

    def kill(self, region: str) -> None:
        process = self.stack.processes[self.nodes[region]]
        process.kill()
        process.wait()

    def restart(self, region: str) -> None:
        self.stack.start_node(self.nodes[region])
        self.stack.wait_for(self.nodes[region])

    def stand_still(self, region: str) -> None:
        self.stack.processes[self.nodes[region]].send_signal(signal.SIGSTOP)

    def go_on(self, region: str) -> None:
        process = self.stack.processes.get(self.nodes[region])
        if process and process.poll() is None:
            process.send_signal(signal.SIGCONT)

    def keep_copy(self, region: str) -> None:
        """Keep the data of a node, which stands still meanwhile, to come back to."""
        shutil.rmtree(self._copy(region), ignore_errors=True)
        shutil.copytree(self._data(region), self._copy(region))

    def set_back(self, region: str) -> None:
        """Give a node that is not running the data it had when a copy was kept."""
        shutil.rmtree(self._data(region))
        shutil.copytree(self._copy(region), self._data(region))

    def go_back(self, region: str) -> None:
        """Kill a node and start it with the data of its copy."""
        self.kill(region)
        self.set_back(region)
        self.restart(region)

    def lose(self, region: str) -> None:
        """Take all data from a node that is not running."""
        shutil.rmtree(self._data(region))

    def _data(self, region: str) -> Path:
        return self.stack.folder / self.nodes[region].name / "appendonlydir"

    def _copy(self, region: str) -> Path:
        return self.folder / f"copy-{region}"

    # --- Replication -------------------------------------------------------------------------------

    def exchange(self) -> None:
        """Everything reaches everybody. Raises ``StockUnavailableError`` when it cannot."""
        for source in self.regions:
            with self.seen_from(source):
                exchange_from(source)


def exchange_from(source: str) -> None:
    """All that a region has to tell reaches its peers; one that was restarted opens first."""
    if not fence.is_open(source):
        open_region(source)
    for peer in reading.peers_of(source):
        fence.node(source).hdel(keyspace.link(peer), "retry")
        while shipping.ship(source=source, peer=peer).more:
            pass
        comparing.compare(source=source, peer=peer)


def everything_exchanged(regions: Sequence[str]) -> None:
    """In one process that reaches every node: tell until nobody has news."""
    for region in regions:
        if not fence.is_open(region):
            open_region(region)
    for _round in range(ROUNDS):
        for source in regions:
            exchange_from(source)
        if len({repr(rows) for rows in map(counters_of, regions)}) == 1:
            return
    raise AssertionError("The regions do not come to know the same.")


def counters_of(region: str) -> dict[str, dict[str, str]]:
    """Every counter of every item as a region knows it, byte for byte.

    Without demand: what was wanted and could not be had is told only with the next change.
    """
    client = fence.node(region)
    found: dict[str, dict[str, str]] = {}
    for bucket in keyspace.buckets():
        for location, sku in sorted(reading.items_in(client, bucket)):
            key = keyspace.item(sku, location)
            fields = client.hgetall(key)
            found[key] = {
                name: value for name, value in sorted(fields.items()) if name[:2] not in ("q:", "t:") and value != "0"
            }
    return found


def eventually(check: Callable[[], bool], *, what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so; a node that cannot be reached yet is waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if check():
                return
        except StockUnavailableError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"It did not come about within {seconds:.0f} s that {what}.")
