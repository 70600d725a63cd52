"""A process that sells at one region, at random, until it is told to stop or killed."""

import json
import random
import signal
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from inventory import queries
from inventory.fence import StockUnavailableError
from inventory.results import Hold
from redismart.redis import connections
from redismart.redis.topology import Topology
from tests.chaos.acting import CONFIRMED, perform
from tests.chaos.journal import Intent, Journal

SKUS = ("lamp", "kettle", "rug", "sofa", "mug", "chair")
PLACES = ("store-1", "store-2")
MORTAL = "fad"
"""The SKU that is retired now and then."""

PAUSE_SECONDS = 0.004
OFTEN = ("sale",) * 12 + ("receive",) * 2 + ("give_back",) * 2
ACTIONS = (*OFTEN, "count", "move", "move", "abandon", "release", "mortal")


class Seller:
    """What one process does; what it was doing when an earlier one was killed is finished first."""

    def __init__(self, *, region: str, journal: Journal, seed: int) -> None:
        self.region = region
        self.regions = connections.topology().regions
        self.journal = journal
        self.random = random.Random(seed)
        self.who = journal.path.stem
        self.open: list[Intent] = []
        self.sold: list[str] = []

    def take_over(self) -> None:
        intents, results = self.journal.read()
        self.open = [intent for number, intent in intents.items() if number not in results]

    def step(self) -> None:
        if self.open and self.random.random() < 0.3:
            self.attempt(self.open.pop(0))
        else:
            getattr(self, self.random.choice(ACTIONS))()

    def intend(self, kind: str, *, identifier: str = "", region: str = "", **details: Any) -> str | None:
        number = uuid.uuid4().hex
        intent = {
            "number": number,
            "id": identifier or number,
            "kind": kind,
            "region": region or self.region,
            "who": self.who,
            **details,
        }
        self.journal.begin(intent)
        return self.attempt(intent)

    def attempt(self, intent: Intent) -> str | None:
        try:
            result = perform(intent)
        except StockUnavailableError:
            self.open.append(intent)
            return None
        self.journal.end(intent["number"], result)
        return result

    # --- What a shop does --------------------------------------------------------------------------

    def receive(self) -> None:
        self.intend("receive", sku=self.sku(), place=self.place(), units=self.random.randint(1, 12))

    def sale(self) -> None:
        held = self.hold(seconds=600)
        if held and self.intend("confirm", hold=held) == CONFIRMED:
            self.sold.append(held)

    def abandon(self) -> None:
        self.hold(seconds=1)

    def release(self) -> None:
        if held := self.hold(seconds=600):
            self.intend("release", hold=held)

    def hold(self, *, seconds: int) -> str | None:
        items = self.random.sample([(place, sku) for place in PLACES for sku in SKUS], self.random.randint(1, 3))
        lines = [(*item, self.random.randint(1, 3)) for item in items]
        result = self.intend("hold", lines=lines, seconds=seconds)
        return result if result and result.startswith("[") else None

    def give_back_of(self, held: str) -> None:
        """One line of an order comes back, said several times, also elsewhere: it counts once."""
        hold = Hold.decoded(held)
        line = hold.lines[0]
        for _time in range(self.random.randint(1, 3)):
            self.intend(
                "return",
                identifier=f"return-{hold.hold_id}",
                region=self.random.choice(self.regions),
                sku=line.sku,
                place=line.location,
                units=line.quantity,
                sold_in=hold.region,
            )

    def count(self) -> None:
        sku, place = self.sku(), self.place()
        try:
            known = queries.levels(skus=[sku], region=self.region)[sku].locations.get(place)
        except StockUnavailableError:
            return
        observed = known.on_hand if known else 0
        counted = max(observed + self.random.randint(-3, 2), 0)
        self.intend("count", sku=sku, place=place, counted=counted, observed=observed)

    def move(self) -> None:
        source, target = self.random.sample(PLACES, 2)
        self.intend("move", sku=self.sku(), place=source, target=target, units=self.random.randint(1, 3))

    def mortal(self) -> None:
        """An item that comes and goes."""
        chance = self.random.random()
        if chance < 0.05:
            self.intend("retire", sku=MORTAL, place=PLACES[0])
        elif chance < 0.5:
            self.intend("receive", sku=MORTAL, place=PLACES[0], units=5)
        else:
            result = self.intend("hold", lines=[(PLACES[0], MORTAL, 1)], seconds=2)
            if result and result.startswith("["):
                self.intend("confirm", hold=result)

    def give_back(self) -> None:
        if self.sold:
            self.give_back_of(self.sold.pop(self.random.randrange(len(self.sold))))

    def sku(self) -> str:
        return self.random.choice(SKUS)

    def place(self) -> str:
        return self.random.choice(PLACES)


def main(told: dict[str, Any]) -> None:
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopped.append(number))
    configure(told)
    seller = Seller(region=told["region"], journal=Journal(Path(told["journal"])), seed=told["seed"])
    seller.take_over()
    while not stopped:
        seller.step()
        time.sleep(seller.random.random() * 2 * PAUSE_SECONDS)


def configure(told: dict[str, Any]) -> None:
    connections.configure(
        Topology(
            region=told["region"],
            regions=tuple(told["regions"]),
            base_port=told["base_port"],
            secret_file=Path(told["secret_file"]),
            external=told["external"],
        )
    )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
