"""A process that ends does not first look for garbage among all that it ever loaded, which takes it half a second."""

import subprocess
import sys

import pytest

from tests.redis_nodes import ROOT

PROCESSES = {
    "web": "import redismart.wsgi",
    "live": "import inventory.live.application",
    "workers": "from redismart.celery import app; app.loader.import_default_modules()",
    "commands": "import django; django.setup()",
}
LAST = """
import atexit, gc, os
os.environ["DJANGO_SETTINGS_MODULE"] = "redismart.settings"
atexit.register(lambda: print(gc.get_freeze_count() > len(gc.get_objects())))
"""


@pytest.mark.parametrize("starts", PROCESSES.values(), ids=PROCESSES)
def test_what_was_loaded_is_not_looked_through_when_it_ends(starts: str) -> None:
    ended = subprocess.run([sys.executable, "-c", LAST + starts], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "True"
