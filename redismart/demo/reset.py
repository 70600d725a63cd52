"""Deletes what the shop keeps on disk."""

import shutil
from pathlib import Path

# Only what the shop itself makes: the folder's name comes from a setting and may hold other things.
OWNED = (
    "demo",
    "demo-pictures",
    "django.sqlite3*",
    "mail",
    "media",
    "metrics",
    "redis",
    "reports",
    "schedule*",
    "secret_key",
    "static",
    "towns",
)


def reset(var: Path) -> list[str]:
    """Delete the shop's own files and folders in ``var``; returns the names of those that were there."""
    present = [path for pattern in OWNED for path in sorted(var.glob(pattern))]
    for path in present:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return [path.name for path in present]
