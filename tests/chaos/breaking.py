"""What is done to the regions while they sell: at random, from one seed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from inventory import fence, keyspace
from inventory.fence import StockUnavailableError
from inventory.replication import comparing, reading, shipping
from inventory.replication.recovery import open_region
from tests.chaos.journal import Journal
from tests.redis_nodes import ROOT
from tests.regional.proxy import Mode
from tests.regional.world import World, eventually

SELLERS_PER_REGION = 2
CUTS = (Mode.REFUSE, Mode.SWALLOW_REQUESTS, Mode.SWALLOW_REPLIES)
END_SECONDS = 30.0
EXPECTED = (None, 0, -signal.SIGKILL, -signal.SIGTERM)


@dataclass
class Crew:
    """The processes that sell and ship."""

    world: World
    random: random.Random
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_all(self) -> None:
        for region in self.world.regions:
            self.start(f"{region}-shipper")
            for number in range(SELLERS_PER_REGION):
                self.start(f"{region}-seller-{number}")
        for journal in self.journals():
            eventually(journal.path.exists, what="every seller sells")

    def start(self, name: str) -> None:
        region, what = name.split("-")[:2]
        told = {
            "region": region,
            "regions": self.world.regions,
            "base_port": self.world.topology.base_port,
            "secret_file": str(self.world.topology.secret_file),
            "external": self.world.external(region),
            "seed": self.random.randrange(10**9),
            "journal": str(self.journal(name).path),
        }
        command = [sys.executable, "-m", f"tests.chaos.{what}", json.dumps(told)]
        self.processes[name] = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, env=dict(os.environ))

    def journal(self, name: str) -> Journal:
        return Journal(self.world.folder / f"{name}.journal")

    def journals(self) -> list[Journal]:
        return [self.journal(name) for name in self.processes if "seller" in name]

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait()
        self.start(name)

    def signal(self, number: signal.Signals) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(number)

    def end(self) -> None:
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        deadline = time.monotonic() + END_SECONDS
        for process in self.processes.values():
            try:
                process.wait(timeout=max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def died(self) -> list[str]:
        """Processes that ended by themselves: none may."""
        return [name for name, process in self.processes.items() if process.poll() not in EXPECTED]


@dataclass
class Breaker:
    """Breaks something at each turn, and mends something else."""

    world: World
    crew: Crew
    random: random.Random
    happened: Counter[str] = field(default_factory=Counter)
    copies: set[str] = field(default_factory=set)

    def turn(self) -> None:
        acts = {
            "cut both ways": 3,
            "cut one way": 4,
            "region isolated": 1,
            "links healed": 5,
            "link delayed": 1,
            "node killed": 3,
            "node stood still": 1,
            "process killed": 3,
            "copy kept": 3,
            "node set back": 4,
        }
        act = self.random.choices([*acts], weights=[*acts.values()])[0]
        if getattr(self, "_" + act.replace(" ", "_"))() is not False:
            self.happened[act] += 1

    def mend(self) -> None:
        self.world.heal()

    def _pair(self) -> tuple[str, str]:
        source, peer = self.random.sample(self.world.regions, 2)
        return source, peer

    def _region(self) -> str:
        return self.random.choice(self.world.regions)

    def _cut_both_ways(self) -> None:
        source, peer = self._pair()
        self.world.cut(source, peer)
        self.world.cut(peer, source)

    def _cut_one_way(self) -> None:
        self.world.cut(*self._pair(), self.random.choice(CUTS))

    def _region_isolated(self) -> None:
        self.world.isolate(self._region())

    def _links_healed(self) -> None:
        self.world.heal()

    def _link_delayed(self) -> None:
        self.world.proxies[self._pair()].set(Mode.PASS, delay=0.05)

    def _node_killed(self) -> None:
        region = self._region()
        self.world.kill(region)
        time.sleep(self.random.random() / 2)
        self.world.restart(region)

    def _node_stood_still(self) -> None:
        region = self._region()
        self.world.stand_still(region)
        time.sleep(self.random.random() * 1.5)
        self.world.go_on(region)

    def _process_killed(self) -> None:
        self.crew.kill(self.random.choice([*self.crew.processes]))

    def _copy_kept(self) -> None:
        region = self._region()
        self.world.stand_still(region)
        self.world.keep_copy(region)
        self.world.go_on(region)
        self.copies.add(region)

    def _node_set_back(self) -> bool:
        """To an older copy of its data; but first one peer at least has heard of all that it did since.

        Of what nobody was told, nobody can give it back; nor when the one who was told is set back as well, before.
        """
        if not self.copies:
            return False
        region = self.random.choice(sorted(self.copies))
        self.crew.signal(signal.SIGSTOP)
        try:
            if not self._told(region):
                return False
            self.world.kill(region)
            self.world.set_back(region)
            self.world.restart(region)
        finally:
            self.crew.signal(signal.SIGCONT)
        return True

    def _told(self, region: str) -> bool:
        peer = self.random.choice([each for each in self.world.regions if each != region])
        with self.world.seen_from(region, directly=True), suppress(StockUnavailableError, RedisError, OSError):
            for each in self.world.regions:
                if not fence.is_open(each):
                    open_region(each)
            for _round in range(3):
                time.sleep(0.05)
                fence.node(region).hdel(keyspace.link(peer), "retry")
                while shipping.ship(source=region, peer=peer).more:
                    pass
                comparing.compare(source=region, peer=peer)
            known = reading.positions(fence.node(peer), source=region)
            last = reading.last_ids(fence.node(region))
            return all(
                reading.as_number(there) >= reading.as_number(here) for there, here in zip(known, last, strict=True)
            )
        return False
