"""The machine and the versions that figures belong to."""

import importlib.metadata
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

PACKAGES = ("django", "jinja2", "granian", "redis", "hiredis", "celery")
ROOT = Path(__file__).resolve().parent.parent
GIGABYTE = 1024**3


def facts() -> dict[str, Any]:
    """What is known of this machine, of the packages, and of the revision measured."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": _revision(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / GIGABYTE, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "load_average_before": os.getloadavg()[0],
    }


def redis_facts() -> dict[str, Any]:
    """Versions of the catalogue's Redis node and its modules."""
    from redismart.redis import connections

    client = connections.client("catalog")
    modules = client.info("modules").get("modules", [])
    return {
        "redis": client.info("server")["redis_version"],
        "modules": {str(module["name"]): module["ver"] for module in modules},
    }


def _revision() -> str:
    """The git revision, marked when the tree has changed since; ``unknown`` outside of a repository."""
    try:
        revision = _git("rev-parse", "--short", "HEAD")
        return f"{revision}{'+changes' if _git('status', '--porcelain') else ''}"
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
