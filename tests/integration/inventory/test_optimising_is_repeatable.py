"""What is worked out step by step is what would be worked out at once, whatever clocks and calendars say."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from django.core.management import CommandError, call_command

from inventory import fence, holds, keyspace, operations
from inventory.optimising import acting, finding, plans, policy, running
from inventory.optimising.acting import BusyError
from inventory.optimising.diaries import Diary
from inventory.optimising.finding import Wanted
from inventory.optimising.history import RECENT
from inventory.optimising.kinds import Kind
from inventory.replication import recovery
from inventory.results import Line, Operation
from redismart import prices
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import RedisNodes

NOW = datetime.now(UTC).replace(hour=18, minute=0, second=0, microsecond=0)
PLACES = {"ny": "America/New_York", "la": "America/Los_Angeles", "ch": "America/Chicago"}
NUMBERS = ("rate", "cover", "on_hand", "point", "safety", "units", "value", "risk", "gain", "off", "idle")


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes, placed: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for location, zone in PLACES.items():
        placed(location, timezone=zone)
    recovery.open_region("us")
    monkeypatch.setattr(prices, "_providers", [lambda skus: {sku: 10.0 + len(sku) for sku in skus}])


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def receive(sku: str, units: int, location: str, at: datetime) -> None:
    told = Operation(f"in:{sku}:{location}:{at}", region="us", now=ms(at))
    operations.receive(sku=sku, location=location, quantity=units, operation=told)


def sell(sku: str, units: int, location: str, at: datetime) -> None:
    told = Operation(f"out:{sku}:{location}:{at}", region="us", now=ms(at))
    holds.confirm(hold=holds.hold(lines=[Line(location, sku, units)], operation=told), now=ms(at))


def run(at: datetime = NOW) -> running.Run:
    done = running.run(region="us", policy=policy.current(), now=ms(at))
    assert done is not None
    return done


def proposed() -> dict[tuple[str, str, str, str], Mapping[str, str]]:
    found = (row.fields for kind in Kind for row in finding.find(wanted=Wanted(kind=kind)).rows)
    return {(row["kind"], row["sku"], row["location"], row.get("source", "")): row for row in found}


def forget() -> None:
    """As if the optimiser had never run: stock and logs stay."""
    client = fence.node("us")
    for bucket in keyspace.buckets():
        for kept in (keyspace.learned, keyspace.revenue, keyspace.sold_days, keyspace.due):
            client.delete(kept(bucket))
    for sku in ("lamp", "rug", "sofa", "cushion"):
        for name in orjson.loads(client.get(keyspace.advised(sku)) or b"{}"):
            client.delete(keyspace.advice(sku, name))
        client.delete(keyspace.demand(sku), keyspace.advised(sku))


def as_told(row: Mapping[str, str]) -> tuple[dict[str, str], list[float]]:
    """What a proposal says, in words and in numbers. Its id is another whenever it is new."""
    words = {name: value for name, value in row.items() if name not in (*NUMBERS, "id") and not name.endswith("after")}
    return words, [float(row[name]) for name in NUMBERS if name in row]


@pytest.mark.parametrize("seed", range(3))
def test_proposals_of_many_runs_are_those_of_one_from_scratch(seed: int) -> None:
    """Nothing runs out: only who looks at the time knows of days without stock."""
    chance = random.Random(seed)
    rates = {"lamp": 3.0, "rug": 0.4, "sofa": 0.05, "cushion": 8.0}
    left = {(sku, place): chance.randint(1, 12) + int(45 * rate) for sku, rate in rates.items() for place in PLACES}
    left |= {("sofa", "la"): 60, ("cushion", "ny"): 1_500, ("cushion", "la"): 150}
    for (sku, place), units in left.items():
        receive(sku, units, place, ago(45))
    for day in range(44, -1, -1):
        for (sku, place), there in left.items():
            units = min(int(chance.expovariate(1 / rates[sku]) + 0.3), there - 1)
            if units > 0:
                left[sku, place] -= units
                sell(sku, units, place, ago(day + 0.3))
        run(ago(day))
    stepwise = proposed()
    assert {kind for kind, *_names in stepwise} == {*Kind}
    forget()
    assert proposed() == {}
    assert run().skus == len(rates)
    at_once = proposed()
    assert at_once.keys() == stepwise.keys()
    for name, row in at_once.items():
        words, numbers = as_told(row)
        assert words == as_told(stepwise[name])[0]
        assert numbers == pytest.approx(as_told(stepwise[name])[1], rel=1e-3, abs=0.011)


def test_a_sale_of_a_clock_that_is_ahead_counts_today_and_outshines_nothing() -> None:
    for sku in ("lamp", "rug"):
        receive(sku, 50, "ny", ago(9))
    sell("lamp", 4, "ny", ago(3))
    sell("rug", 2, "ny", ago(-20_000))
    run()
    today = NOW.toordinal()
    assert finding.summary().days == {str(today - 3): 4, str(today): 2}
    client = fence.node("us")
    earned = {sku: client.zscore(keyspace.revenue(keyspace.bucket_of(sku)), sku) or 0.0 for sku in ("lamp", "rug")}
    assert earned["rug"] / earned["lamp"] == pytest.approx(2 * 13 / (4 * 14) * 2 ** (3 / 60))


def test_a_sale_at_a_minute_to_midnight_is_of_the_day_that_ends_there() -> None:
    midnight = (NOW - timedelta(days=2)).astimezone(ZoneInfo(PLACES["ny"])).replace(hour=0, minute=0)
    for place in PLACES:
        receive("lamp", 50, place, ago(9))
        sell("lamp", 2, place, midnight - timedelta(minutes=1))
        sell("lamp", 5, place, midnight + timedelta(minutes=1))
    run()
    diary = Diary.decoded(fence.node("us").get(keyspace.demand("lamp")), day=0)
    recent = {
        place: dict(zip((NOW.date() - timedelta(days=age) for age in range(4)), row[RECENT], strict=True))
        for place, row in zip(diary.locations, diary.rows, strict=True)
    }
    begins = midnight.date()
    assert (recent["ny"][begins - timedelta(days=1)], recent["ny"][begins]) == (2, 5)
    # Further west both are sales of the evening before.
    assert [(recent[place][begins - timedelta(days=1)], recent[place][begins]) for place in ("la", "ch")] == [
        (7, 0)
    ] * 2


def test_what_a_manager_orders_at_is_heeded_for_what_was_never_sold() -> None:
    receive("lamp", 2, "ny", ago(1))
    run()
    assert proposed() == {}
    acting.set_point(sku="lamp", location="ny", units=5)
    run()
    (found,) = proposed().values()
    assert (found["kind"], found["point"], found["units"]) == ("reorder", "5", "4")


def test_a_file_of_more_than_can_be_sorted_has_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        receive(f"lamp-{number}", 1, "ny", ago(1))
        acting.set_point(sku=f"lamp-{number}", location="ny", units=3)
    run()
    sorted_names = [f"lamp-{number}" for number in range(7)]
    assert [row[0] for row in finding.every(wanted=Wanted())] == sorted_names
    monkeypatch.setattr(finding, "MOST_SORTED", 3)
    assert sorted(row[0] for row in finding.every(wanted=Wanted())) == sorted_names


def test_an_order_that_cannot_be_noted_for_all_that_is_written_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    receive("lamp", 1, "ny", ago(1))
    acting.set_point(sku="lamp", location="ny", units=3)
    run()
    (found,) = proposed().values()
    read = plans.of_fields

    def late(fields: Mapping[str, str], location: str) -> plans.Plan:
        """Just then the optimiser writes to the same bucket."""
        fence.node("us").hincrby(keyspace.learned(keyspace.bucket_of("lamp")), keyspace.WRITES, 1)
        return read(fields, location)

    monkeypatch.setattr(plans, "of_fields", late)
    with pytest.raises(BusyError, match="try again"):
        acting.ordered(sku="lamp", location="ny", proposal=found["id"])
    monkeypatch.undo()
    assert len(proposed()) == 1
    assert acting.ordered(sku="lamp", location="ny", proposal=found["id"]) == int(found["units"])


def test_a_day_of_the_past_is_loaded_once_it_is_over_where_it_was_sold(tmp_path: Path, placed: Store) -> None:
    zones = {"first": "Pacific/Kiritimati", "last": "Etc/GMT+12"}
    rows = ["date,sku,location,units"]
    for name, zone in zones.items():
        placed(name, timezone=zone)
        today: date = datetime.now(ZoneInfo(zone)).date()
        rows += [f"{today},lamp,{name},3", f"{today - timedelta(days=1)},lamp,{name},2"]
    path = tmp_path / "sold.csv"
    path.write_text("\n".join(rows))
    said = StringIO()
    with pytest.raises(CommandError, match="2 rows were rejected"):
        call_command("load_sales_history", path, stdout=said, stderr=StringIO())
    assert "2 days of items recorded" in said.getvalue()
