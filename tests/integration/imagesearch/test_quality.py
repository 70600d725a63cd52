"""How well the shop's own model finds real photos: by a clear margin better than the plain one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from imagesearch import encoder, judging, samples
from imagesearch.encoder import Encoder, Vectors
from imagesearch.judging import Judgment
from imagesearch.samples import GALLERY, Sample
from imagesearch.variants import DEFAULT, KNOWN
from tests.pictures import wall

pytestmark = [pytest.mark.data, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def pictures(shared_data: Path) -> list[Sample]:
    torch.set_num_threads(1)
    return samples.read(shared_data / "images")


class Noting(Encoder):
    """The shop's own encoder, which keeps what it has made: encoding the gallery takes half a minute of a core."""

    def __init__(self) -> None:
        super().__init__(encoder.transformer(KNOWN[DEFAULT]), cut=KNOWN[DEFAULT].cut)
        self.made: list[Vectors] = []

    def encode(self, *, pictures: Sequence[Image.Image]) -> Vectors:
        self.made.append(super().encode(pictures=pictures))
        return self.made[-1]


@pytest.fixture(scope="module")
def ours() -> Noting:
    return Noting()


@pytest.fixture(scope="module")
def judged(pictures: list[Sample], ours: Noting) -> dict[str, Judgment]:
    encoders = {DEFAULT: ours, "plain": encoder.build(KNOWN["plain"])}
    return {name: judging.judge(each, pictures, step=lambda _count: None) for name, each in encoders.items()}


def test_the_plain_model_is_what_it_was(judged: dict[str, Judgment]) -> None:
    """It is the measure: were it worse than it can be, beating it would mean nothing."""
    plain = judged["plain"].overall
    assert (plain.precision_1, plain.precision_10) == pytest.approx((0.770, 0.636), abs=0.007)


def test_ours_beats_it_clearly(judged: dict[str, Judgment]) -> None:
    ours, plain = judged[DEFAULT].overall, judged["plain"].overall
    assert ours.precision_1 >= plain.precision_1 + 0.06
    assert ours.precision_10 >= plain.precision_10 + 0.10
    assert ours.average_precision >= plain.average_precision + 0.10


def test_every_photo_of_headphones_finds_headphones(judged: dict[str, Judgment]) -> None:
    assert judged[DEFAULT].groups["Headphones"].precision_1 == 1


def test_its_cut_refuses_foreign_things_and_few_others(judged: dict[str, Judgment]) -> None:
    told = judged[DEFAULT].refusals
    assert told.refused >= 0.8
    assert told.false_alarms <= 0.03


def test_its_cut_is_near_the_one_that_the_gallery_suggests(judged: dict[str, Judgment]) -> None:
    """A little above: a shop with fewer pictures than this gallery has none as near."""
    assert judged[DEFAULT].refusals.cut == pytest.approx(judged[DEFAULT].calibrated.cut, abs=0.03)


def test_no_wall_is_close_to_anything(pictures: list[Sample], ours: Noting, judged: dict[str, Judgment]) -> None:
    assert judged[DEFAULT].poison == ()
    # The gallery is encoded before anything is looked for in it.
    gallery = np.concatenate(ours.made)[: sum(sample.split == GALLERY for sample in pictures)]
    walls = ours.encode(pictures=[wall(number) for number in range(30)])
    assert ours.cut is not None
    assert (1 - walls @ gallery.T).min() > ours.cut
