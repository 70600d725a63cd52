"""Which node serves which app in which region, and that passwords and secrets hold together."""

import threading
from pathlib import Path

import pytest

from redismart.redis.topology import APPS, Topology, TopologyError, embedded_nodes, read_or_create_secret

REGIONS = ("us", "eu")


def topology(
    tmp_path: Path, *, region: str = "us", external: dict[str, str] | None = None, replicas: bool = False
) -> Topology:
    return Topology(
        region=region,
        regions=REGIONS,
        base_port=7000,
        secret_file=tmp_path / "secret",
        external=external or {},
        replicas=replicas,
    )


def test_every_app_has_a_node_and_regional_apps_one_in_each_region(tmp_path: Path) -> None:
    names = {node.name: node.port for node in topology(tmp_path).nodes()}
    assert names == {
        "cache": 7000,
        "catalog": 7001,
        "imagesearch": 7002,
        "purchasing": 7003,
        "inventory-us": 7004,
        "inventory-eu": 7005,
    }


def test_adding_a_region_moves_no_node() -> None:
    before = embedded_nodes(regions=REGIONS, base_port=7000)
    after = embedded_nodes(regions=(*REGIONS, "ap"), base_port=7000)
    assert after[: len(before)] == before


def test_only_the_cache_may_forget() -> None:
    assert {node.app for node in embedded_nodes(regions=REGIONS, base_port=1) if not node.persistent} == {"cache"}


@pytest.mark.parametrize("app", APPS)
def test_a_process_uses_the_node_of_its_own_region_unless_another_is_named(app: str, tmp_path: Path) -> None:
    here, there = topology(tmp_path, region="us").url(app), topology(tmp_path, region="eu").url(app)
    assert (here == there) is (app != "inventory")
    assert topology(tmp_path, region="us").url(app, region="eu") == there


def test_an_app_elsewhere_runs_no_node_here(tmp_path: Path) -> None:
    placed = topology(tmp_path, external={"catalog": "redis://elsewhere:1/0", "inventory-eu": "redis://eu:2/0"})
    assert {node.name for node in placed.nodes()} == {"cache", "imagesearch", "purchasing", "inventory-us"}
    assert placed.url("catalog") == "redis://elsewhere:1/0"
    assert placed.url("inventory", region="eu") == "redis://eu:2/0"
    assert placed.url("inventory", region="us").endswith(":7004/0")


def test_one_url_places_a_regional_app_in_every_region(tmp_path: Path) -> None:
    placed = topology(tmp_path, external={"inventory": "redis://one:1/0"})
    assert not any(node.app == "inventory" for node in placed.nodes())
    assert placed.url("inventory", region="us") == placed.url("inventory", region="eu") == "redis://one:1/0"


def test_a_region_may_read_a_replica_of_a_shared_node(tmp_path: Path) -> None:
    external = {"catalog-eu": "redis://replica:1/0"}
    here, there = (topology(tmp_path, region=region, external=external) for region in REGIONS)
    assert here.url("catalog") == there.url("catalog")
    assert (here.replica_url("catalog"), there.replica_url("catalog")) == ("", "redis://replica:1/0")
    assert "catalog" in {node.name for node in here.nodes()}


def test_the_embedded_stack_has_a_replica_in_every_region_but_the_first(tmp_path: Path) -> None:
    here, there = (topology(tmp_path, region=region, replicas=True) for region in REGIONS)
    assert [node.name for node in here.nodes() if node.primary_port] == ["catalog-eu"]
    assert here.replica_url("catalog") == ""
    assert f":{here.base_port + 16}/" in there.replica_url("catalog")
    assert there.replica_url("inventory") == ""


def test_a_node_elsewhere_has_no_embedded_replica(tmp_path: Path) -> None:
    placed = topology(tmp_path, region="eu", replicas=True, external={"catalog": "redis://elsewhere:1/0"})
    assert placed.replica_url("catalog") == ""
    assert not any(node.primary_port for node in placed.nodes())


def test_unknown_and_repeated_regions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TopologyError, match=r"REDISMART_REGION is 'mars'.*us, eu"):
        topology(tmp_path, region="mars")
    with pytest.raises(TopologyError, match="names a region twice"):
        Topology(region="us", regions=("us", "us"), base_port=1, secret_file=tmp_path / "secret")


def test_passwords_differ_by_user_and_installation_and_stay_the_same(tmp_path: Path) -> None:
    first, other = topology(tmp_path), topology(tmp_path / "other")
    assert first.password("catalog") == topology(tmp_path).password("catalog")
    assert len({first.password("catalog"), first.password("inventory"), other.password("catalog")}) == 3
    assert first.password("catalog") not in (tmp_path / "secret").read_text()


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    start, seen = threading.Barrier(16), []

    def read() -> None:
        start.wait()
        seen.append(read_or_create_secret(path))

    threads = [threading.Thread(target=read) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 16
    assert set(seen) == {path.read_text()}
    assert len(seen[0]) == 64
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in path.parent.iterdir()] == ["secret"]
