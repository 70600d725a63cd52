"""The benchmark's shop is its own."""

import socket

from bench.installation import PORTS_NEEDED, temporary_place
from redismart.redis.topology import embedded_nodes, embedded_replicas


def test_its_folder_is_gone_afterwards_with_all_that_was_in_it() -> None:
    with temporary_place() as place:
        (place.folder / "redis").mkdir()
        (place.folder / "redis" / "log").write_text("…")
    assert not place.folder.exists()


def test_its_ports_are_free_and_enough_for_every_node_and_what_browsers_reach() -> None:
    with temporary_place() as place:
        nodes = embedded_nodes(regions=("us", "eu", "ap"), base_port=place.first_port)
        nodes += embedded_replicas(regions=("us", "eu", "ap"), base_port=place.first_port)
        ports = {*(node.port for node in nodes), place.web_port, place.live_port}
        assert ports <= {*range(place.first_port, place.first_port + PORTS_NEEDED)}
        assert len(ports) == len(nodes) + 2
        for port in ports:
            with socket.create_server(("127.0.0.1", port)):
                pass


def test_ports_in_use_are_passed_over() -> None:
    with (
        temporary_place() as first,
        socket.create_server(("127.0.0.1", first.first_port)),
        temporary_place() as second,
    ):
        assert second.first_port > first.first_port


def test_its_settings_name_its_own_folder_and_ports_and_no_file_of_settings() -> None:
    with temporary_place() as place:
        made = place.environment()
    assert made["REDISMART_ENV_FILE"] == ""
    assert made["REDISMART_VAR"] == str(place.folder)
    ports = [made[f"REDISMART_{name}"] for name in ("REDIS_BASE_PORT", "PORT", "LIVE_PORT")]
    assert ports == [str(port) for port in (place.first_port, place.web_port, place.live_port)]
