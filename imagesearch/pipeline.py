"""From the catalogue's pictures to vectors: follows every change, and goes over everything where it cannot know.

Each step looks at some products, stores what it made of them, and only then notes how far it came: whoever is killed
leaves a step to be made again, which finds its vectors there. One process at a time takes a step of a model; when it
dies, another goes on soon (see ``imagesearch.alone``).
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np
import structlog
from numpy.typing import NDArray
from PIL import Image

from catalog import api as catalog
from catalog.api import Traits
from imagesearch import asides, keyspace, tally, vectors
from imagesearch.alone import Sure, alone
from imagesearch.asides import Aside
from imagesearch.taken import Taken
from imagesearch.vectors import Space, Stored, Tuning
from redismart.decoding import PictureError, decoded

MOST_PICTURES = 8
"""Of a product: further ones show little that is new."""

AT_ONCE = 16
STEP = 64
DECODED_SIDE = 512
WAIT_SECONDS = 60.0
UNMEASURED_CUT = 1.0
"""For a model whose cut nobody has measured: everything counts as close."""

log = structlog.get_logger(__name__)

Loaded = tuple[str, Image.Image]


class Encodes(Protocol):
    """What ``imagesearch.encoder.Encoder`` is."""

    dimension: int
    fingerprint: str
    cut: float | None

    def encode(self, *, pictures: Sequence[Image.Image]) -> NDArray[np.float32]: ...


class Phase(StrEnum):
    """What is being gone over: first all products, then all vectors, for those whose products are gone."""

    PRODUCTS = "products"
    VECTORS = "vectors"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a model has come: position in the stream of changes, phase and cursor of going over everything."""

    position: str
    phase: Phase
    cursor: int = 0

    @classmethod
    def read(cls, fingerprint: str) -> "Progress | None":
        stored = vectors.client().hgetall(keyspace.progress(fingerprint))
        return cls(stored["position"], Phase(stored["phase"]), int(stored["cursor"])) if stored else None

    def write(self, fingerprint: str) -> None:
        facts = {"position": self.position, "phase": self.phase.value, "cursor": self.cursor}
        vectors.client().hset(keyspace.progress(fingerprint), mapping=facts)


