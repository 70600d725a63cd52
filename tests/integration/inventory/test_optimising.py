"""What is learned from real logs and proposed from it: once, whatever dies in between, and followed by a press once."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from inventory import fence, holds, keyspace, operations, places, queries
from inventory.changes import StockError
from inventory.optimising import acting, finding, policy, running
from inventory.optimising.acting import GoneError
from inventory.optimising.days import Places
from inventory.optimising.diaries import Diary
from inventory.optimising.finding import Wanted
from inventory.optimising.history import HITS, RECENT, SOLD
from inventory.optimising.kinds import Kind
from inventory.replication import recovery, shipping
from inventory.results import Line, Operation
from redismart import prices
from tests.integration.inventory.conftest import Store
from tests.redis_nodes import ROOT, RedisNodes

NOW = datetime.now(UTC).replace(hour=18, minute=0, second=0, microsecond=0)
DAY_MS = 86_400_000
US, EU = ("s1", "s2", "s3"), "e1"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Today is the day of each test: files of tests are read long before, maybe on the day before."""
    today = datetime.now(UTC).replace(hour=18, minute=0, second=0, microsecond=0)
    monkeypatch.setattr(sys.modules[__name__], "NOW", today)


@pytest.fixture(autouse=True)
def _shop(search_indexes: RedisNodes, placed: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for location in US:
        placed(location, timezone="UTC")
    placed(EU, region="eu", timezone="Europe/Berlin")
    for region in ("us", "eu"):
        recovery.open_region(region)
    monkeypatch.setattr(prices, "_providers", [lambda skus: dict.fromkeys(skus, 20.0)])


def ms(days_ago: int = 0) -> int:
    return int((NOW - timedelta(days=days_ago)).timestamp() * 1000)


def receive(sku: str, units: int, location: str = "s1", *, days_ago: int = 0, region: str = "us") -> None:
    told = Operation(f"in:{sku}:{location}:{days_ago}:{region}", region=region, now=ms(days_ago))
    operations.receive(sku=sku, location=location, quantity=units, operation=told)


def sell(sku: str, units: int, location: str = "s1", *, days_ago: int, region: str = "us") -> None:
    """A hold confirmed days ago: scripts take the moment from whoever calls."""
    told = Operation(f"out:{sku}:{location}:{days_ago}:{region}", region=region, now=ms(days_ago))
    hold = holds.hold(lines=[Line(location, sku, units)], operation=told)
    holds.confirm(hold=hold, now=ms(days_ago))


def run(*, region: str = "us", days_later: int = 0) -> running.Run:
    done = running.run(region=region, policy=policy.current(), now=ms(-days_later))
    assert done is not None
    return done


def diary(sku: str, region: str = "us") -> Diary:
    return Diary.decoded(fence.node(region).get(keyspace.demand(sku)), day=0)


def sold_units(sku: str, location: str = "s1", region: str = "us") -> float:
    """Units of the last days, not decayed yet."""
    found = diary(sku, region)
    return float(found.rows[list(found.locations).index(location), RECENT].sum()) if found.locations else 0.0


def wanted(kind: Kind = Kind.REORDER, **more: str) -> Sequence[Mapping[str, str]]:
    return [row.fields for row in finding.find(wanted=Wanted(kind=kind, **more)).rows]  # type: ignore[arg-type]


def history_file(folder: Path, rows: Sequence[tuple[int, str, str, object]], name: str = "sold.csv") -> Path:
    """Rows of days ago, SKU, location and units."""
    path = folder / name
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "sku", "location", "units"])
        writer.writerows(((NOW - timedelta(days=ago)).date().isoformat(), *rest) for ago, *rest in rows)
    return path


def load(*paths: Path) -> str:
    out = StringIO()
    call_command("load_sales_history", *paths, stdout=out)
    return out.getvalue()


def steady(folder: Path, sku: str, *, units: int = 4, location: str = "s1", days: int = 60) -> None:
    load(history_file(folder, [(ago, sku, location, units) for ago in range(1, days + 1)]))


