"""Finds a Chromium to drive, and starts it so that it talks to nobody but the shop."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A camera that shows a test picture, to those pages that are allowed one.
    "--use-fake-device-for-media-stream",
)
REQUIRED = "REDISMART_REQUIRE_BROWSER"
MISSING = (
    "NO BROWSER: the journeys through the shop were NOT tested. Install Chromium (Debian: apt-get install chromium); "
    f"with {REQUIRED}=1 its absence is a failure."
)


def chromium() -> Path | None:
    """The browser's program, if this machine has one."""
    found = (shutil.which(name) for name in NAMES)
    return next((Path(program) for program in found if program), None)


def is_required() -> bool:
    """Whether journeys must not be skipped, as on a build server."""
    return os.environ.get(REQUIRED) == "1"
