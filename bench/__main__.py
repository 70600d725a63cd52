"""``python -m bench``: measure the shop on this machine. Missed targets are told; ``--strict`` makes them a failure."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench.installation import ROOT, NoFreePortsError, running_nodes, temporary_place
from bench.sections import SECTIONS
from redismart.signals import Stop, raise_on_stop_signals

if TYPE_CHECKING:
    from bench.results import Results

INTERRUPTED = 130


def main() -> int:
    """Run the benchmark; returns the exit code."""
    options = _parser().parse_args()
    path = options.json or _default_path()
    raise_on_stop_signals()
    try:
        with temporary_place() as place, running_nodes(place):
            results = _run(options)
    except Stop:
        _say("Stopped; everything the benchmark had started is gone.")
        return INTERRUPTED
    except _failures() as error:
        _say(f"The benchmark failed: {error}")
        return 1
    met = _print(results, path)
    return 1 if options.strict and not met else 0


def _run(options: argparse.Namespace) -> "Results":
    # These read the settings, which are made by now.
    from bench import running

    chosen = running.Options(
        sizes=options.sizes,
        clients=options.clients,
        seconds=options.seconds,
        boards=options.boards,
        sections=tuple(options.only or SECTIONS),
        vectors=options.vectors,
    )
    return running.run(chosen, say=_say)


def _print(results: "Results", path: Path) -> bool:
    """Print and write everything; returns whether all targets were met."""
    from bench import report, targets

    verdicts = targets.verdicts(results)
    report.write_json(results, verdicts, path)
    for title, table in report.tables(results):
        print(f"\n{title}\n\n{table}")
    print("\nTargets\n", *verdicts, f"\nWritten to {path}.", targets.summed_up(verdicts), sep="\n")
    return all(verdict.met for verdict in verdicts)


def _parser() -> argparse.ArgumentParser:
    description = "Measure every page of the shop beside the same bare Redis commands."
    parser = argparse.ArgumentParser(prog="python -m bench", description=description)
    add = parser.add_argument
    add("--sizes", type=_numbers, default=(10_000, 100_000), metavar="N,N", help="products (default: 10000,100000)")
    add("--clients", type=_numbers, default=(1, 16), metavar="N,N", help="visitors at once (default: 1,16)")
    add("--seconds", type=float, default=6.0, metavar="N", help="time for each figure (default: %(default)s)")
    add("--boards", type=_number, default=500, metavar="N", help="open live boards (default: %(default)s)")
    add(
        "--vectors",
        type=_numbers,
        default=(20_000, 50_000, 100_000),
        metavar="N,N",
        help="vectors among which the nearest are looked for (default: 20000,50000,100000)",
    )
    add("--only", action="append", choices=SECTIONS, help="one section; may be repeated")
    add("--strict", action="store_true", help="exit with 1 when a target is missed")
    add("--json", type=Path, metavar="FILE", help="where the figures go (default: a new file in var/bench)")
    return parser


def _number(text: str) -> int:
    (number,) = _numbers(text)
    return number


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(sorted({int(part) for part in text.split(",")}))
    if numbers[0] < 1:
        raise argparse.ArgumentTypeError("numbers are 1 or more")
    return numbers


def _default_path() -> Path:
    folder = Path(os.environ.get("REDISMART_VAR") or ROOT / "var") / "bench"
    return folder / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"


def _failures() -> tuple[type[Exception], ...]:
    """What can go wrong without a fault of the benchmark; each says what to do."""
    from redis.exceptions import RedisError

    from redismart.redis.binaries import BinariesError
    from redismart.redis.server import RedisServerError

    return NoFreePortsError, BinariesError, RedisServerError, RedisError, OSError, RuntimeError


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