def test_sales_are_learned_once_wherever_they_were_made(tmp_path: Path) -> None:
    receive("lamp", 50, days_ago=3)
    receive("lamp", 50, location=EU, region="eu", days_ago=3)
    sell("lamp", 2, days_ago=1)
    shipping.ship(source="us", peer="eu")
    receive("rug", 5, location=EU, region="us", days_ago=3)
    sell("rug", 3, location=EU, region="us", days_ago=1)
    shipping.ship(source="us", peer="eu")
    for _time in range(2):
        run()
        run(region="eu")
    assert sold_units("lamp") == 2
    # What was sold in us of a place in eu is demand of that place, which eu looks after.
    assert sold_units("rug", EU, "eu") == 3
    assert diary("rug", "us").locations == ()
    assert diary("lamp", "eu").locations == [EU]


def test_what_is_learned_in_parts_is_the_same(tmp_path: Path) -> None:
    receive("lamp", 90, days_ago=40)
    for ago in range(30, 0, -3):
        sell("lamp", 2, days_ago=ago)
        run(days_later=-ago)
    run()
    parts = diary("lamp").rows
    client = fence.node("us")
    client.delete(keyspace.demand("lamp"), keyspace.learned(keyspace.bucket_of("lamp")))
    run()
    columns = [*range(SOLD.start, SOLD.stop), HITS]
    np.testing.assert_allclose(parts[:, columns], diary("lamp").rows[:, columns], rtol=1e-4)


def test_a_run_that_fails_half_way_is_made_good_by_the_next() -> None:
    for number in range(30):
        receive(f"sku-{number}", 9, days_ago=2)
        sell(f"sku-{number}", 3, days_ago=1)
    asked: list[Sequence[str]] = []

    def failing(skus: Sequence[str]) -> dict[str, float]:
        asked.append(skus)
        if len(asked) > 8:
            raise ConnectionError("The node of prices went away.")
        return dict.fromkeys(skus, 20.0)

    prices.provide(failing)
    with pytest.raises(fence.StockUnavailableError):
        running.run(region="us", policy=policy.current(), now=ms())
    learned = [bool(fence.node("us").exists(keyspace.demand(f"sku-{number}"))) for number in range(30)]
    assert 0 < sum(learned) < 30
    prices.provide(lambda skus: dict.fromkeys(skus, 20.0))
    run()
    assert [sold_units(f"sku-{number}") for number in range(30)] == [3.0] * 30


SLOWLY = """
import os, time, django
os.environ["DJANGO_SETTINGS_MODULE"] = "redismart.settings"
django.setup()
from inventory.optimising import policy, running
from redismart import prices
prices.provide(lambda skus: time.sleep(0.05) or dict.fromkeys(skus, 20.0))
running.run(region="us", policy=policy.current(), now=int(os.environ["NOW_MS"]))
"""


def test_a_process_that_is_killed_in_the_middle_loses_and_doubles_nothing() -> None:
    for number in range(60):
        receive(f"sku-{number}", 9, days_ago=2)
        sell(f"sku-{number}", 3, days_ago=1)
    # Sessions and caches stay out of it: only the inventory's nodes.
    child = subprocess.Popen([sys.executable, "-c", SLOWLY], cwd=ROOT, env=os.environ | {"NOW_MS": str(ms())})
    client = fence.node("us")
    keys = [keyspace.demand(f"sku-{number}") for number in range(60)]
    until = time.monotonic() + 150
    while not client.exists(*keys[:]) and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert 0 < client.exists(*keys) < 60
    # Its lock is the dead one's: nobody waits for it longer than it lasts.
    assert 0 < client.ttl(keyspace.OPTIMISING) <= running.LOCK_SECONDS
    client.delete(keyspace.OPTIMISING)
    run()
    assert [sold_units(f"sku-{number}") for number in range(60)] == [3.0] * 60
    assert not [
        item for bucket in keyspace.buckets() for item in client.zrangebyscore(keyspace.due(bucket), 0, ms() / 1000)
    ]


