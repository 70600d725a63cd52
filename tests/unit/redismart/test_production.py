"""What REDISMART_PRODUCTION switches on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.redis_nodes import ROOT

PROBE = """
import json, django
django.setup()
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from catalog import recent
client, response = Client(), HttpResponse()
recent.remember(response, sku="lamp", earlier=[])
ways = {address: client.get(address).status_code for address in ("/healthz", "/metrics", "/about/")}
print(json.dumps({"ways": ways, "secure": bool(response.cookies[recent.COOKIE]["secure"])}))
"""


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return own | {
        "DJANGO_SETTINGS_MODULE": "redismart.settings",
        "REDISMART_VAR": str(tmp_path),
        "REDISMART_PRODUCTION": "1",
        "REDISMART_SECRET_KEY": "a long, long key that nobody guesses: 4f8Zq1xW0vT7rKp2",
        "REDISMART_ALLOWED_HOSTS": "testserver",
    }


def test_the_deployment_check_has_nothing_to_say(production: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"]
    done = subprocess.run(command, cwd=ROOT, env=production, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_everything_but_the_checks_of_machines_is_led_to_https(production: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=ROOT, env=production, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"ways": {"/healthz": 200, "/metrics": 200, "/about/": 301}, "secure": True}