@dataclass(slots=True)
class Pipeline:
    """Makes the vectors of one model. ``media`` is the folder of the stored pictures."""

    encoder: Encodes
    model: str
    media: Path
    tuning: Tuning = field(default_factory=Tuning)
    cut: float | None = None
    """Instead of the model's own."""
    patience: float = WAIT_SECONDS
    goes_on: Callable[[], bool] = lambda: True
    """Asked before every few pictures: a worker that is told to stop leaves the rest of its step to be made again."""

    @property
    def space(self) -> Space:
        cut = next((each for each in (self.cut, self.encoder.cut) if each is not None), UNMEASURED_CUT)
        return Space(self.model, self.encoder.fingerprint, self.encoder.dimension, cut)

    def step(self) -> tuple[Taken, bool]:
        """Look at some products; whether that was all there is to do. Raises ``BusyError``."""
        with alone(self.encoder.fingerprint, self.patience) as sure:
            began, progress = time.monotonic(), self._progress()
            over = progress.phase is not Phase.DONE
            taken, done = (self._go_over(progress, sure), False) if over else self._follow(progress, sure)
            self._tell(taken, time.monotonic() - began)
            return taken, done

    def begin_anew(self) -> None:
        """Have every product looked at again. Nothing is made that is there."""
        with alone(self.encoder.fingerprint, self.patience):
            self._begin()

    def stored(self, skus: Sequence[str]) -> list[Stored]:
        """The vectors that some products have."""
        return vectors.of_products(self.space, skus) if vectors.total(self.space) is not None else []

    def wanted(self, skus: Sequence[str]) -> set[tuple[str, str]]:
        """SKU and picture of every vector that some products should have."""
        return set(_wanted(catalog.traits(skus=skus)))

    def make_again(self, skus: Sequence[str]) -> Taken:
        """Make the vectors of some products anew; that of a picture that fails now goes. Raises ``BusyError``."""
        with alone(self.encoder.fingerprint, self.patience) as sure:
            began = time.monotonic()
            taken = self._anew(skus, sure)
            self._tell(taken, time.monotonic() - began)
            return taken

    def _anew(self, skus: Sequence[str], sure: Sure) -> Taken:
        space, wanted = self.space, _wanted(catalog.traits(skus=skus))
        there = vectors.of_products(space, skus)
        pictures = {picture: sku for sku, picture in wanted}
        asides.forget_some(space.fingerprint, list(pictures))
        made, reasons = self._encode_all(list(pictures))
        asides.note(space.fingerprint, [Aside(name, reason, pictures[name]) for name, reason in reasons.items()])
        fresh = [(vectors.fields_of(each, at[1]), made[at[1]]) for at, each in wanted.items() if at[1] in made]
        lost = [each for each in there if (each.sku, each.picture) not in wanted or each.picture in reasons]
        sure()
        vectors.write(space, new=fresh, changed=())
        vectors.remove(space, lost)
        left = len(pictures) - len(made) - len(reasons)
        return Taken(len(skus), len(made), len(fresh) - len(made), 0, len(lost), len(reasons), left)

    def take(self, skus: Sequence[str], sure: Sure = lambda: None) -> Taken:
        """Have the vectors of some products as the products are now."""
        space, found = self.space, catalog.traits(skus=skus)
        there = {(each.sku, each.picture): each for each in vectors.of_products(space, skus)}
        wanted = _wanted(found)
        lost = [each for at, each in there.items() if at not in wanted]
        told = {at: vectors.fields_of(each, at[1]) for at, each in wanted.items()}
        changed = [fields for at, fields in told.items() if at in there and fields != dict(there[at].fields)]
        new = [at for at in wanted if at not in there or not there[at].whole]
        made = self._made({picture: sku for sku, picture in new})
        fresh = [(told[at], made.vectors[at[1]]) for at in new if at[1] in made.vectors]
        sure()
        vectors.write(space, new=fresh, changed=changed)
        vectors.remove(space, lost)
        kept = len(wanted) - len(new)
        return Taken(len(skus), made.made, len(fresh) - made.made, kept, len(lost), made.refused, made.left)

    def _made(self, pictures: Mapping[str, str]) -> "_Made":
        """Vectors of pictures (each with a product that wants it): those that another product has, else new ones."""
        known = vectors.of_pictures(self.space, list(pictures))
        aside = asides.among(self.encoder.fingerprint, [name for name in pictures if name not in known])
        made, reasons = self._encode_all([name for name in pictures if name not in known and name not in aside])
        refused = [Aside(name, reason, pictures[name]) for name, reason in reasons.items()]
        asides.note(self.encoder.fingerprint, refused)
        found = known | made
        return _Made(
            found, len(made), len(reasons) + len(aside), len(pictures) - len(found) - len(reasons) - len(aside)
        )

    def _encode_all(self, names: Sequence[str]) -> tuple[dict[str, bytes], dict[str, str]]:
        """New vectors, and the reasons why there is none, both by picture."""
        made, reasons = dict[str, bytes](), dict[str, str]()
        for start in range(0, len(names), AT_ONCE):
            if not self.goes_on():
                break
            made |= self._encoded(self._loaded(names[start : start + AT_ONCE], reasons), reasons)
        return made, reasons

    def _loaded(self, names: Iterable[str], reasons: dict[str, str]) -> list[Loaded]:
        found = []
        for name in names:
            try:
                data = (self.media / catalog.picture_path(name, "large")).read_bytes()
                found.append((name, decoded(data, side=DECODED_SIDE)))
            except FileNotFoundError:
                reasons[name] = "its file is not there"
            except (OSError, PictureError) as error:
                reasons[name] = f"its file {error}"
        return found

    def _encoded(self, loaded: Sequence[Loaded], reasons: dict[str, str]) -> dict[str, bytes]:
        """A picture that the model fails at is found by itself, and leaves the others alone."""
        if not loaded:
            return {}
        try:
            rows = self.encoder.encode(pictures=[picture for _name, picture in loaded])
        except (ValueError, RuntimeError) as error:
            if len(loaded) == 1:
                reasons[loaded[0][0]] = f"the model failed at it: {error}"[:300]
                return {}
            return {name: row for each in loaded for name, row in self._encoded([each], reasons).items()}
        return {name: row.tobytes() for (name, _picture), row in zip(loaded, rows, strict=True)}

    def _tell(self, taken: Taken, seconds: float) -> None:
        if taken.products:
            pictures = {outcome: getattr(taken, outcome) for outcome in tally.OUTCOMES}
            tally.add(fingerprint=self.encoder.fingerprint, pictures=pictures, seconds=seconds)

    def _progress(self) -> Progress:
        found = Progress.read(self.encoder.fingerprint)
        if found is None or vectors.total(self.space) is None:
            return self._begin()
        return found

    def _begin(self) -> Progress:
        vectors.ensure(self.space, tuning=self.tuning)
        # Before the first product is looked at: what changes from now on is followed afterwards.
        begun = Progress(catalog.latest(), Phase.PRODUCTS)
        begun.write(self.encoder.fingerprint)
        return begun

    def _follow(self, progress: Progress, sure: Sure) -> tuple[Taken, bool]:
        active = Space.active()
        if active is None or (active.fingerprint == self.space.fingerprint and active != self.space):
            # Only how it is used was set anew; or it is no longer known which model has seen everything.
            self.space.activate()
        changes = catalog.changes(after=progress.position, most=STEP)
        if not changes.whole:
            log.info("catalogue_gone_over", model=self.model, reason="its earlier changes are no longer known")
            self._begin()
            return Taken(), False
        taken = self.take(changes.skus, sure)
        if changes.position != progress.position and not taken.left:
            Progress(changes.position, Phase.DONE).write(self.encoder.fingerprint)
        return taken, not changes.skus

    def _go_over(self, progress: Progress, sure: Sure) -> Taken:
        if progress.phase is Phase.PRODUCTS:
            cursor, skus = catalog.some_skus(cursor=progress.cursor, most=STEP)
            after = Phase.PRODUCTS if cursor else Phase.VECTORS
        else:
            cursor, held = vectors.some_products(self.space, cursor=progress.cursor)
            there = catalog.known(skus=held)
            skus, after = [sku for sku in held if sku not in there], Phase.VECTORS if cursor else Phase.DONE
        taken = self.take(skus, sure)
        if taken.left:
            return taken
        if after is Phase.DONE:
            self._complete()
        Progress(progress.position, after, cursor).write(self.encoder.fingerprint)
        return taken

    def _complete(self) -> None:
        """Photos are searched by this model from now on, and the vectors of others go."""
        vectors.ensure(self.space, tuning=self.tuning)
        if Space.active() != self.space:
            self.space.activate()
            vectors.drop_others(self.space)


@dataclass(frozen=True, slots=True)
class _Made:
    vectors: dict[str, bytes]
    made: int
    refused: int
    left: int


def _wanted(found: Mapping[str, Traits]) -> dict[tuple[str, str], Traits]:
    return {(each.sku, name): each for each in found.values() for name in each.pictures[:MOST_PICTURES]}


Told = Callable[[Taken], None]


def run(pipeline: Pipeline, *, told: Told = lambda _taken: None) -> Taken:
    """Take steps until nothing is left to do, or the pipeline goes on no longer. ``told`` gets what each came to."""
    whole = Taken()
    while pipeline.goes_on():
        taken, done = pipeline.step()
        whole += taken
        told(taken)
        if done:
            break
    return whole