def test_only_one_run_at_a_time() -> None:
    fence.node("us").set(keyspace.OPTIMISING, "another", ex=60)
    assert running.run(region="us", policy=policy.current(), now=ms()) is None
    with pytest.raises(CommandError, match="somebody else"):
        call_command("optimise_stock", region="us")
    assert fence.node("us").get(keyspace.OPTIMISING) == "another"


def test_only_what_changed_is_worked_out_again_and_all_of_it_after_a_day() -> None:
    for number in range(20):
        receive(f"sku-{number}", 5, days_ago=1)
    assert run().skus == 20
    assert run().skus == 0
    sell("sku-7", 1, days_ago=0)
    assert run().skus == 1
    assert run(days_later=2).skus == 20


def test_stock_that_runs_out_is_to_be_ordered_once_and_counts_until_it_arrives(tmp_path: Path) -> None:
    steady(tmp_path, "lamp")
    receive("lamp", 20, days_ago=1)
    run()
    (found,) = wanted()
    assert (found["sku"], found["location"], found["class"], found["pattern"]) == ("lamp", "s1", "A", "steady")
    assert float(found["rate"]) == pytest.approx(4, rel=0.05)
    assert float(found["cover"]) == pytest.approx(5, rel=0.1)
    assert 32 < int(found["point"]) < 64
    assert int(found["units"]) == pytest.approx(int(found["point"]) + 56 - 20, abs=2)
    assert float(found["value"]) == int(found["units"]) * 12
    units = acting.ordered(sku="lamp", location="s1", proposal=found["id"], today=NOW.toordinal())
    with pytest.raises(GoneError):
        acting.ordered(sku="lamp", location="s1", proposal=found["id"], today=NOW.toordinal())
    assert wanted() == []
    run()
    assert wanted() == []
    assert fence.node("us").hgetall(keyspace.plan("lamp")) == {"ordered|s1": f"{units}@{NOW.toordinal()}"}
    receive("lamp", units - 5, days_ago=0)
    run()
    assert fence.node("us").hgetall(keyspace.plan("lamp")) == {"ordered|s1": f"5@{NOW.toordinal()}"}


def test_an_order_that_never_comes_is_ordered_again(tmp_path: Path) -> None:
    steady(tmp_path, "lamp")
    receive("lamp", 20, days_ago=1)
    run()
    acting.ordered(sku="lamp", location="s1", proposal=wanted()[0]["id"], today=NOW.toordinal())
    run(days_later=20)
    assert wanted() == []
    run(days_later=30)
    assert len(wanted()) == 1


def test_a_reorder_point_of_a_manager_holds_until_it_is_given_up(tmp_path: Path) -> None:
    steady(tmp_path, "lamp")
    receive("lamp", 20, days_ago=1)
    acting.set_point(sku="lamp", location="s1", units=3)
    run()
    assert wanted() == []
    acting.set_point(sku="lamp", location="s1", units=21)
    run()
    assert wanted()[0]["point"] == "21"
    acting.set_point(sku="lamp", location="s1", units=None)
    run()
    assert int(wanted()[0]["point"]) > 32
    with pytest.raises(StockError, match="whole number"):
        acting.set_point(sku="lamp", location="s1", units=-1)


def short_and_plenty(tmp_path: Path) -> Mapping[str, str]:
    """One place has a lamp left, another plenty."""
    for location in US:
        steady(tmp_path, "lamp", location=location)
    for location, units in zip(US, (1, 300, 90), strict=True):
        receive("lamp", units, location=location, days_ago=1)
    run()
    (found,) = wanted(Kind.TRANSFER)
    return found


