"""``evaluate_search``: measure the ranking against human judgments."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from redis.exceptions import RedisError

from catalog import by_sku, finding, relevance
from catalog.relevance import Judged, Quality
from catalog.results import PER_PAGE, SearchRequest
from catalog.search import Text

ALL = "all files"
SKUS_PER_TRIP = 1_000
PAGES = -(-relevance.DEPTH // PER_PAGE)


@dataclass(frozen=True, slots=True)
class Scored:
    """A judged query of a file and how well it was answered."""

    file: str
    query: str
    quality: Quality


class Command(BaseCommand):
    help = (
        "Measure the ranking against human judgments (JSON lines with query and judgments, see docs/search.md): "
        "nDCG@10, precision@10 and recall@100 of each file and of all. "
        "Queries without a relevant product are left out."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="file of judgments, JSON lines")
        parser.add_argument(
            "--worst", type=_count, default=0, metavar="N", help="also list the N queries that do worst"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures of every query to FILE")

    def handle(self, *_args: Any, files: Sequence[Path], worst: int, json: Path | None, **_options: Any) -> None:
        judged = {str(path): _judged(path) for path in files}
        scored = [
            Scored(file, one.query, _quality(one)) for file, all_ in judged.items() for one in all_ if one.answerable
        ]
        if not scored:
            raise CommandError("No query has a relevant product (a gain of 2 or more): there is nothing to measure.")
        means = _means(scored)
        self._show(judged, scored, means)
        self._show_worst(scored, worst)
        if json:
            _write(json, scored, means)
        self._tell_missing([one for all_ in judged.values() for one in all_ if one.answerable])
        if not means[ALL].recall:
            self.stderr.write(f"No relevant product is among the first {relevance.DEPTH} results of its query.")

    def _tell_missing(self, judged: list[Judged]) -> None:
        """Say how many relevant products the shop lacks: no ranking can bring those.

        Raises ``CommandError`` when it lacks them all.
        """
        wanted = sorted({sku for one in judged for sku in one.relevant})
        missing = len(wanted) - len(_known(wanted))
        if missing == len(wanted):
            raise CommandError("The shop has no judged product: load the catalogue that the judgments are about.")
        if missing:
            self.stderr.write(
                f"The shop lacks {missing:,} of the {len(wanted):,} relevant products: they count as not found."
            )

    def _show(self, judged: Mapping[str, list[Judged]], scored: list[Scored], means: Mapping[str, Quality]) -> None:
        width = max(map(len, means))
        self.stdout.write(f"{'file':{width}}  queries  left out  nDCG@10  precision@10  recall@100")
        for name, mean in means.items():
            used = sum(name in (one.file, ALL) for one in scored)
            given = sum(len(all_) for file, all_ in judged.items() if name in (file, ALL))
            scores = f"{mean.ndcg:7.3f}  {mean.precision:12.3f}  {mean.recall:10.3f}"
            self.stdout.write(f"{name:{width}}  {used:7,}  {given - used:8,}  {scores}")

    def _show_worst(self, scored: list[Scored], most: int) -> None:
        worst = sorted(scored, key=lambda one: (one.quality.ndcg, one.query))[:most]
        if worst:
            self.stdout.write("\nnDCG@10  recall@100  query")
        for one in worst:
            self.stdout.write(f"{one.quality.ndcg:7.3f}  {one.quality.recall:10.3f}  {one.query}")


def _judged(path: Path) -> list[Judged]:
    try:
        return list(_lines(path))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror or error}.") from None


def _lines(path: Path) -> Iterator[Judged]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield relevance.judged(line)
            except relevance.JudgmentError as error:
                raise CommandError(f"{path}, line {number}: {error}. See docs/search.md for the format.") from None


def _quality(judged: Judged) -> Quality:
    try:
        return relevance.quality(judged, list(_ranking(judged.query)))
    except (RedisError, OSError) as error:
        hint = "See that Redis runs and `create_indexes` has run."
        raise CommandError(f"The shop could not be searched: {error}. {hint}") from None


def _known(skus: Sequence[str]) -> set[str]:
    try:
        parts = (skus[start : start + SKUS_PER_TRIP] for start in range(0, len(skus), SKUS_PER_TRIP))
        return set().union(*(by_sku.known(skus=part) for part in parts))
    except (RedisError, OSError) as error:
        raise CommandError(f"The shop could not be asked for its products: {error}.") from None


def _ranking(query: str) -> Iterator[str]:
    """SKUs in the order in which a visitor sees them, page by page."""
    request = SearchRequest(text=Text.parse(query))
    for number in range(1, PAGES + 1):
        page, _tree = finding.search_page(request=replace(request, page=number))
        yield from (card.sku for card in (*page.cards, *page.also))
        if number >= page.pages:
            return


def _means(scored: list[Scored]) -> dict[str, Quality]:
    files = dict.fromkeys(one.file for one in scored)
    means = {file: Quality.mean([one.quality for one in scored if one.file == file]) for file in files}
    return means | {ALL: Quality.mean([one.quality for one in scored])}


def _write(path: Path, scored: list[Scored], means: Mapping[str, Quality]) -> None:
    facts = {"means": {name: asdict(mean) for name, mean in means.items()}, "queries": [asdict(one) for one in scored]}
    try:
        path.write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}.") from None


def _count(given: str) -> int:
    if not (given.isascii() and given.isdigit()):
        raise argparse.ArgumentTypeError("must be a whole number, 0 or more")
    return int(given)
