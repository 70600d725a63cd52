"""``evaluate_imagesearch``: measure encoders on a folder of labelled pictures."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from redismart.management import terminal

if TYPE_CHECKING:
    from imagesearch.encoder import Encoder
    from imagesearch.judging import Answer, Judgment
    from imagesearch.samples import Sample
    from imagesearch.scoring import Quality

HEAD = (
    f"{'P@1':>6} {'P@5':>6} {'P@10':>6} {'R@10':>6} {'mAP':>6}  {'cut':>6} {'refused':>7} {'alarms':>6}"
    f"  {'ms p50':>6} {'p95':>6} {'pict/s':>6}"
)


class Command(BaseCommand):
    help = (
        "Measure image search on a folder of labelled pictures (see docs/image-search.md): precision at 1, 5 and 10, "
        "recall at 10 and mAP by category, how many foreign things are refused, and what a photo costs."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("folder", type=Path, metavar="FOLDER", help="folder with manifest.jsonl and the pictures")
        add("--model", action="append", default=[], metavar="NAME", help="a model by name or folder; may be repeated")
        add(
            "--variant",
            action="append",
            default=[],
            metavar="PARTS",
            help="a variant of the shop's own, such as plain, or lite2,size=260,views=fit+pad; may be repeated",
        )
        add("--threads", type=_count, default=1, metavar="N", help="cores that one picture may use (1)")
        add("--json", type=Path, metavar="FILE", help="also write all figures to FILE")
        add("--picture", type=Path, metavar="FILE", help="also draw what the first model got wrong (.png, .jpg, .webp)")

    def handle(self, *_args: Any, folder: Path, threads: int, **options: Any) -> None:
        import torch

        torch.set_num_threads(threads)
        samples = _samples(folder)
        judged: dict[str, Judgment] = {}
        for name, encoder in _encoders(options["model"], options["variant"]):
            judged[name] = self._judged(name, encoder, samples)
        self._show(judged)
        self._show_groups(judged)
        if options["json"]:
            _write(options["json"], _facts(judged, folder))
        if options["picture"]:
            self._draw(options["picture"], next(iter(judged.values())).answers)

    def _judged(self, name: str, encoder: "Encoder", samples: "Sequence[Sample]") -> "Judgment":
        from imagesearch import judging

        with tqdm(total=len(samples), desc=name, disable=not terminal.draws_bars(), file=sys.stderr) as bar:
            found = judging.judge(encoder, samples, step=bar.update)
        for sample, reason in found.poison:
            self.stderr.write(f"{sample.path} {reason}: left out.")
        if found.unanswerable:
            self.stderr.write(f"{len(found.unanswerable):,} queries show what the gallery has not: left out.")
        if not found.answers:
            raise CommandError("No query shows anything that the gallery has: there is nothing to measure.")
        return found

    def _show(self, judged: "Mapping[str, Judgment]") -> None:
        width = max(map(len, judged))
        self.stdout.write(f"{'model':{width}}  {HEAD}")
        for name, found in judged.items():
            refusals, timing = found.refusals, found.timing
            self.stdout.write(
                f"{name:{width}}  {_scores(found.overall)} {found.overall.recall_10:6.3f}"
                f" {found.overall.average_precision:6.3f}  {refusals.cut:6.3f} {refusals.refused:7.0%}"
                f" {refusals.false_alarms:6.0%}  {timing.p50:6.1f} {timing.p95:6.1f} {timing.pictures_per_second:6.1f}"
            )
            self._tell_cut(name, found)

    def _tell_cut(self, name: str, found: "Judgment") -> None:
        told = found.calibrated
        self.stderr.write(
            f"{name}: by the gallery alone, a cut of {told.cut:.3f} refuses {told.refused:.0%} of foreign pictures"
            f" and {told.false_alarms:.0%} of known ones."
        )

    def _show_groups(self, judged: "Mapping[str, Judgment]") -> None:
        for name, found in judged.items():
            width = max(map(len, found.groups))
            self.stdout.write(f"\n{name}\n{'category':{width}}  queries  {'P@1':>6} {'P@5':>6} {'P@10':>6}")
            for group, quality in found.groups.items():
                self.stdout.write(f"{group:{width}}  {quality.queries:7,}  {_scores(quality)}")

    def _draw(self, path: Path, answers: "Sequence[Answer]") -> None:
        from imagesearch.sheets import contact_sheet

        sheet = contact_sheet(answers)
        if sheet is None:
            self.stderr.write("Nothing was found wrongly: no picture is drawn.")
            return
        try:
            sheet.save(path)
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} cannot be written: {error}.") from None


def _samples(folder: Path) -> "list[Sample]":
    from imagesearch.samples import SampleError, read

    try:
        return read(folder)
    except SampleError as error:
        raise CommandError(f"{error} See docs/image-search.md for the format.") from None


def _encoders(models: Sequence[str], described: Sequence[str]) -> "Iterator[tuple[str, Encoder]]":
    """The encoders asked for, loaded one after the other; the shop's own setting when none is."""
    from imagesearch import encoder, variants

    try:
        own = [(text, variants.described(text)) for text in described]
        for name in models or ([] if own else [settings.IMAGE_MODEL]):
            yield name, encoder.load(name=name)
        for name, variant in own:
            yield name, encoder.build(variant)
    except (encoder.ModelError, variants.VariantError) as error:
        raise CommandError(str(error)) from None


def _scores(quality: "Quality") -> str:
    return f"{quality.precision_1:6.3f} {quality.precision_5:6.3f} {quality.precision_10:6.3f}"


def _facts(judged: "Mapping[str, Judgment]", folder: Path) -> dict[str, Any]:
    return {
        name: {
            "overall": asdict(found.overall),
            "groups": {group: asdict(quality) for group, quality in found.groups.items()},
            "refusals": asdict(found.refusals),
            "calibrated": asdict(found.calibrated),
            "timing": asdict(found.timing),
            "poison": [{"file": str(sample.path.relative_to(folder)), "reason": why} for sample, why in found.poison],
            "queries": [_answer(answer, folder) for answer in found.answers],
        }
        for name, found in judged.items()
    }


def _answer(answer: "Answer", folder: Path) -> dict[str, Any]:
    nearest = [
        {"file": str(sample.path.relative_to(folder)), "concept": sample.concept, "distance": round(far, 4)}
        for sample, far in answer.nearest
    ]
    own = {"file": str(answer.sample.path.relative_to(folder)), "concept": answer.sample.concept}
    return own | {"quality": asdict(answer.quality), "nearest": nearest}


def _write(path: Path, facts: dict[str, Any]) -> None:
    try:
        path.write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}.") from None


def _count(given: str) -> int:
    if not (given.isascii() and given.isdigit() and int(given)):
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(given)