def test_a_transfer_is_made_once_however_often_it_is_pressed(tmp_path: Path) -> None:
    found = short_and_plenty(tmp_path)
    assert (found["source"], found["location"]) == ("s2", "s1")
    # What a move brings needs no order.
    assert wanted() == []
    press = {"sku": "lamp", "source": "s2", "target": "s1", "proposal": found["id"], "who": "mia"}
    units = acting.transfer(**press)
    assert units == int(found["units"])
    with pytest.raises(GoneError):
        acting.transfer(**press)
    levels = queries.levels(skus=["lamp"])["lamp"].locations
    assert (levels["s1"].on_hand, levels["s2"].on_hand) == (1 + units, 300 - units)
    moved = [entry for entry in queries.ledger(sku="lamp") if entry.kind == "move-out"]
    assert [(entry.who, entry.quantity) for entry in moved] == [("mia", -units)]
    assert "proposed: lasts" in moved[0].why
    run()
    assert wanted(Kind.TRANSFER) == []


def test_a_press_that_was_not_noted_moves_nothing_twice(tmp_path: Path) -> None:
    """The process died between the move and taking the proposal away: it is still there, with the same id."""
    found = short_and_plenty(tmp_path)
    operations.move(
        sku="lamp",
        source="s2",
        target="s1",
        quantity=int(found["units"]),
        operation=Operation(f"proposal:{found['id']}", who="mia"),
    )
    acting.transfer(sku="lamp", source="s2", target="s1", proposal=found["id"], who="mia")
    assert queries.levels(skus=["lamp"])["lamp"].locations["s1"].on_hand == 1 + int(found["units"])


def test_what_cannot_be_had_any_more_is_not_moved(tmp_path: Path) -> None:
    found = short_and_plenty(tmp_path)
    sell("lamp", 299, location="s2", days_ago=0)
    with pytest.raises(StockError, match="too few"):
        acting.transfer(sku="lamp", source="s2", target="s1", proposal=found["id"], who="mia")
    run()
    assert all(each["source"] != "s2" for each in wanted(Kind.TRANSFER))


def worth(region: str = "us") -> float:
    return finding.summary(region=region).stock


def test_the_money_in_slow_movers_stands_beside_that_in_all_stock(tmp_path: Path) -> None:
    receive("rug", 60, days_ago=61)
    receive("lamp", 90, location="s2", days_ago=3)
    load(history_file(tmp_path, [(60, "rug", "s1", 0)]))
    run()
    # At three fifths of a price of 20.
    assert worth() == (60 + 90) * 12
    assert finding.summary().tied_up() == pytest.approx(60 / 150)


def test_what_stock_is_worth_follows_it_and_is_counted_once(tmp_path: Path) -> None:
    receive("lamp", 10, days_ago=9)
    receive("rug", 5, location="s2", days_ago=9)
    for _time in range(2):
        run()
        assert worth() == 15 * 12
    sell("lamp", 4, days_ago=1)
    run()
    assert worth() == 11 * 12
    steady(tmp_path, "lamp", days=5)
    run()
    assert worth() == 11 * 12
    prices.provide(lambda skus: dict.fromkeys(skus, 30.0))
    run(days_later=2)
    assert worth() == 11 * 18


def test_diaries_from_before_stock_was_valued_are_read() -> None:
    receive("lamp", 10, days_ago=9)
    run()
    client, key = fence.node("us"), keyspace.demand("lamp")
    older, _bar, _worth = client.get(key).rpartition("|")
    client.set(key, older)
    client.hdel(keyspace.learned(keyspace.bucket_of("lamp")), keyspace.WORTH)
    run(days_later=2)
    assert worth() == 10 * 12


def test_what_lies_for_too_long_is_slow_with_the_money_in_it(tmp_path: Path) -> None:
    receive("lamp", 40, days_ago=60)
    receive("new", 40, days_ago=5)
    run()
    (found,) = wanted(Kind.SLOW)
    assert (found["sku"], found["units"], found["value"], found["off"]) == ("lamp", "40", "480.00", "50")
    assert int(found["idle"]) == 60
    assert finding.find(wanted=Wanted()).summary.kinds["slow"] == [1, 40.0, 480.0]


