"""Products with pictures, and a model that is quick and honest: it sees colours in a grid of cells."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray
from PIL import Image

from catalog import operations, pictures
from catalog.models import Picture, Product
from imagesearch import keyspace, vectors
from imagesearch.pipeline import Pipeline
from tests.catalogues import product

CELLS = 4
CUT = 0.06


class Colours:
    """Obeys ``imagesearch.pipeline.Encodes``: the mean colour of 4 by 4 cells, as a vector of unit length."""

    def __init__(self, name: str = "colours") -> None:
        self.dimension = CELLS * CELLS * 3
        self.fingerprint = hashlib.sha256(name.encode()).hexdigest()[:16]
        self.cut: float | None = CUT
        self.seen: list[tuple[int, int]] = []
        self.refused: set[tuple[int, int]] = set()

    def encode(self, *, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        if self.refused.intersection(picture.size for picture in pictures):
            raise ValueError("this size is refused")
        self.seen += [picture.size for picture in pictures]
        small = (picture.convert("RGB").resize((CELLS, CELLS)) for picture in pictures)
        rows = np.stack([np.asarray(picture, np.float32).ravel() + 1 for picture in small])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def drawn(colour: str, *, size: tuple[int, int] = (64, 64)) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, colour).save(written, "PNG")
    return written.getvalue()


def stored(data: bytes) -> Picture:
    found = pictures.store(data, folder=settings.MEDIA_ROOT)
    return Picture(name=found.name, width=found.width, height=found.height)


def offered(sku: str, *colours: str, **fields: Any) -> Product:
    """A product with a picture of each colour, in the catalogue."""
    told: dict[str, Any] = {"price": Decimal("20.00"), "pictures": tuple(stored(drawn(colour)) for colour in colours)}
    made = product(sku, **told | fields)
    operations.save_products(products=[made])
    return made


def made_by(encoder: Colours, **options: Any) -> Pipeline:
    return Pipeline(encoder, "colours", settings.MEDIA_ROOT, **options)


def held(encoder: Colours) -> set[str]:
    """The keys of the vectors of a model."""
    return set(vectors.client().scan_iter(match=f"{keyspace.vectors(encoder.fingerprint)}*", count=1_000))


def seen(encoder: Colours, colour: str) -> vectors.Vector:
    row = encoder.encode(pictures=[Image.new("RGB", (64, 64), colour)])[0]
    return vectors.Vector(row.tobytes(), encoder.fingerprint, CUT)
