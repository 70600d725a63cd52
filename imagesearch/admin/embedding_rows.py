"""Pictures of products as the admin shows them, and how far the model has come."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from catalog import api as catalog
from imagesearch import asides, keyspace, vectors
from imagesearch.asides import Aside
from imagesearch.pipeline import Phase, Progress
from imagesearch.vectors import Space

MOST_BEHIND = 1_000
LONGEST_KEY = 500
LONGEST_TEXT = 200
MOST_CURSOR = 2**64 - 1
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


@dataclass(frozen=True, slots=True)
class AsidePage:
    """Some of the pictures that were set aside; ``after`` leads to more, 0 where these are the last of them."""

    text: str
    rows: Sequence[Aside]
    begun: bool = False
    after: int = 0


def aside_page(space: Space, *, text: str, after: str) -> AsidePage:
    """A page of all, by the cursor that the page before gave; with a text, the picture of that name, or those of the
    product with that SKU that show it.

    All are one hash, without an index: the catalogue knows a product's pictures.
    """
    sought = text.strip()[:LONGEST_TEXT]
    if sought:
        found = catalog.traits(skus=[sought])
        pictures = list(dict.fromkeys([sought, *(found[sought].pictures if sought in found else ())]))
        return AsidePage(sought, list(asides.among(space.fingerprint, pictures).values()))
    cursor = _cursor(after)
    following, rows = asides.some(space.fingerprint, cursor=cursor)
    return AsidePage("", rows, begun=cursor > 0, after=following)


def _cursor(given: str) -> int:
    """What an address says of a cursor; whatever is none begins at the first."""
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(MOST_CURSOR)) else 0
    return number if number <= MOST_CURSOR else 0


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
