"""Pictures of products as the admin shows them, and how far the model has come."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from catalog import api as catalog
from imagesearch import asides, keyspace, vectors
from imagesearch.pipeline import Phase, Progress
from imagesearch.vectors import Space

MOST_BEHIND = 1_000
LONGEST_KEY = 500
MADE, ASIDE = "made", "set aside"


class EmbeddingRow(BaseModel):
    """A picture of a product, and what came of it. ``reason`` is why it was set aside."""

    model_config = ConfigDict(frozen=True)

    sku: str
    picture: str
    state: str = MADE
    reason: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """How far the model in use has come. ``behind`` are changed products to be looked at, at most ``MOST_BEHIND``.

    ``going_over``: every product is being looked at, changed or not.
    """

    space: Space
    made: int
    aside: int
    behind: int
    going_over: bool

    @property
    def capped(self) -> bool:
        return self.behind >= MOST_BEHIND


def state(space: Space) -> State:
    progress = Progress.read(space.fingerprint)
    behind = len(catalog.changes(after=progress.position, most=MOST_BEHIND).skus) if progress else 0
    over = progress is None or progress.phase is not Phase.DONE
    return State(space, vectors.total(space) or 0, asides.count(space.fingerprint), behind, over)


def pk_of(row: EmbeddingRow) -> str:
    """As an address names it. A picture's name has no colon, a SKU may have any."""
    return f"{row.picture}:{row.sku}"


def read(space: Space, pks: Sequence[str]) -> list[EmbeddingRow]:
    """Those that are there, made or set aside. Two round trips."""
    wanted = [(picture, sku) for pk in pks for picture, _, sku in [pk.partition(":")] if picture and sku]
    pipeline = vectors.client().pipeline(transaction=False)
    for picture, sku in wanted:
        pipeline.exists(keyspace.vector(space.fingerprint, picture, sku))
    made = pipeline.execute() if wanted else []
    aside = asides.among(space.fingerprint, [picture for picture, _sku in wanted])
    rows = []
    for (picture, sku), there in zip(wanted, made, strict=True):
        if there:
            rows.append(EmbeddingRow(sku=sku, picture=picture))
        elif picture in aside and aside[picture].sku in ("", sku):
            rows.append(EmbeddingRow(sku=sku, picture=picture, state=ASIDE, reason=aside[picture].reason))
    return rows
