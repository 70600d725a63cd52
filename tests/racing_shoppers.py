"""Shoppers of one region, all after the same goods at once: ``python -m tests.racing_shoppers COUNT AT_ONCE``.

Prints what became of each: ``placed``, ``short``, or what nobody should ever see.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.redis_nodes import ROOT

SECONDS = 150


def begin(region: str, *, count: int, at_once: int) -> "subprocess.Popen[str]":
    """Shoppers who set off now; ``outcome`` waits for them."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "redismart.settings", "REDISMART_REGION": region}
    command = [sys.executable, "-m", "tests.racing_shoppers", str(count), str(at_once)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def outcome(shoppers: "subprocess.Popen[str]") -> Counter[str]:
    told, _nothing = shoppers.communicate(timeout=SECONDS)
    return Counter(json.loads(told))


def _shopper(number: int) -> str:
    """Some mistake their card, some have a slow bank; everybody wants one."""
    from inventory.api import ShortError
    from purchasing.payments.testing import APPROVED, LATE, REFUSED
    from tests.buying import held, paid

    try:
        waiting = held()
        if number % 5 == 0:
            paid(waiting, REFUSED)
        return paid(waiting, LATE if number % 7 == 0 else APPROVED).stage.value
    except ShortError:
        return "short"
    except Exception as error:
        return repr(error)


def _race(count: int, at_once: int) -> None:
    import django

    django.setup()
    with ThreadPoolExecutor(at_once) as pool:
        print(json.dumps(list(pool.map(_shopper, range(count)))))  # noqa: T201


if __name__ == "__main__":
    _race(int(sys.argv[1]), int(sys.argv[2]))
