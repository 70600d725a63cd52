"""``python -m tests.chaos``: sell in several regions while everything breaks. Exits with 1 on any violation."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from redismart.signals import Stop, raise_on_stop_signals
from tests.chaos import running
from tests.redis_nodes import reserve_ports

MOST_REGIONS = 5
NAMES = ("us", "eu", "ap", "sa", "af")
SHOWN = 30
INTERRUPTED = 130


def main() -> int:
    """Run it; returns the exit code."""
    options = _parser().parse_args()
    _say(f"seed {options.seed}: `python -m tests.chaos --seed {options.seed}` breaks things in the same order")
    raise_on_stop_signals()
    ports = reserve_ports()
    try:
        with tempfile.TemporaryDirectory(prefix="redismart-chaos-", ignore_cleanup_errors=True) as folder:
            outcome = running.run(
                seed=options.seed,
                seconds=options.seconds,
                regions=NAMES[: options.regions],
                folder=Path(folder),
                ports=ports,
                say=_say,
            )
    except Stop:
        return INTERRUPTED
    finally:
        ports.lock.close()
    return _report(outcome)


def _report(outcome: running.Outcome) -> int:
    width = max(map(len, outcome.rows))
    for name, figure in outcome.rows.items():
        _say(f"  {name:<{width}}  {figure:>8,}")
    for violation in outcome.violations[:SHOWN]:
        _say(f"VIOLATION {violation}")
    if outcome.violations:
        _say(f"{len(outcome.violations)} violations with seed {outcome.seed}.")
        return 1
    _say("0 lost, 0 oversold, 0 left unsold: all regions equal, and the ledger explains every unit.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long things break (60)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9), help="what breaks, and in what order")
    parser.add_argument("--regions", type=int, choices=range(3, MOST_REGIONS + 1), default=3, help="how many (3)")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
