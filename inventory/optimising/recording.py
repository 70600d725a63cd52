"""Takes in what was sold in the past, as another shop tells it: each item's days once, however often they are told.

Rows may come in any order and number, so they are first sorted into one file a bucket; a bucket then fits into memory.
Each SKU is written in one transaction with the last day that was told of each of its items: what is told again, or
comes late, is known by it. So a file goes on where the one before ended, and a load that was interrupted is just run
again."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import orjson
from redis.exceptions import WatchError

from inventory import fence, keyspace
from inventory.optimising.days import SECOND_MS, Places
from inventory.optimising.diaries import Diary
from inventory.optimising.history import ORIGIN, TOLD
from inventory.optimising.learning import Learned, write
from inventory.optimising.policy import Policy
from inventory.results import SoldDay

SKUS_PER_TRIP = 200
ATTEMPTS = 20

Days = Mapping[tuple[str, int], int]
"""Units of one SKU by location and day."""


class BusyError(RuntimeError):
    """Others wrote to a bucket all the while: run the same load again."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"Bucket {bucket} is being written to all the time.")


def record(*, rows: Iterable[SoldDay], regions: Mapping[str, Places], policy: Policy) -> Counter[str]:
    """Record the past, each row in the region of its location. Returns how many days of items were ``recorded`` and how
    many ``known`` already."""
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="sales-history-") as folder:
        for bucket, path in _sorted(rows, Path(folder)).items():
            told = _summed(path)
            for region, places in regions.items():
                tally += _Recorder(region, places, policy).record(bucket, told)
            path.unlink()
    return tally


def _sorted(rows: Iterable[SoldDay], folder: Path) -> dict[str, Path]:
    paths = {bucket: folder / bucket for bucket in keyspace.buckets()}
    with ExitStack() as stack:
        files = {bucket: stack.enter_context(path.open("wb")) for bucket, path in paths.items()}
        for row in rows:
            line = orjson.dumps((row.sku, row.location, row.day, row.units))
            files[keyspace.bucket_of(row.sku)].write(line + b"\n")
    return {bucket: path for bucket, path in paths.items() if path.stat().st_size}


def _summed(path: Path) -> dict[str, Counter[tuple[str, int]]]:
    """By SKU; a day that stands in several rows is their sum."""
    found: defaultdict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
    with path.open("rb") as file:
        for line in file:
            sku, location, day, units = orjson.loads(line)
            found[sku][location, day] += units
    return found


@dataclass(frozen=True, slots=True)
class _Recorder:
    region: str
    places: Places
    policy: Policy

    def record(self, bucket: str, told: Mapping[str, Days]) -> Counter[str]:
        own = {sku: {key: units for key, units in days.items() if key[0] in self.places} for sku, days in told.items()}
        skus = [sku for sku, days in own.items() if days]
        tally: Counter[str] = Counter()
        for some in (skus[start : start + SKUS_PER_TRIP] for start in range(0, len(skus), SKUS_PER_TRIP)):
            tally += self._some(bucket, {sku: own[sku] for sku in some})
        return tally

    def _some(self, bucket: str, told: Mapping[str, Days]) -> Counter[str]:
        for _attempt in range(ATTEMPTS):
            try:
                return self._try(bucket, told)
            except WatchError:
                continue
        raise BusyError(bucket)

    def _try(self, bucket: str, told: Mapping[str, Days]) -> Counter[str]:
        client = fence.node(self.region)
        with fence.reaching(self.region), client.pipeline(transaction=True) as pipeline:
            pipeline.watch(keyspace.learned(bucket))
            seconds, _microseconds = client.time()
            today = self.places.today(int(seconds) * SECOND_MS)
            stored = client.mget([keyspace.demand(sku) for sku in told])
            diaries = {sku: Diary.decoded(each, day=today) for sku, each in zip(told, stored, strict=True)}
            learned = Learned(told=True)
            learned.sold.update(dict(_unknown(told, diaries)))
            pipeline.multi()
            write(pipeline, bucket, learned, diaries, today=today, policy=self.policy)
            pipeline.zadd(keyspace.due(bucket), dict.fromkeys(told, 0), lt=True)
            pipeline.execute()
        return Counter(recorded=len(learned.sold), known=sum(map(len, told.values())) - len(learned.sold))


def _unknown(told: Mapping[str, Days], diaries: Mapping[str, Diary]) -> Iterator[tuple[tuple[str, str, int], int]]:
    """Days after the last that was told of their item."""
    for sku, days in told.items():
        diary = diaries[sku]
        last = dict(zip(diary.locations, diary.rows[:, TOLD], strict=True))
        for (location, day), units in days.items():
            if day - ORIGIN > last.get(location, 0):
                yield (sku, location, day), units