def test_it_finds_what_is_looked_for_in_the_order_asked_for(tmp_path: Path) -> None:
    for number, location in enumerate(US):
        steady(tmp_path, f"lamp-{number}", units=2 + number, location=location)
        receive(f"lamp-{number}", 1, location=location, days_ago=1)
    run()
    assert [row["sku"] for row in wanted()] == ["lamp-2", "lamp-1", "lamp-0"]
    assert [row["sku"] for row in wanted(sort="units")] == ["lamp-2", "lamp-1", "lamp-0"]
    assert [row["sku"] for row in wanted(location="s2")] == ["lamp-1"]
    assert [row["sku"] for row in wanted(text="MP-1")] == ["lamp-1"]
    assert [row["sku"] for row in wanted(text="{*}|@sku")] == []
    assert {row["class"] for row in wanted(letter="A")} == {"A"}
    found = finding.find(wanted=Wanted(page=2))
    assert (found.total, found.rows) == (3, [])
    lines = list(finding.every(wanted=Wanted(text="lamp")))
    assert [line[0] for line in lines] == ["lamp-0", "lamp-1", "lamp-2"]


def test_retired_items_are_forgotten(tmp_path: Path) -> None:
    steady(tmp_path, "lamp")
    receive("lamp", 20, days_ago=1)
    run()
    operations.retire(sku="lamp", location="s1", operation=Operation("retire"))
    run()
    assert wanted() == []


def test_days_are_those_of_the_location(placed: Store) -> None:
    placed("w1", timezone="Pacific/Auckland")
    here = Places({location.id: location for location in places.all_locations()}, "us")
    moment = int(datetime(2026, 6, 1, 20, 0, tzinfo=UTC).timestamp() * 1000)
    assert here.day(moment, "w1") == here.day(moment, "s1") + 1
    assert here.today(moment) == here.day(moment, "w1")


def test_a_history_told_again_is_known_and_one_that_goes_on_is_added(tmp_path: Path) -> None:
    early = history_file(tmp_path, [(ago, "lamp", "s1", 3) for ago in range(60, 20, -1)], "early.csv")
    late = history_file(tmp_path, [(ago, "lamp", "s1", 3) for ago in range(60, 0, -1)], "late.csv")
    assert "40 days of items recorded, 0 known" in load(early)
    assert "0 days of items recorded, 40 known" in load(early)
    before = diary("lamp").rows
    assert "20 days of items recorded, 40 known" in load(late)
    assert diary("lamp").rows[:, SOLD].sum() > before[:, SOLD].sum()
    fence.node("us").delete(keyspace.demand("lamp"))
    load(late)
    at_once = diary("lamp").rows
    fence.node("us").delete(keyspace.demand("lamp"))
    load(early)
    load(late)
    np.testing.assert_allclose(diary("lamp").rows, at_once, rtol=1e-4)


def test_each_region_gets_the_history_of_its_own_locations(tmp_path: Path) -> None:
    load(history_file(tmp_path, [(5, "lamp", "s1", 3), (5, "lamp", EU, 4)]))
    assert list(diary("lamp", "us").locations) == ["s1"]
    assert list(diary("lamp", "eu").locations) == [EU]


def test_wrong_rows_are_told_and_right_ones_loaded(tmp_path: Path) -> None:
    rows = [(3, "lamp", "s1", 3), (3, "lamp", "nowhere", 3), (0, "lamp", "s1", 3), (3, "lamp", "s1", "-1")]
    path = history_file(tmp_path, [*rows, (3, "", "s1", 3), (3, "lamp", "s2", "many")])
    report = tmp_path / "report.jsonl"
    with pytest.raises(CommandError, match="5 rows were rejected"):
        call_command("load_sales_history", path, report=report, stdout=StringIO(), stderr=StringIO())
    told = report.read_text()
    for reason in ("no known location", "not over yet", "whole number"):
        assert reason in told
    assert list(diary("lamp").locations) == ["s1"]


@pytest.mark.parametrize("content", ["sku,location\na,b\n", ""])
def test_files_that_are_no_history_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(content)
    with pytest.raises(CommandError):
        call_command("load_sales_history", path, stdout=StringIO(), stderr=StringIO())
